//! What the forms of a case ask, the answers as they are typed, and the acts they make; and the
//! other way, so that a recorded act can be shown and put right by the same questions. No clock
//! and no storage.

use sorted::SortedMap;

use domain::act::{
    Act, Choice, Complainant, Contacted, Conveyed, Details, Door, RevisitForm, Revisited, Stated,
    View,
};
use domain::calendar;
use domain::id::{DepartmentId, StaffId};
use domain::time::{Instant, Zone};
use serde::de::DeserializeOwned;
use serde::de::value::{self, StringDeserializer};
use serde::{Deserialize, Serialize};
use serde_json::Value;

macro_rules! asks {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// A question of a form, in the order in which answers are shown.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(rename_all = "snake_case")]
        pub(super) enum Ask {
            $($(#[$doc])* $name,)*
        }

        impl Ask {
            /// Every question.
            pub(super) const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Its name in the code.
            pub(super) const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)*
                }
            }
        }
    };
}

asks! {
    /// 接到
    Received,
    /// Why 接到 was changed by hand.
    ReceivedReason,
    /// 來源
    Channel,
    /// Another channel, in words.
    ChannelOther,
    /// The unit.
    Unit,
    /// The place in words.
    Place,
    /// Who complains.
    Name,
    /// 女士 or 先生.
    Address,
    /// Telephone.
    Telephone,
    /// Relation to the household.
    Relation,
    /// P-4.1 the class.
    Class,
    /// P-4.1.1 the area.
    Area,
    /// P-4.1.1 the severity.
    Severity,
    /// The words of the judgement.
    SeverityNote,
    /// P-5.3.1 validity.
    Validity,
    /// 被投訴部門
    Complained,
    /// The matter in a few words.
    Matter,
    /// 投訴內容
    Content,
    /// 住戶要求
    Demands,
    /// When the resident is at home.
    Appointment,
    /// What to mind at the door.
    DoorNotes,
    /// P-5.3.3 the kind of contact.
    Contact,
    /// The way.
    Way,
    /// Another way, in words.
    WayOther,
    /// Whether the resident was reached.
    Reached,
    /// 算作反饋嗎
    Counts,
    /// Roles told.
    To,
    /// The clock that is urged.
    Clock,
    /// Who was urged.
    Whom,
    /// How it reached another person.
    How,
    /// Who answered the telephone.
    AnsweredBy,
    /// The department it goes to.
    Department,
    /// 處理方法
    Measures,
    /// 專人, a member of staff.
    Handler,
    /// 專人, a name in words.
    HandlerName,
    /// The target time.
    Target,
    /// Whether the work was found done.
    FoundDone,
    /// P-6.1 受理過程
    ViewIntake,
    /// Words to it.
    ViewIntakeWords,
    /// P-6.1 處理措施
    ViewMeasures,
    /// Words to it.
    ViewMeasuresWords,
    /// P-6.1 處理結果
    ViewResult,
    /// Words to it.
    ViewResultWords,
    /// 認同
    Agreement,
    /// What was done or said.
    Words,
    /// What the resident said, as said.
    ResidentWords,
    /// Which of two acts stands.
    Decision,
    /// Why.
    Reason,
    /// Why an act is put right.
    CorrectionReason,
    /// Now, or a stated time.
    When,
    /// When it happened.
    At,
    /// Why it was not recorded then.
    AtReason,
}

/// Answers by question; an empty one is not kept.
pub(super) type Answers = SortedMap<Ask, String>;

/// The answer to a question, trimmed; empty where there is none.
pub(super) fn text(answers: &Answers, ask: Ask) -> &str {
    answers.get(&ask).map_or("", |text| text.trim())
}

fn words(answers: &Answers, ask: Ask) -> String {
    text(answers, ask).to_owned()
}

fn some(answers: &Answers, ask: Ask) -> Option<String> {
    Some(words(answers, ask)).filter(|text| !text.is_empty())
}

