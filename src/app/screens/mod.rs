//! The places.

pub(crate) mod admin;
pub(crate) mod case;
pub(crate) mod device;
pub(crate) mod form;
pub(crate) mod intake;
pub(crate) mod join;
pub(crate) mod loading;
pub(crate) mod not_saved;
pub(crate) mod photos;
pub(crate) mod pin;
pub(crate) mod today;
pub(crate) mod unlock;
pub(crate) mod urgent;
pub(crate) mod visit;
