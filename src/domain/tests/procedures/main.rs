//! The procedures' clauses as data: `tests/procedures/` at the root of the repository, one file
//! for each clause. A change of a rule is a change of a fixture.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that cannot read its fixture has failed"
)]

mod check;
mod fixture;
mod mutation;

use domain::procedure::{PROPERTY, Procedure};

#[test]
fn every_clause_says_what_its_fixture_expects() {
    let differences = check::run(&fixture::all(), PROPERTY, false);
    assert!(differences.is_empty(), "\n{}\n", differences.join("\n"));
}

/// Run by `cargo xtask clauses --mutate`.
#[test]
#[ignore = "takes its time; run by `cargo xtask clauses --mutate`"]
fn no_change_of_the_procedure_file_survives() {
    let fixtures = fixture::all();
    let mut survivors = Vec::new();
    let (mut killed, mut refused) = (0, 0);
    for mutant in mutation::mutants() {
        if Procedure::load(&mutant.text).is_err() {
            refused += 1;
        } else if check::run(&fixtures, &mutant.text, true).is_empty() {
            survivors.push(mutant.name);
        } else {
            killed += 1;
        }
    }
    for survivor in &survivors {
        println!("survives: {survivor}");
    }
    println!(
        "{killed} changes noticed, {refused} refused, {} survive",
        survivors.len()
    );
    assert!(survivors.is_empty());
}
