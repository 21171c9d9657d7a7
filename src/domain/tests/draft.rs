//! Fields: what is missing is a gap, what cannot be true or cannot be kept is refused.
#![allow(clippy::panic, reason = "a test that cannot build its act has failed")]

use domain::act::Act;
use domain::draft::{FieldError, Problem, check, check_times};
use domain::limits;
use domain::time::{Instant, Span};
use serde_json::{Value, json};

fn act(kind: &str, body: &Value) -> Act {
    let act = Act::from_body(kind, &body.to_string());
    assert!(!matches!(act, Act::Unknown(_)), "{kind}: {body}");
    act
}

fn found(kind: &str, body: &Value) -> Vec<FieldError> {
    check(&act(kind, body))
}

fn hard(kind: &str, body: &Value) -> Vec<String> {
    let hard = found(kind, body)
        .into_iter()
        .filter(|error| error.problem.is_hard());
    hard.map(|error| error.field).collect()
}

fn details(details: &Value) -> Value {
    json!({"number": "YS26-B3-0001", "procedure": "property", "procedure_hash": "",
        "received": 0, "details": details})
}

#[test]
fn an_acceptance_with_nothing_but_its_number_has_gaps_and_can_be_recorded() {
    let found = found("accepted", &details(&json!({})));
    assert!(found.iter().all(|error| error.problem == Problem::Missing));
    let fields: Vec<_> = found.iter().map(|error| error.field.as_str()).collect();
    assert!(fields.contains(&"details.content") && fields.contains(&"details.place"));
    let placed = details(&json!({"unit": "8-2-1103", "content": "滴水"}));
    assert_eq!(hard("accepted", &placed), Vec::<String>::new());
}

#[test]
fn the_longest_text_that_fits_is_kept_and_one_character_more_is_not() {
    let of = |length: usize| json!({"content": "水".repeat(length)});
    let max = limits::CONTENT_CHARACTERS_MAX;
    assert_eq!(hard("accepted", &details(&of(max))), Vec::<String>::new());
    assert_eq!(
        hard("accepted", &details(&of(max + 1))),
        ["details.content"]
    );
    let name = json!({"complainant": {"name": "王".repeat(limits::NAME_CHARACTERS_MAX + 1)}});
    assert_eq!(hard("detailed", &name), ["complainant.name"]);
    let words = "字".repeat(limits::WORDS_CHARACTERS_MAX + 1);
    for kind in ["opinion", "closed", "archived", "resolved"] {
        assert_eq!(hard(kind, &json!({"words": words})), ["words"], "{kind}");
    }
}

#[test]
fn a_correction_is_checked_as_the_act_it_makes() {
    let body = json!({"target": "00", "kind": "opinion", "reason": "",
        "replacement": {"words": "字".repeat(limits::WORDS_CHARACTERS_MAX + 1)}});
    let errors = found("corrected", &body);
    let fields: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
    assert_eq!(fields, ["reason", "words"]);
}

#[test]
fn strokes_stay_on_the_pad_and_within_their_number() {
    let signed = |lines: Value| {
        json!({"transfer": "00", "filled": "01", "signature": {
            "statement": [], "language": "zh-Hant", "signer": "陳志明", "relation": "head",
            "at": 0, "strokes": {"width": 800, "height": 300, "lines": lines}}})
    };
    let max = limits::COORDINATE_MAX;
    assert!(hard("measures_returned", &signed(json!([[[0, max]]]))).is_empty());
    assert_eq!(
        hard("measures_returned", &signed(json!([[[0, max + 1]]]))),
        ["signature.strokes"]
    );
    let many = vec![json!([[0, 0]]); limits::STROKES_MAX + 1];
    assert_eq!(
        hard("measures_returned", &signed(json!(many))),
        ["signature.strokes"]
    );
}

#[test]
fn nothing_happens_after_it_was_recorded() {
    let recorded = Span {
        from: Instant(900),
        best: Instant(1000),
        to: Some(Instant(1100)),
    };
    let stated = |at: i64| act("done", &json!({"words": "", "happened": {"at": at}}));
    assert!(check_times(&stated(1100), recorded).is_empty());
    let errors = check_times(&stated(1101), recorded);
    assert!(matches!(errors.as_slice(), [error] if error.problem == Problem::InTheFuture));
    let open = Span {
        to: None,
        ..recorded
    };
    assert!(check_times(&stated(5000), open).is_empty());
    // A target is in the future by its nature.
    let measures = json!({"transfer": "00", "measures": "更換", "target": 9000});
    assert!(check_times(&act("measures_filled", &measures), recorded).is_empty());
}
