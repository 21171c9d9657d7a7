//! Rules about the sources themselves, held by tests.

mod contrast;
mod direction;
mod locales;
mod sources;
