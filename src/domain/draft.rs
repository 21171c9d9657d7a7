//! Checks of an act before it is recorded, by the screens, and of one that arrives, by whoever
//! converts it. An empty field is a gap: shown, never in the way. Only what could not be true or
//! could not be kept is refused.

use serde::{Deserialize, Serialize};

use crate::act::{
    Accepted, Act, Choice, Complainant, Details, MeasuresFilled, MeasuresReturned, NoSignature,
    RevisitForm, Revisited, Signature, Signed, Strokes,
};
use crate::limits;
use crate::time::{Instant, Span};

/// What is the matter with a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Problem {
    /// Asked for and empty: recorded with the gap shown.
    Missing,
    /// Longer than can be kept.
    TooLong {
        /// The most that can be kept.
        max: usize,
    },
    /// Later than the time of recording.
    InTheFuture,
    /// A coordinate or a number outside its range.
    OutOfRange,
}

impl Problem {
    /// Whether the act cannot be recorded so; otherwise it is a gap.
    #[must_use]
    pub const fn is_hard(&self) -> bool {
        !matches!(self, Self::Missing)
    }
}

/// A field and what is the matter with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// The field, as the act's body names it, with dots: `details.content`.
    pub field: String,
    /// What is the matter.
    pub problem: Problem,
}

/// What is the matter with the fields of an act, whatever the time.
#[must_use]
pub fn check(act: &Act) -> Vec<FieldError> {
    let mut check = Check::default();
    check.act(act);
    check.found
}

/// Times in the act that lie after the time of recording: nothing that is recorded has yet to
/// happen. Targets may.
#[must_use]
pub fn check_times(act: &Act, recorded: Span) -> Vec<FieldError> {
    let mut found = Vec::new();
    let mut not_later = |field: &str, at: Option<Instant>| {
        if at.zip(recorded.to).is_some_and(|(at, latest)| at > latest) {
            found.push(FieldError {
                field: field.to_owned(),
                problem: Problem::InTheFuture,
            });
        }
    };
    not_later("happened", act.happened().map(|stated| stated.at));
    match act {
        Act::Accepted(act) => not_later("received", Some(act.received)),
        Act::Revisited(act) => not_later("at_door", act.at_door),
        Act::Corrected(act) => {
            return act
                .replacement
                .as_ref()
                .map_or(found, |act| check_times(act, recorded));
        }
        _ => {}
    }
    found
}

#[derive(Default)]
struct Check {
    found: Vec<FieldError>,
}

impl Check {
    fn problem(&mut self, field: &str, problem: Problem) {
        self.found.push(FieldError {
            field: field.to_owned(),
            problem,
        });
    }

    fn asked(&mut self, field: &str, missing: bool) {
        if missing {
            self.problem(field, Problem::Missing);
        }
    }

    /// Optional text.
    fn text(&mut self, field: &str, text: &str, max: usize) {
        if text.trim().chars().nth(max).is_some() {
            self.problem(field, Problem::TooLong { max });
        }
    }

    /// Text that is asked for.
    fn words(&mut self, field: &str, text: &str, max: usize) {
        self.asked(field, text.trim().is_empty());
        self.text(field, text, max);
    }

    fn count(&mut self, field: &str, count: usize, max: usize) {
        if count > max {
            self.problem(field, Problem::TooLong { max });
        }
    }

    fn free<T>(&mut self, field: &str, choice: Option<&Choice<T>>) {
        if let Some(Choice::Other(words)) = choice {
            self.words(field, words, limits::SHORT_CHARACTERS_MAX);
        }
    }

