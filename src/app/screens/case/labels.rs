//! The questions of the forms and their answers in the reader's words.

use domain::act::Act;
use domain::calendar;
use domain::id::{DepartmentId, StaffId, UnitId};

use super::answers::{self, Answers, Ask, NO, OTHER, YES};
use crate::i18n::t_string;
use crate::state::App;
use crate::ui::{Icon, Tone};
use crate::words::{self, I18n};

/// The question of a field.
pub(super) fn label(i18n: I18n, ask: Ask) -> &'static str {
    match ask {
        Ask::Received => t_string!(i18n, case.ask_received),
        Ask::ReceivedReason => t_string!(i18n, case.ask_received_reason),
        Ask::Channel | Ask::ChannelOther => t_string!(i18n, case.ask_channel),
        Ask::Unit => t_string!(i18n, case.ask_unit),
        Ask::Place => t_string!(i18n, case.ask_place),
        Ask::Name => t_string!(i18n, case.ask_name),
        Ask::Address => t_string!(i18n, case.ask_address),
        Ask::Telephone => t_string!(i18n, case.ask_telephone),
        Ask::Relation => t_string!(i18n, case.ask_relation),
        Ask::Class => t_string!(i18n, case.ask_class),
        Ask::Area => t_string!(i18n, case.ask_area),
        Ask::Severity => t_string!(i18n, case.ask_severity),
        Ask::SeverityNote => t_string!(i18n, case.ask_severity_note),
        Ask::Validity => t_string!(i18n, case.ask_validity),
        Ask::Complained => t_string!(i18n, case.ask_complained),
        Ask::Matter => t_string!(i18n, case.ask_matter),
        Ask::Content => t_string!(i18n, case.ask_content),
        Ask::Demands => t_string!(i18n, case.ask_demands),
        Ask::Appointment => t_string!(i18n, case.ask_appointment),
        Ask::DoorNotes => t_string!(i18n, case.ask_door_notes),
        Ask::Contact => t_string!(i18n, case.ask_contact),
        Ask::Way | Ask::WayOther => t_string!(i18n, case.ask_way),
        Ask::Reached => t_string!(i18n, case.ask_reached),
        Ask::Counts => t_string!(i18n, case.ask_counts),
        Ask::To => t_string!(i18n, case.ask_to),
        other => label_of_handling(i18n, other),
    }
}

fn label_of_handling(i18n: I18n, ask: Ask) -> &'static str {
    match ask {
        Ask::Clock => t_string!(i18n, case.ask_clock),
        Ask::Whom => t_string!(i18n, case.ask_whom),
        Ask::How => t_string!(i18n, case.ask_how),
        Ask::AnsweredBy => t_string!(i18n, case.ask_answered_by),
        Ask::Department => t_string!(i18n, case.ask_department),
        Ask::Measures => t_string!(i18n, case.ask_measures),
        Ask::Handler => t_string!(i18n, case.ask_handler),
        Ask::HandlerName => t_string!(i18n, case.ask_handler_name),
        Ask::Target => t_string!(i18n, case.ask_target),
        Ask::FoundDone => t_string!(i18n, case.ask_found_done),
        Ask::ViewIntake | Ask::ViewIntakeWords => t_string!(i18n, act.view_intake),
        Ask::ViewMeasures | Ask::ViewMeasuresWords => t_string!(i18n, act.view_measures),
        Ask::ViewResult | Ask::ViewResultWords => t_string!(i18n, act.view_result),
        Ask::Agreement => t_string!(i18n, case.ask_agreement),
        Ask::ResidentWords => t_string!(i18n, case.ask_resident_words),
        Ask::Decision => t_string!(i18n, case.ask_decision),
        Ask::Reason => t_string!(i18n, case.ask_reason),
        Ask::CorrectionReason => t_string!(i18n, case.ask_correction_reason),
        Ask::When => t_string!(i18n, case.ask_when),
        Ask::At => t_string!(i18n, case.ask_at),
        Ask::AtReason => t_string!(i18n, case.ask_at_reason),
        _ => t_string!(i18n, case.ask_words),
    }
}

