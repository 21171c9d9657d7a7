//! 個案: the list of cases, and one case with its clocks, timeline and next steps.
//!
//! * [`list`] every case · [`page`] one case: head, people · `clocks` · `timeline` · `steps`
//! * `answers` what forms ask and the acts they make · `labels` the same in words
//! * `fields` one control a question · `form` a sheet's answers, kept as they are typed · `sheets`
//!   one sheet an act, beginning as `blank` · `measures` the sheet with the head's signature ·
//!   `correct` · `decide` · `pile` the cases that wait for the manager's opinion

mod admit;
mod answers;
mod blank;
mod clocks;
mod correct;
mod decide;
mod fields;
mod form;
mod labels;
mod list;
mod measures;
mod page;
mod people;
mod pile;
mod sheets;
mod steps;
mod timeline;

pub(crate) use list::{CaseRow, CasesPage, Row, forget_search};
pub(crate) use page::CasePage;
pub(crate) use pile::{OpinionsPage, waiting as waiting_opinions};