/// The value that an answer names by the word of the record's format.
pub(super) fn coded<T: DeserializeOwned>(answers: &Answers, ask: Ask) -> Option<T> {
    decode(some(answers, ask)?)
}

fn decode<T: DeserializeOwned>(code: String) -> Option<T> {
    T::deserialize(StringDeserializer::<value::Error>::new(code)).ok()
}

fn yes(answers: &Answers, ask: Ask) -> bool {
    text(answers, ask) == YES
}

/// Answer to a question of yes or no.
pub(super) const YES: &str = "yes";
/// Answer to a question of yes or no.
pub(super) const NO: &str = "no";
/// An answer in words, where the list is open.
pub(super) const OTHER: &str = "other";
/// A stated time.
pub(super) const STATED: &str = "stated";

/// The instant that is answered; `before` where the answer is the minute it was.
fn at_or(answers: &Answers, ask: Ask, zone: &Zone, before: Option<Instant>) -> Option<Instant> {
    let answer = text(answers, ask);
    if before.is_some_and(|before| calendar::to_field(zone, before) == answer) {
        return before;
    }
    calendar::from_field(zone, answer)
}

/// Puts the answers into an act; what is not asked stays as it is.
pub(super) fn apply(act: &mut Act, answers: &Answers, zone: &Zone) {
    let a = answers;
    match act {
        Act::Accepted(act) => {
            act.received =
                at_or(a, Ask::Received, zone, Some(act.received)).unwrap_or(act.received);
            act.received_reason = words(a, Ask::ReceivedReason);
            apply_details(&mut act.details, a);
        }
        Act::Detailed(details) => apply_details(details, a),
        Act::Contacted(act) => apply_contact(act, a),
        Act::Revisited(act) => apply_revisit(act, a),
        Act::SolvedOnSpot(act) => act.result = words(a, Ask::Words),
        Act::Reported(act) => {
            act.to = text(a, Ask::To).split(' ').map(str::to_owned).collect();
            act.to.retain(|role| !role.is_empty());
            act.how = conveyed(a);
            act.words = words(a, Ask::Words);
        }
        Act::Transferred(act) => {
            act.department = DepartmentId(words(a, Ask::Department));
            act.words = words(a, Ask::Words);
        }
        Act::MeasuresFilled(act) => {
            act.measures = words(a, Ask::Measures);
            act.handler = match text(a, Ask::Handler) {
                OTHER => some(a, Ask::HandlerName).map(Choice::Other),
                "" => None,
                id => Some(Choice::Listed(StaffId(id.to_owned()))),
            };
            act.target = at_or(a, Ask::Target, zone, act.target);
        }
        Act::TargetChanged(act) => {
            act.target = at_or(a, Ask::Target, zone, Some(act.target)).unwrap_or(act.target);
            act.reason = words(a, Ask::Reason);
        }
        Act::Urged(act) => {
            act.clock = words(a, Ask::Clock);
            act.whom = words(a, Ask::Whom);
            act.how = conveyed(a);
            act.words = words(a, Ask::Words);
        }
        Act::VisitAttempted(act) => {
            act.way = way(a);
            act.words = words(a, Ask::Words);
        }
        Act::Verified(act) => {
            act.found_done = yes(a, Ask::FoundDone);
            act.words = words(a, Ask::Words);
        }
        Act::Done(act) => act.words = words(a, Ask::Words),
        Act::Resolved(act) => act.words = words(a, Ask::Words),
        Act::Opinion(act) => act.words = words(a, Ask::Words),
        Act::Closed(act) => act.words = words(a, Ask::Words),
        Act::Archived(act) => act.words = words(a, Ask::Words),
        Act::Noted(act) => act.words = words(a, Ask::Words),
        Act::DepartmentReceived(_)
        | Act::MeasuresReturned(_)
        | Act::Corrected(_)
        | Act::Decided(_)
        | Act::Admitted(_)
        | Act::Voided(_)
        | Act::Unknown(_) => {}
    }
    if let Some(happened) = happened_mut(act) {
        let before = happened.as_ref().map(|stated| stated.at);
        *happened = at_or(a, Ask::At, zone, before)
            .filter(|_| text(a, Ask::When) == STATED)
            .map(|at| Stated {
                at,
                reason: words(a, Ask::AtReason),
            });
    }
}