/// The answers that a question of a list offers, by the words of the record's format.
pub(super) const fn options(ask: Ask) -> &'static [&'static str] {
    match ask {
        Ask::Channel => &["in_person", "telephone", "written", OTHER],
        Ask::Address => &["ms", "mr"],
        Ask::Class => &["4.1.1", "4.1.2", "4.1.3", "4.2.2"],
        Ask::Area => &["customer_service", "environment", "maintenance"],
        Ask::Severity => &["minor"],
        Ask::Validity => &["valid"],
        Ask::Contact => &["feedback", "communication", "explanation", "comfort"],
        Ask::Way => &["telephone", "door", "in_person", "message", OTHER],
        Ask::Reached | Ask::Counts | Ask::FoundDone => &[YES, NO],
        Ask::To => &["station_head manager", "station_head", "manager"],
        Ask::How => &["in_person", "telephone", "in_app"],
        Ask::ViewIntake | Ask::ViewMeasures | Ask::ViewResult => {
            &["satisfied", "fair", "dissatisfied"]
        }
        Ask::Agreement => &["agreed", "with_reservation", "not_agreed"],
        Ask::Decision => &["left", "right", "both"],
        Ask::When => &["now", answers::STATED],
        _ => &[],
    }
}

/// An answer in words.
pub(super) fn answer(i18n: I18n, app: App, ask: Ask, code: &str) -> String {
    match ask {
        Ask::Received | Ask::Target | Ask::At => {
            let zone = app.zone();
            calendar::from_field(&zone, code).map_or_else(
                || code.to_owned(),
                |at| words::when(i18n, &zone, at, app.now.get()),
            )
        }
        Ask::Department | Ask::Complained => app
            .directory
            .with(|d| d.department(&DepartmentId(code.to_owned()))),
        Ask::Unit => app
            .directory
            .with(|d| d.unit(i18n, &UnitId(code.to_owned()))),
        Ask::Handler if code != OTHER => app.directory.with(|d| d.name(&StaffId(code.to_owned()))),
        Ask::Clock => words::clock_title(i18n, code),
        Ask::To => {
            let roles = code.split(' ').map(|role| words::role_words(i18n, role));
            roles.collect::<Vec<_>>().join("、")
        }
        _ if options(ask).is_empty() => code.to_owned(),
        Ask::Reached | Ask::Counts | Ask::FoundDone => yes_or_no(i18n, ask, code).to_owned(),
        _ => listed(i18n, ask, code).to_owned(),
    }
}

fn yes_or_no(i18n: I18n, ask: Ask, code: &str) -> &'static str {
    match (ask, code == YES) {
        (Ask::Reached, true) => t_string!(i18n, case.reached),
        (Ask::Reached, false) => t_string!(i18n, case.not_reached),
        (Ask::Counts, true) => t_string!(i18n, case.counts),
        (Ask::Counts, false) => t_string!(i18n, case.counts_not),
        (_, true) => t_string!(i18n, case.found_done),
        (_, false) => t_string!(i18n, case.found_not_done),
    }
}

