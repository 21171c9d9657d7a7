//! Every act ever shipped stays readable: one frozen body for each kind and version.

#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot read its fixture has failed"
)]

use std::collections::BTreeSet;
use std::path::Path;

use domain::act::Act;
use domain::procedure::Procedure;

fn fixtures() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/acts/v1");
    let mut found: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            // `accepted.json`, `accepted.receipt-corrected.json`.
            let name = path.file_name().unwrap().to_str().unwrap();
            let name = name.strip_suffix(".json").unwrap();
            let is = |kind: &&&str| {
                name.strip_prefix(**kind)
                    .is_some_and(|variant| variant.is_empty() || variant.starts_with('.'))
            };
            let kind = Act::KINDS.iter().find(is);
            let kind = kind.map_or_else(|| name.to_owned(), |kind| (*kind).to_owned());
            (kind, std::fs::read_to_string(path).unwrap())
        })
        .collect();
    found.sort();
    found
}

#[test]
fn every_frozen_body_is_read_as_its_kind_and_written_back_the_same() {
    for (kind, body) in fixtures() {
        let act = Act::from_body(&kind, &body);
        assert!(
            !matches!(act, Act::Unknown(_)),
            "{kind} is no longer readable"
        );
        assert_eq!(act.kind(), kind);
        let mut frozen: serde_json::Map<_, _> = serde_json::from_str(&body).unwrap();
        assert!(frozen.remove("salt").is_some(), "{kind} has no salt");
        assert_eq!(act.to_body(), frozen, "{kind}");
        let again = serde_json::to_string(&act.to_body()).unwrap();
        assert_eq!(Act::from_body(&kind, &again), act, "{kind}");
    }
}

#[test]
fn every_kind_has_a_frozen_body() {
    let frozen: BTreeSet<_> = fixtures().into_iter().map(|(kind, _)| kind).collect();
    let known: BTreeSet<_> = Act::KINDS.iter().map(|&kind| kind.to_owned()).collect();
    assert_eq!(frozen, known);
}

#[test]
fn an_auditor_may_take_no_step() {
    let procedure = Procedure::property().unwrap();
    let taken = |role: &str| {
        let roles = [role.to_owned()];
        let acts = Act::KINDS
            .iter()
            .filter(|act| procedure.may_take(act, &roles));
        acts.count()
    };
    assert_eq!(taken("auditor"), 0);
    for role in &procedure.roles {
        assert!(taken(&role.id) > 0, "{}", role.id);
    }
}

#[test]
fn what_cannot_be_read_is_kept_word_for_word() {
    for (kind, body) in [
        ("sanctioned", r#"{"salt":"AA==","b":1,"a":[2]}"#),
        ("done", r#"{"salt":"AA==","transfer":7}"#),
        (
            "corrected",
            r#"{"target":"00","kind":"sanctioned","replacement":{},"reason":""}"#,
        ),
        ("noted", "not JSON"),
    ] {
        let act = Act::from_body(kind, body);
        let Act::Unknown(unknown) = &act else {
            panic!("{kind} was read");
        };
        assert_eq!(unknown.body, body);
        assert_eq!(act.kind(), kind);
    }
}

#[test]
fn fields_of_a_newer_version_do_no_harm() {
    let act = Act::from_body("noted", r#"{"salt":"AA==","words":"x","mood":["y"]}"#);
    assert!(matches!(act, Act::Noted(noted) if noted.words == "x"));
}

#[test]
fn a_correction_may_take_an_act_back() {
    let body = r#"{"target":"ab","kind":null,"replacement":null,"reason":"twice"}"#;
    let act = Act::from_body("corrected", body);
    assert!(matches!(&act, Act::Corrected(c) if c.replacement.is_none()));
    assert_eq!(
        serde_json::to_string(&act.to_body()).unwrap().len(),
        body.len()
    );
}
