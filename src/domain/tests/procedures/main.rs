//! The procedures' clauses as data: `tests/procedures/` at the root of the repository, one file
//! for each clause. A change of a rule is a change of a fixture.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot read its fixture has failed"
)]

mod check;
mod fixture;

use domain::procedure::PROPERTY;

#[test]
fn every_clause_says_what_its_fixture_expects() {
    let differences = check::run(&fixture::all(), PROPERTY, false);
    assert!(differences.is_empty(), "\n{}\n", differences.join("\n"));
}