fn listed(i18n: I18n, ask: Ask, code: &str) -> &'static str {
    match (ask, code) {
        (_, OTHER) => t_string!(i18n, case.other),
        (Ask::Channel, "in_person") => t_string!(i18n, act.channel_in_person),
        (Ask::Channel, "written") => t_string!(i18n, act.channel_written),
        (_, "telephone") => t_string!(i18n, act.way_telephone),
        (_, "in_person") => t_string!(i18n, act.way_in_person),
        (_, "in_app") => t_string!(i18n, case.in_app),
        (_, "door") => t_string!(i18n, act.way_door),
        (_, "message") => t_string!(i18n, act.way_message),
        (_, "ms") => t_string!(i18n, common.ms),
        (_, "mr") => t_string!(i18n, common.mr),
        (_, "4.1.1") => t_string!(i18n, act.class_property),
        (_, "4.1.2") => t_string!(i18n, act.class_forwarded),
        (_, "4.1.3") => t_string!(i18n, act.class_other),
        (_, "4.2.2") => t_string!(i18n, act.class_other_department),
        (_, "customer_service") => t_string!(i18n, act.area_customer_service),
        (_, "environment") => t_string!(i18n, act.area_environment),
        (_, "maintenance") => t_string!(i18n, act.area_maintenance),
        (_, "minor") => t_string!(i18n, act.minor),
        (_, "major") => t_string!(i18n, act.major),
        (_, "valid") => t_string!(i18n, act.valid),
        (_, "feedback") => t_string!(i18n, act.contact_feedback),
        (_, "communication") => t_string!(i18n, act.contact_communication),
        (_, "explanation") => t_string!(i18n, act.contact_explanation),
        (_, "comfort") => t_string!(i18n, act.contact_comfort),
        (_, "satisfied") => t_string!(i18n, act.satisfied),
        (_, "fair") => t_string!(i18n, act.fair),
        (_, "dissatisfied") => t_string!(i18n, act.dissatisfied),
        (_, "agreed") => t_string!(i18n, act.agreed),
        (_, "with_reservation") => t_string!(i18n, act.with_reservation),
        (_, "not_agreed") => t_string!(i18n, act.not_agreed),
        (_, "left") => t_string!(i18n, case.decide_left),
        (_, "right") => t_string!(i18n, case.decide_right),
        (_, "both") => t_string!(i18n, case.decide_both),
        (_, "now") => t_string!(i18n, case.now),
        (_, answers::STATED) => t_string!(i18n, case.stated),
        _ => t_string!(i18n, case.other),
    }
}

/// Answers that stand by themselves in a line, without their question.
const fn says_itself(ask: Ask) -> bool {
    matches!(
        ask,
        Ask::Words
            | Ask::Contact
            | Ask::Way
            | Ask::WayOther
            | Ask::Reached
            | Ask::Counts
            | Ask::How
            | Ask::Channel
            | Ask::ChannelOther
            | Ask::Class
            | Ask::Area
            | Ask::Severity
            | Ask::Validity
            | Ask::FoundDone
            | Ask::Agreement
            | Ask::Decision
            | Ask::To
            | Ask::Unit
            | Ask::Place
            | Ask::Address
            | Ask::Matter
    )
}

/// Answers that are quoted: accounts at length, and what was said.
const fn is_quote(ask: Ask) -> bool {
    matches!(
        ask,
        Ask::Content | Ask::Demands | Ask::Measures | Ask::ResidentWords
    )
}

/// What an act says, one answer after the other.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fact {
    /// The question.
    pub(super) ask: Ask,
    /// The question in words; empty where the answer stands by itself.
    pub(super) label: &'static str,
    /// The answer in words.
    pub(super) words: String,
    /// Shown as a quotation.
    pub(super) quote: bool,
}

impl Fact {
    /// Question and answer in one line.
    pub(super) fn line(&self) -> String {
        if self.label.is_empty() {
            self.words.clone()
        } else {
            format!("{}：{}", self.label, self.words)
        }
    }
}

/// Questions whose answers the row shows elsewhere.
const fn is_shown_elsewhere(ask: Ask) -> bool {
    matches!(ask, Ask::When | Ask::At | Ask::HandlerName)
}