    fn act(&mut self, act: &Act) {
        const LONG: usize = limits::WORDS_CHARACTERS_MAX;
        if let Some(stated) = act.happened() {
            self.text("happened.reason", &stated.reason, LONG);
        }
        self.count("photos", act.photos().len(), limits::PHOTOS_MAX);
        match act {
            Act::Accepted(act) => self.accepted(act),
            Act::Detailed(details) => self.details("", details),
            Act::SolvedOnSpot(act) => {
                self.words("result", &act.result, limits::CONTENT_CHARACTERS_MAX);
            }
            Act::Reported(act) => {
                self.asked("to", act.to.is_empty());
                self.text("words", &act.words, LONG);
            }
            Act::Contacted(act) => {
                self.free("way", Some(&act.way));
                self.text("words", &act.words, LONG);
                self.text("resident_words", &act.resident_words, LONG);
            }
            Act::Transferred(act) => self.text("words", &act.words, LONG),
            Act::DepartmentReceived(_) | Act::Decided(_) | Act::Unknown(_) => self.decided(act),
            Act::MeasuresFilled(act) => self.measures(act),
            Act::MeasuresReturned(act) => self.returned(act),
            Act::TargetChanged(act) => self.words("reason", &act.reason, LONG),
            Act::Done(act) => self.words("words", &act.words, LONG),
            Act::Verified(act) => self.text("words", &act.words, LONG),
            Act::Resolved(act) => self.text("words", &act.words, LONG),
            Act::Revisited(act) => self.revisited(act),
            Act::VisitAttempted(act) => {
                self.free("way", Some(&act.way));
                self.text("words", &act.words, LONG);
            }
            Act::Urged(act) => {
                self.words("whom", &act.whom, limits::NAME_CHARACTERS_MAX);
                self.text("words", &act.words, LONG);
            }
            Act::Opinion(act) => self.words("words", &act.words, LONG),
            Act::Closed(act) => self.text("words", &act.words, LONG),
            Act::Archived(act) => self.text("words", &act.words, LONG),
            Act::Noted(act) => {
                // A photo says enough by itself.
                self.asked(
                    "words",
                    act.words.trim().is_empty() && act.photos.is_empty(),
                );
                self.text("words", &act.words, limits::CONTENT_CHARACTERS_MAX);
            }
            Act::Corrected(act) => {
                self.words("reason", &act.reason, LONG);
                if let Some(act) = &act.replacement {
                    self.act(act);
                }
            }
            Act::Admitted(act) => self.words("reason", &act.reason, LONG),
            Act::Voided(act) => {
                self.words("number", &act.number, limits::NUMBER_CHARACTERS_MAX);
                self.text("reason", &act.reason, LONG);
            }
        }
    }

    fn decided(&mut self, act: &Act) {
        if let Act::Decided(act) = act {
            self.words("reason", &act.reason, limits::WORDS_CHARACTERS_MAX);
        }
    }

    fn accepted(&mut self, act: &Accepted) {
        self.words("number", &act.number, limits::NUMBER_CHARACTERS_MAX);
        self.text(
            "received_reason",
            &act.received_reason,
            limits::WORDS_CHARACTERS_MAX,
        );
        self.details("details.", &act.details);
        let details = &act.details;
        let place = details.place.as_deref().unwrap_or_default();
        self.asked(
            "details.place",
            details.unit.is_none() && place.trim().is_empty(),
        );
        let content = details.content.as_deref().unwrap_or_default();
        self.asked("details.content", content.trim().is_empty());
        self.asked("details.channel", details.channel.is_none());
        self.asked("details.class", details.class.is_none());
        self.asked("details.severity", details.severity.is_none());
        self.asked("details.validity", details.validity.is_none());
        let name = details
            .complainant
            .as_ref()
            .map_or("", |person| person.name.trim());
        self.asked("details.complainant.name", name.is_empty());
    }

    fn details(&mut self, prefix: &str, details: &Details) {
        let field = |name: &str| format!("{prefix}{name}");
        let texts = [
            ("content", &details.content, limits::CONTENT_CHARACTERS_MAX),
            ("demands", &details.demands, limits::WORDS_CHARACTERS_MAX),
            (
                "severity_note",
                &details.severity_note,
                limits::WORDS_CHARACTERS_MAX,
            ),
            ("matter", &details.matter, limits::SHORT_CHARACTERS_MAX),
            ("place", &details.place, limits::SHORT_CHARACTERS_MAX),
        ];
        for (name, text, max) in texts {
            self.text(&field(name), text.as_deref().unwrap_or_default(), max);
        }
        self.free(&field("channel"), details.channel.as_ref());
        if let Some(person) = &details.complainant {
            self.complainant(&field("complainant"), person);
        }
        self.count(
            &field("staff_complained"),
            details.staff_complained.len(),
            limits::STAFF_COMPLAINED_MAX,
        );
        if let Some(door) = &details.door {
            let short = limits::SHORT_CHARACTERS_MAX;
            self.text(&field("door.appointment"), &door.appointment, short);
            self.count(
                &field("door.notes"),
                door.notes.len(),
                limits::DOOR_NOTES_MAX,
            );
            for note in &door.notes {
                self.text(&field("door.notes"), note, short);
            }
        }
    }

