//! The site file: real input, in a workbook or in comma separated text. What its columns mean
//! stands in `docs/site-file.md`.
//!
//! * [`words`] the words a site file is written in
//! * [`table`] a file as rows of named cells, whatever its form and encoding
//! * [`import`] new, changed and gone against the roster, and writing it down
//! * [`zone`] the site's zone as a table of offsets
//! * [`model`] what a site consists of, typed, with the reasons why a row is refused

pub mod import;
pub mod model;
pub mod table;
pub mod words;
pub mod zone;