/// Where the act states when it happened; `None` for an act that cannot.
pub(super) fn happened_mut(act: &mut Act) -> Option<&mut Option<Stated>> {
    match act {
        Act::Accepted(act) => Some(&mut act.happened),
        Act::SolvedOnSpot(act) => Some(&mut act.happened),
        Act::Reported(act) => Some(&mut act.happened),
        Act::Contacted(act) => Some(&mut act.happened),
        Act::Transferred(act) => Some(&mut act.happened),
        Act::DepartmentReceived(act) => Some(&mut act.happened),
        Act::MeasuresFilled(act) => Some(&mut act.happened),
        Act::MeasuresReturned(act) => Some(&mut act.happened),
        Act::Done(act) => Some(&mut act.happened),
        Act::Verified(act) => Some(&mut act.happened),
        Act::Resolved(act) => Some(&mut act.happened),
        Act::Revisited(act) => Some(&mut act.happened),
        Act::VisitAttempted(act) => Some(&mut act.happened),
        Act::Closed(act) => Some(&mut act.happened),
        Act::Noted(act) => Some(&mut act.happened),
        _ => None,
    }
}

fn way<T: DeserializeOwned>(a: &Answers) -> Choice<T> {
    let listed = coded(a, Ask::Way).map(Choice::Listed);
    listed.unwrap_or_else(|| Choice::Other(words(a, Ask::WayOther)))
}

fn conveyed(a: &Answers) -> Conveyed {
    match text(a, Ask::How) {
        "telephone" => Conveyed::Telephone {
            answered_by: words(a, Ask::AnsweredBy),
        },
        "in_app" => Conveyed::InApp,
        _ => Conveyed::InPerson,
    }
}

fn apply_contact(act: &mut Contacted, a: &Answers) {
    use domain::act::ContactKind;
    act.reached = yes(a, Ask::Reached);
    act.counts_as_feedback = act.reached && yes(a, Ask::Counts);
    // Not said: the most general of the four, or what the answer below says.
    let unsaid = if act.counts_as_feedback {
        ContactKind::Feedback
    } else {
        ContactKind::Communication
    };
    act.kind = coded(a, Ask::Contact).unwrap_or(unsaid);
    act.way = way(a);
    act.words = words(a, Ask::Words);
    act.resident_words = words(a, Ask::ResidentWords);
}

fn apply_revisit(act: &mut Revisited, a: &Answers) {
    let view = |answer, said| View {
        satisfaction: coded(a, answer),
        words: words(a, said),
    };
    act.intake = view(Ask::ViewIntake, Ask::ViewIntakeWords);
    act.measures = view(Ask::ViewMeasures, Ask::ViewMeasuresWords);
    act.result = view(Ask::ViewResult, Ask::ViewResultWords);
    act.agreement = coded(a, Ask::Agreement);
    act.resident_words = words(a, Ask::ResidentWords);
}

fn apply_details(details: &mut Details, a: &Answers) {
    details.channel = match text(a, Ask::Channel) {
        OTHER => some(a, Ask::ChannelOther).map(Choice::Other),
        _ => coded(a, Ask::Channel).map(Choice::Listed),
    };
    details.unit = some(a, Ask::Unit).map(domain::id::UnitId);
    details.place = some(a, Ask::Place);
    let person = Complainant {
        name: words(a, Ask::Name),
        form: coded(a, Ask::Address),
        telephone: words(a, Ask::Telephone),
        relation: words(a, Ask::Relation),
    };
    details.complainant = Some(person).filter(|person| *person != Complainant::default());
    details.class = coded(a, Ask::Class);
    details.area = coded(a, Ask::Area);
    details.severity = coded(a, Ask::Severity);
    details.severity_note = some(a, Ask::SeverityNote);
    details.validity = coded(a, Ask::Validity);
    let responsible_too = details.department_responsible == details.department_complained;
    details.department_complained = some(a, Ask::Complained).map(DepartmentId);
    if responsible_too {
        details
            .department_responsible
            .clone_from(&details.department_complained);
    }
    details.matter = some(a, Ask::Matter);
    details.content = some(a, Ask::Content);
    details.demands = some(a, Ask::Demands);
    let notes = text(a, Ask::DoorNotes).split(['、', '\n']).map(str::trim);
    let door = Door {
        appointment: words(a, Ask::Appointment),
        notes: notes.filter(|n| !n.is_empty()).map(str::to_owned).collect(),
        by_telephone: details.door.as_ref().is_some_and(|door| door.by_telephone),
    };
    details.door = Some(door).filter(|door| *door != Door::default());
}

