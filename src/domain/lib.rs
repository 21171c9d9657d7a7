//! The rules of complaint handling: the acts people record, the case they add up to, its clocks
//! and its steps. Pure: no clock, no randomness, no storage; all of it is passed in.
//!
//! * [`act`] what somebody did, one variant for each thing a clause lets somebody do
//! * [`clause`] the clauses that rules name
//! * [`recorded`] an act with its place in the record: hash, order, times, author
//! * [`site`] people, departments, units and households as the site file states them
//! * [`time`] instants, intervals and the site's table of offsets

pub mod act;
pub mod calendar;
pub mod case;
pub mod clause;
pub mod clock;
mod codec;
mod fold;
pub mod id;
mod named;
pub mod procedure;
pub mod recorded;
pub mod site;
pub mod step;
pub mod summary;
pub mod time;
pub mod view;
