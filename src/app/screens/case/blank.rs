//! Acts with nothing in them yet, for the sheets to fill.

use domain::act::{
    Act, Archived, Choice, Closed, ContactKind, Contacted, Conveyed, DepartmentReceived, Details,
    Done, Noted, Opinion, Reported, Resolved, SolvedOnSpot, TargetChanged, Transferred, Urged,
    Verified, VisitAttempted,
};
use domain::id::{DepartmentId, EntryHash};
use domain::time::Instant;

/// An act of this kind with nothing in it yet; `None` for a kind that has its own way.
pub(super) fn blank(kind: &str, about: Option<EntryHash>, now: Instant) -> Option<Act> {
    let words = String::new;
    let transfer = about.clone().unwrap_or_else(|| EntryHash(String::new()));
    Some(match kind {
        "contacted" => Act::Contacted(Contacted {
            kind: ContactKind::Communication,
            way: Choice::Other(words()),
            reached: false,
            counts_as_feedback: false,
            words: words(),
            resident_words: words(),
            happened: None,
        }),
        "solved_on_spot" => Act::SolvedOnSpot(SolvedOnSpot {
            result: words(),
            photos: Vec::new(),
            happened: None,
        }),
        "reported" => Act::Reported(Reported {
            to: Vec::new(),
            how: Conveyed::InPerson,
            words: words(),
            happened: None,
        }),
        "transferred" => Act::Transferred(Transferred {
            department: DepartmentId(words()),
            words: words(),
            happened: None,
        }),
        "department_received" => Act::DepartmentReceived(DepartmentReceived {
            transfer,
            happened: None,
        }),
        "target_changed" => Act::TargetChanged(TargetChanged {
            transfer,
            target: now,
            reason: words(),
        }),
        "done" => Act::Done(Done {
            transfer: about,
            words: words(),
            photos: Vec::new(),
            happened: None,
        }),
        "urged" => Act::Urged(Urged {
            clock: words(),
            whom: words(),
            how: Conveyed::InPerson,
            words: words(),
        }),
        other => return blank_of_resolution(other),
    })
}

fn blank_of_resolution(kind: &str) -> Option<Act> {
    let words = String::new;
    Some(match kind {
        "verified" => Act::Verified(Verified {
            found_done: false,
            words: words(),
            photos: Vec::new(),
            happened: None,
        }),
        "resolved" => Act::Resolved(Resolved {
            words: words(),
            happened: None,
        }),
        "visit_attempted" => Act::VisitAttempted(VisitAttempted {
            way: Choice::Other(words()),
            words: words(),
            photos: Vec::new(),
            happened: None,
        }),
        "opinion" => Act::Opinion(Opinion { words: words() }),
        "closed" => Act::Closed(Closed {
            words: words(),
            happened: None,
        }),
        "archived" => Act::Archived(Archived { words: words() }),
        "noted" => Act::Noted(Noted {
            words: words(),
            photos: Vec::new(),
            happened: None,
        }),
        "detailed" => Act::Detailed(Details::default()),
        _ => return None,
    })
}