    fn complainant(&mut self, field: &str, person: &Complainant) {
        self.text(
            &format!("{field}.name"),
            &person.name,
            limits::NAME_CHARACTERS_MAX,
        );
        self.text(
            &format!("{field}.relation"),
            &person.relation,
            limits::SHORT_CHARACTERS_MAX,
        );
        self.text(
            &format!("{field}.telephone"),
            &person.telephone,
            limits::TELEPHONE_CHARACTERS_MAX,
        );
    }

    fn measures(&mut self, act: &MeasuresFilled) {
        self.words("measures", &act.measures, limits::CONTENT_CHARACTERS_MAX);
        self.asked("handler", act.handler.is_none());
        self.asked("target", act.target.is_none());
        if let Some(Choice::Other(name)) = &act.handler {
            self.words("handler", name, limits::NAME_CHARACTERS_MAX);
        }
    }

    fn returned(&mut self, act: &MeasuresReturned) {
        self.asked("signature", act.signature.is_none());
        if let Some(signature) = &act.signature {
            self.signature("signature", signature);
        }
    }

    fn revisited(&mut self, act: &Revisited) {
        let views = [
            ("intake", &act.intake),
            ("measures", &act.measures),
            ("result", &act.result),
        ];
        for (name, view) in views {
            self.asked(&format!("{name}.satisfaction"), view.satisfaction.is_none());
            self.text(
                &format!("{name}.words"),
                &view.words,
                limits::WORDS_CHARACTERS_MAX,
            );
        }
        self.asked("agreement", act.agreement.is_none());
        self.text(
            "resident_words",
            &act.resident_words,
            limits::WORDS_CHARACTERS_MAX,
        );
        self.text(
            "stand_in_reason",
            &act.stand_in_reason,
            limits::WORDS_CHARACTERS_MAX,
        );
        if let RevisitForm::Other(words) = &act.form {
            self.words("form", words, limits::SHORT_CHARACTERS_MAX);
        }
        match &act.signed {
            Signed::Drawn(signature) => self.signature("signed", signature),
            Signed::Absent(absent) => self.absent(absent),
            Signed::NotAsked => self.asked("signed", act.form == RevisitForm::Door),
        }
    }

    fn absent(&mut self, absent: &NoSignature) {
        let neither = absent.reason.is_none() && absent.words.trim().is_empty();
        self.asked("signed.reason", neither);
        self.free("signed.reason", absent.reason.as_ref());
        self.text("signed.words", &absent.words, limits::WORDS_CHARACTERS_MAX);
        if let Some(witness) = &absent.witness {
            self.text(
                "signed.witness.name",
                &witness.name,
                limits::NAME_CHARACTERS_MAX,
            );
            self.text(
                "signed.witness.relation",
                &witness.relation,
                limits::SHORT_CHARACTERS_MAX,
            );
            if let Some(strokes) = &witness.strokes {
                self.strokes("signed.witness.strokes", strokes);
            }
        }
    }

    fn signature(&mut self, field: &str, signature: &Signature) {
        self.words(
            &format!("{field}.signer"),
            &signature.signer,
            limits::NAME_CHARACTERS_MAX,
        );
        self.count(
            &format!("{field}.statement"),
            signature.statement.len(),
            limits::STATEMENT_LINES_MAX,
        );
        for line in &signature.statement {
            let field = format!("{field}.statement");
            self.text(&field, &line.heading, limits::SHORT_CHARACTERS_MAX);
            self.text(&field, &line.words, limits::CONTENT_CHARACTERS_MAX);
        }
        self.strokes(&format!("{field}.strokes"), &signature.strokes);
    }

    fn strokes(&mut self, field: &str, strokes: &Strokes) {
        let points = strokes.lines.iter().flatten();
        self.count(field, strokes.lines.len(), limits::STROKES_MAX);
        self.count(field, points.clone().count(), limits::POINTS_MAX);
        let mut all = points.flat_map(|(x, y)| [*x, *y]);
        if all.any(|coordinate| coordinate > limits::COORDINATE_MAX) {
            self.problem(field, Problem::OutOfRange);
        }
    }
}
