//! An explanation in lines for readers, and as JSON that can be read back.
#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot build its case has failed"
)]

use domain::act::Act;
use domain::calendar::parse_rfc3339;
use domain::explain::{Explanation, explain};
use domain::id::{DeviceId, EntryHash, StaffId};
use domain::procedure::{PROPERTY, Procedure};
use domain::recorded::{Author, Order, Recorded, Standing};
use domain::time::{Span, Zone};
use serde_json::json;

fn entry(place: u32, at: &str, role: &str, kind: &str, body: &serde_json::Value) -> Recorded<Act> {
    let at = parse_rfc3339(at).unwrap();
    let hash = |place: u32| EntryHash(format!("{place:064x}"));
    Recorded {
        hash: hash(place),
        after: (1..place).last().map(hash).into_iter().collect(),
        order: Order {
            ms: u64::try_from(at.0).unwrap(),
            n: place,
        },
        recorded: Span::exact(at),
        received: None,
        author: Author {
            staff: Some(StaffId(role.into())),
            role: role.into(),
            device: DeviceId("B3".into()),
        },
        standing: Standing::Counts,
        act: Act::from_body(kind, &body.to_string()),
    }
}

fn explained(at: &str, role: Option<&str>) -> Option<Explanation> {
    let zone = Zone::fixed("Asia/Shanghai", 8 * 3600);
    let received = parse_rfc3339("2026-11-23T15:20:00+08:00").unwrap();
    let target = parse_rfc3339("2026-11-24T12:00:00+08:00").unwrap();
    let transfer = format!("{:064x}", 2);
    let entries = [
        entry(
            1,
            "2026-11-23T15:20:00+08:00",
            "officer",
            "accepted",
            &json!({
                "number": "YS26-B3-0417", "procedure": "property", "procedure_hash": "",
                "received": received,
                "details": {"unit": "8-2-1103", "content": "管道滴水", "class": "4.1.1",
                    "complainant": {"name": "王秀英"}, "area": "maintenance", "severity": "minor",
                    "channel": {"listed": "in_person"}, "validity": "valid"},
            }),
        ),
        entry(
            2,
            "2026-11-23T15:22:00+08:00",
            "officer",
            "transferred",
            &json!({"department": "repair"}),
        ),
        entry(
            3,
            "2026-11-23T15:24:00+08:00",
            "head",
            "department_received",
            &json!({"transfer": transfer}),
        ),
        entry(
            4,
            "2026-11-23T16:05:00+08:00",
            "head",
            "measures_filled",
            &json!({"transfer": transfer, "measures": "更換三通", "target": target}),
        ),
        entry(
            5,
            "2026-11-23T16:08:00+08:00",
            "head",
            "measures_returned",
            &json!({"transfer": transfer, "filled": format!("{:064x}", 4)}),
        ),
    ];
    let procedure = Procedure::load(PROPERTY).unwrap();
    explain(
        &procedure,
        &zone,
        &entries,
        role,
        parse_rfc3339(at).unwrap(),
    )
}

#[test]
fn a_case_in_lines() {
    let text = explained("2026-11-24T10:42:00+08:00", Some("officer"))
        .unwrap()
        .to_text();
    let expected = "\
YS26-B3-0417 at 2026-11-24T10:42:00+08:00
in work, minor
missing: demands, handler, head_signature
P-completion 1: due soon; head owes it (P-5.3.4)
  target entered 2026-11-23 16:05, target 2026-11-24 12:00
  next change 2026-11-24T12:00:00.001+08:00
P-feedback 1: running; officer owes it (P-5.3.3)
  acceptance 2026-11-23 15:20 + 24 h = 2026-11-24 15:20
  next change 2026-11-24T13:20:00+08:00
P-month 1: running; station_head owes it (P-4.1.1-major-3)
  receipt 2026-11-23 15:20 + 1 month = 2026-12-23 15:20
  next change 2026-12-20T15:20:00+08:00
P-revisit-minor 1: not started; officer owes it (P-6.0)
  next change 2026-12-23T15:20:00.001+08:00
P-measures 1: met; head owes it (P-5.3.4)
  department receipt 2026-11-23 15:24 + 1 h = 2026-11-23 16:24
  returned 2026-11-23T16:08:00+08:00
officer: transferred (allowed), contacted (suggested), done (allowed), reported (allowed), \
resolved (allowed), revisited (early), urged (allowed), detailed (allowed), noted (allowed), \
corrected (allowed)
  blocked: archived by P-5.3.6: opinion
";
    assert_eq!(text, expected);
}

#[test]
fn what_was_recorded_later_is_not_known_yet() {
    assert_eq!(explained("2026-11-23T15:19:59+08:00", None), None);
    let early = explained("2026-11-23T15:22:00+08:00", None).unwrap();
    let measures = early
        .clocks
        .iter()
        .find(|clock| clock.clock == "P-measures")
        .unwrap();
    assert_eq!(measures.start, None);
    assert_eq!(early.steps.len(), 5);
}

#[test]
fn as_json_it_can_be_read_back() {
    let explained = explained("2026-11-24T10:42:00+08:00", None).unwrap();
    let json = serde_json::to_value(&explained).unwrap();
    assert_eq!(json["phase"], "in_work");
    assert_eq!(json["clocks"][0]["state"], "due_soon");
    assert_eq!(json["clocks"][0]["due"], "2026-11-24T12:00:00+08:00");
    let back: Explanation = serde_json::from_value(json).unwrap();
    assert_eq!(back, explained);
}
