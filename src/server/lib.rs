//! The endpoint: HTTP, database, administration.
//!
//! * [`cli`] the command line; [`serve`] running the endpoint
//! * [`http`] the whole HTTP surface; [`api`] the requests of tablets; [`state`] what they need
//! * [`connections`] serving them, and closing those on which nobody asks anything
//! * [`tls`] certificates, and the page that installs the endpoint's own authority
//! * [`site`] the site file: reading it, comparing it with the roster, taking it in
//! * [`training`] the training site
//! * [`ledger`] what the endpoint writes itself; [`admin`] what an administrator has it write;
//!   [`rosters`] the roster in memory
//! * [`explain`] how a case stands at a time; [`export`] entry files;
//!   [`evidence`] the file of one case that others check
//! * [`store`] what is kept, behind one trait
//! * [`attachments`] photos, beside the database
//! * [`erasures`] what people decided is to be said nowhere any more
//! * [`backup`] copies of the database, and putting one back; [`mark`] how far it had come
//! * [`sign_in`] codes of people; [`scope_keys`] keys of what tablets seal; [`vault`] what seals
//!   confidential bodies in the database
//! * [`root`] the root key; [`key_file`] secrets in files; [`whole_file`] files replaced whole
//! * [`live`] waking tablets
//! * [`tries`] wrong codes; [`peer`] which address a request comes from
//! * [`clock`] the time; [`random`] randomness; [`error`] what may go wrong

pub mod admin;
pub mod api;
pub mod attachments;
pub mod backup;
pub mod cli;
pub mod clock;
pub mod connections;
pub mod erasures;
pub mod error;
pub mod evidence;
pub mod explain;
pub mod export;
pub mod http;
pub mod key_file;
pub mod ledger;
pub mod live;
pub mod mark;
pub mod peer;
pub mod random;
pub mod root;
pub mod rosters;
pub mod scope_keys;
pub mod serve;
pub mod sign_in;
pub mod site;
pub mod state;
pub mod store;
pub mod tls;
pub mod training;
pub mod tries;
pub mod vault;
pub mod whole_file;