/// Collects answers.
struct Read<'a> {
    answers: Answers,
    zone: &'a Zone,
}

impl Read<'_> {
    fn put(&mut self, ask: Ask, text: &str) {
        if !text.trim().is_empty() {
            self.answers.insert(ask, text.to_owned());
        }
    }

    fn put_some(&mut self, ask: Ask, text: Option<&String>) {
        self.put(ask, text.map_or("", String::as_str));
    }

    fn code<T: Serialize>(&mut self, ask: Ask, value: Option<&T>) {
        if let Some(Ok(Value::String(code))) = value.map(serde_json::to_value) {
            self.put(ask, &code);
        }
    }

    fn flag(&mut self, ask: Ask, on: bool) {
        self.put(ask, if on { YES } else { NO });
    }

    fn at(&mut self, ask: Ask, at: Option<Instant>) {
        if let Some(at) = at {
            let text = calendar::to_field(self.zone, at);
            self.put(ask, &text);
        }
    }

    fn choice<T: Serialize>(&mut self, ask: Ask, other: Ask, value: Option<&Choice<T>>) {
        match value {
            Some(Choice::Listed(value)) => self.code(ask, Some(value)),
            Some(Choice::Other(words)) if !words.is_empty() => {
                self.put(ask, OTHER);
                self.put(other, words);
            }
            _ => {}
        }
    }

    fn how(&mut self, how: &Conveyed) {
        match how {
            Conveyed::InPerson => self.put(Ask::How, "in_person"),
            Conveyed::InApp => self.put(Ask::How, "in_app"),
            Conveyed::Telephone { answered_by } => {
                self.put(Ask::How, "telephone");
                self.put(Ask::AnsweredBy, answered_by);
            }
        }
    }

    fn details(&mut self, details: &Details) {
        self.choice(Ask::Channel, Ask::ChannelOther, details.channel.as_ref());
        self.code(Ask::Unit, details.unit.as_ref());
        self.put_some(Ask::Place, details.place.as_ref());
        if let Some(person) = &details.complainant {
            self.put(Ask::Name, &person.name);
            self.code(Ask::Address, person.form.as_ref());
            self.put(Ask::Telephone, &person.telephone);
            self.put(Ask::Relation, &person.relation);
        }
        self.code(Ask::Class, details.class.as_ref());
        self.code(Ask::Area, details.area.as_ref());
        self.code(Ask::Severity, details.severity.as_ref());
        self.put_some(Ask::SeverityNote, details.severity_note.as_ref());
        self.code(Ask::Validity, details.validity.as_ref());
        self.code(Ask::Complained, details.department_complained.as_ref());
        self.put_some(Ask::Matter, details.matter.as_ref());
        self.put_some(Ask::Content, details.content.as_ref());
        self.put_some(Ask::Demands, details.demands.as_ref());
        if let Some(door) = &details.door {
            self.put(Ask::Appointment, &door.appointment);
            self.put(Ask::DoorNotes, &door.notes.join("、"));
        }
    }

    fn revisit(&mut self, act: &Revisited) {
        let views = [
            (Ask::ViewIntake, Ask::ViewIntakeWords, &act.intake),
            (Ask::ViewMeasures, Ask::ViewMeasuresWords, &act.measures),
            (Ask::ViewResult, Ask::ViewResultWords, &act.result),
        ];
        for (answer, said, view) in views {
            self.code(answer, view.satisfaction.as_ref());
            self.put(said, &view.words);
        }
        match &act.form {
            RevisitForm::Door => self.put(Ask::Way, "door"),
            RevisitForm::Telephone => self.put(Ask::Way, "telephone"),
            RevisitForm::Other(words) => self.put(Ask::WayOther, words),
        }
        self.code(Ask::Agreement, act.agreement.as_ref());
        self.put(Ask::ResidentWords, &act.resident_words);
        self.put(Ask::Reason, &act.stand_in_reason);
    }

    fn department(&mut self, act: &Act) {
        match act {
            Act::Transferred(act) => {
                self.code(Ask::Department, Some(&act.department));
                self.put(Ask::Words, &act.words);
            }
            Act::MeasuresFilled(act) => {
                self.put(Ask::Measures, &act.measures);
                self.choice(Ask::Handler, Ask::HandlerName, act.handler.as_ref());
                self.at(Ask::Target, act.target);
            }
            Act::TargetChanged(act) => {
                self.at(Ask::Target, Some(act.target));
                self.put(Ask::Reason, &act.reason);
            }
            Act::Done(act) => self.put(Ask::Words, &act.words),
            _ => {}
        }
    }
}