/// What these answers say.
pub(super) fn facts(i18n: I18n, app: App, answers: &Answers) -> Vec<Fact> {
    let told = answers.iter().filter(|(ask, code)| {
        let in_words = code.as_str() == OTHER && matches!(ask, Ask::Way | Ask::Channel);
        !is_shown_elsewhere(**ask) && !in_words
    });
    told.map(|(ask, code)| {
        let named = *ask == Ask::Handler && code == OTHER;
        let words = if named {
            answers::text(answers, Ask::HandlerName).to_owned()
        } else {
            answer(i18n, app, *ask, code)
        };
        Fact {
            ask: *ask,
            label: if says_itself(*ask) {
                ""
            } else {
                label(i18n, *ask)
            },
            words,
            quote: is_quote(*ask),
        }
    })
    .collect()
}

/// The icon of an act, on its button and in the timeline.
pub(super) fn icon(kind: &str) -> Icon {
    match kind {
        "accepted" | "detailed" | "voided" => Icon::File,
        "contacted" => Icon::Phone,
        "transferred" => Icon::Send,
        "department_received" => Icon::Tablet,
        "measures_filled" | "measures_returned" | "opinion" => Icon::Pen,
        "target_changed" => Icon::Clock,
        "done" => Icon::Tool,
        "verified" => Icon::Eye,
        "solved_on_spot" | "resolved" => Icon::ClockMet,
        "revisited" | "visit_attempted" => Icon::Door,
        "urged" => Icon::Bell,
        "reported" => Icon::Chat,
        "closed" | "archived" => Icon::Check,
        "noted" => Icon::Info,
        "corrected" => Icon::Undo,
        "decided" => Icon::Swap,
        "verdict.admit" => Icon::Check,
        _ => Icon::Warn,
    }
}

/// The colour of an act's mark in the timeline.
pub(super) const fn tone(act: &Act) -> Tone {
    match act {
        Act::Contacted(act) if act.reached => Tone::Primary,
        Act::Verified(act) if !act.found_done => Tone::Warn,
        Act::MeasuresReturned(_)
        | Act::Done(_)
        | Act::Verified(_)
        | Act::SolvedOnSpot(_)
        | Act::Resolved(_)
        | Act::Closed(_)
        | Act::Archived(_) => Tone::Ok,
        Act::Revisited(_) | Act::Opinion(_) => Tone::Primary,
        Act::Corrected(_) | Act::Unknown(_) => Tone::Warn,
        Act::Decided(_) | Act::Admitted(_) => Tone::Wait,
        _ => Tone::Plain,
    }
}

/// What is missing, of a gap.
pub(super) fn gap(i18n: I18n, key: &str) -> &'static str {
    match key {
        "place" => t_string!(i18n, case.ask_place),
        "content" => t_string!(i18n, case.ask_content),
        "complainant" => t_string!(i18n, case.ask_name),
        "channel" => t_string!(i18n, case.ask_channel),
        "class" => t_string!(i18n, case.ask_class),
        "area" => t_string!(i18n, case.ask_area),
        "severity" => t_string!(i18n, case.ask_severity),
        "validity" => t_string!(i18n, case.ask_validity),
        "demands" => t_string!(i18n, case.ask_demands),
        "handler" => t_string!(i18n, case.ask_handler),
        "target" => t_string!(i18n, case.ask_target),
        "head_signature" => t_string!(i18n, case.gap_head_signature),
        "view_intake" => t_string!(i18n, act.view_intake),
        "view_measures" => t_string!(i18n, act.view_measures),
        "view_result" => t_string!(i18n, act.view_result),
        "agreement" => t_string!(i18n, case.ask_agreement),
        "signature_and_reason" => t_string!(i18n, case.gap_signature),
        _ => t_string!(i18n, case.other),
    }
}

/// What blocks a step, and the act that supplies it.
pub(super) fn missing(i18n: I18n, key: &str) -> (&'static str, Option<&'static str>) {
    match key {
        "opinion" => (t_string!(i18n, case.missing_opinion), Some("opinion")),
        "newer_version" => (t_string!(i18n, case.missing_newer), None),
        "complained_about" => (t_string!(i18n, case.missing_complained), None),
        _ => (t_string!(i18n, case.missing_other), None),
    }
}
