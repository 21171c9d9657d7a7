//! The rules of complaint handling: the acts people record, the case they add up to, its clocks
//! and its steps. Pure: no clock, no randomness, no storage; all of it is passed in.
//!
//! * [`act`] what somebody did, one variant for each thing a clause lets somebody do
//! * [`calendar`] the site's calendar: months, and times as text
//! * [`case`] the case, folded from its acts
//! * [`clause`] the clauses that rules name
//! * [`clock`] what a clock says at an instant
//! * [`draft`] checks of an act's fields, before it is recorded and when it arrives
//! * [`explain`] a case at an instant, in JSON and in lines for readers
//! * [`limits`] named maxima
//! * [`procedure`] the procedure file: switches, events, clocks, steps with their guards
//! * [`recorded`] an act with its place in the record: hash, order, times, author
//! * [`site`] people, departments, units and households as the site file states them
//! * [`step`] what a person may record now, and what is blocked by which clause
//! * [`summary`] a case in short, for lists
//! * [`time`] instants, intervals and the site's table of offsets
//! * [`view`] the parts of a case that screens show

pub mod act;
pub mod calendar;
pub mod case;
pub mod clause;
pub mod clock;
mod codec;
pub mod draft;
pub mod explain;
mod fold;
pub mod id;
pub mod limits;
mod named;
pub mod procedure;
pub mod recorded;
pub mod site;
pub mod step;
pub mod summary;
pub mod time;
pub mod view;