/// The answers that an act gives.
pub(super) fn answers(act: &Act, zone: &Zone) -> Answers {
    let mut read = Read {
        answers: Answers::new(),
        zone,
    };
    match act {
        Act::Accepted(act) => {
            read.at(Ask::Received, Some(act.received));
            read.put(Ask::ReceivedReason, &act.received_reason);
            read.details(&act.details);
        }
        Act::Detailed(details) => read.details(details),
        Act::Contacted(act) => {
            read.code(Ask::Contact, Some(&act.kind));
            read.choice(Ask::Way, Ask::WayOther, Some(&act.way));
            read.flag(Ask::Reached, act.reached);
            if act.reached {
                read.flag(Ask::Counts, act.counts_as_feedback);
            }
            read.put(Ask::Words, &act.words);
            read.put(Ask::ResidentWords, &act.resident_words);
        }
        Act::Revisited(act) => read.revisit(act),
        Act::Reported(act) => {
            read.put(Ask::To, &act.to.join(" "));
            read.how(&act.how);
            read.put(Ask::Words, &act.words);
        }
        Act::Urged(act) => {
            read.put(Ask::Clock, &act.clock);
            read.put(Ask::Whom, &act.whom);
            read.how(&act.how);
            read.put(Ask::Words, &act.words);
        }
        Act::VisitAttempted(act) => {
            read.choice(Ask::Way, Ask::WayOther, Some(&act.way));
            read.put(Ask::Words, &act.words);
        }
        Act::Verified(act) => {
            read.flag(Ask::FoundDone, act.found_done);
            read.put(Ask::Words, &act.words);
        }
        Act::SolvedOnSpot(act) => read.put(Ask::Words, &act.result),
        Act::Resolved(act) => read.put(Ask::Words, &act.words),
        Act::Opinion(act) => read.put(Ask::Words, &act.words),
        Act::Closed(act) => read.put(Ask::Words, &act.words),
        Act::Archived(act) => read.put(Ask::Words, &act.words),
        Act::Noted(act) => read.put(Ask::Words, &act.words),
        Act::Corrected(act) => read.put(Ask::Reason, &act.reason),
        Act::Decided(act) => {
            read.code(Ask::Decision, Some(&act.decision));
            read.put(Ask::Reason, &act.reason);
        }
        Act::Admitted(act) => read.put(Ask::Reason, &act.reason),
        Act::Voided(act) => read.put(Ask::Reason, &act.reason),
        other => read.department(other),
    }
    if let Some(stated) = act.happened() {
        read.at(Ask::At, Some(stated.at));
        read.put(Ask::AtReason, &stated.reason);
    }
    read.answers
}
