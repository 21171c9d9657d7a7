//! What is being typed at intake, and the acts that it makes. No clock and no storage.

use sorted::SortedMap;

use domain::act::{
    Accepted, Act, Area, Channel, Choice, Class, Complainant, ContactKind, Contacted, Conveyed,
    Details, Door, FormOfAddress, Reported, Severity, SolvedOnSpot, Transferred, Validity, Way,
};
use domain::id::{DepartmentId, HouseholdId, StaffId, UnitId};
use domain::limits;
use domain::procedure::{ClassesWithSeverity, Procedure};
use domain::site::Household;
use domain::time::Instant;
use serde::{Deserialize, Serialize};

/// Marks that part one note for the door from the next.
const NOTE_MARKS: [char; 4] = ['、', '，', ',', '\n'];

/// The four sections, in their order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Section {
    /// 何人何處
    #[default]
    Place,
    /// 投訴內容
    Content,
    /// 輕重判定
    Severity,
    /// 處理與派單
    Handling,
}

impl Section {
    /// Every section, in order.
    pub(super) const ALL: [Self; 4] = [Self::Place, Self::Content, Self::Severity, Self::Handling];

    /// Its place in the order, from 1.
    pub(super) const fn number(self) -> usize {
        match self {
            Self::Place => 1,
            Self::Content => 2,
            Self::Severity => 3,
            Self::Handling => 4,
        }
    }

    /// The one after it.
    pub(super) fn next(self) -> Option<Self> {
        Self::ALL.get(self.number()).copied()
    }

    /// The one before it.
    pub(super) fn previous(self) -> Option<Self> {
        let before = self.number().checked_sub(2)?;
        Self::ALL.get(before).copied()
    }
}

/// The fields that take words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Text {
    /// The place, where there is no unit.
    Place,
    /// Who complains.
    Name,
    /// Telephone of who complains.
    Telephone,
    /// Relation to the household.
    Relation,
    /// How it came, where neither in person nor by telephone nor in writing.
    Channel,
    /// 投訴內容
    Content,
    /// 住戶要求
    Demands,
    /// 判定說明
    SeverityNote,
    /// The result on the spot.
    Result,
    /// A word to the department.
    Words,
    /// Who answered when it was reported.
    AnsweredBy,
    /// When the resident is at home.
    Appointment,
    /// What to mind at the door.
    DoorNotes,
    /// Why the receipt time was corrected.
    ReceivedReason,
}

impl Text {
    /// Characters that can be kept.
    pub(super) const fn characters_max(self) -> usize {
        match self {
            Self::Content => limits::CONTENT_CHARACTERS_MAX,
            Self::Name | Self::AnsweredBy => limits::NAME_CHARACTERS_MAX,
            Self::Telephone => limits::TELEPHONE_CHARACTERS_MAX,
            Self::Place | Self::Relation | Self::Channel | Self::Appointment | Self::DoorNotes => {
                limits::SHORT_CHARACTERS_MAX
            }
            Self::Demands
            | Self::SeverityNote
            | Self::Result
            | Self::Words
            | Self::ReceivedReason => limits::WORDS_CHARACTERS_MAX,
        }
    }
}

/// How the complaint came, as the form asks it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum CameBy {
    /// 來訪
    InPerson,
    /// 電話
    Telephone,
    /// 書面, or another way where the words name one.
    WrittenOrOther,
}

/// Whether something was judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Judged {
    /// 輕微, 有效
    Given,
    /// 還沒判定
    NotYet,
}

/// How the station head and the manager are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ToldBy {
    /// 當面
    InPerson,
    /// 電話
    Telephone,
    /// 在此送出
    InApp,
}

/// The form as it stands: kept at every pause, and taken up again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Draft {
    /// Case number; taken at the first keystroke or choice.
    pub(super) number: Option<String>,
    /// 接到: the time of the first keystroke or choice.
    pub(super) begun: Option<Instant>,
    /// 接到 as corrected by hand.
    pub(super) received: Option<Instant>,
    /// The section that is shown.
    pub(super) section: Section,
    /// Words, where there are any.
    pub(super) texts: SortedMap<Text, String>,
    /// The unit concerned.
    pub(super) unit: Option<UnitId>,
    /// The household concerned.
    pub(super) household: Option<HouseholdId>,
    /// A public area or another place: no unit.
    pub(super) public: bool,
    /// Somebody else than the household's contact complains.
    pub(super) other_person: bool,
    /// How who complains is addressed.
    pub(super) address: Option<FormOfAddress>,
    /// P-4.1, P-4.2
    pub(super) class: Option<Class>,
    /// P-4.1.1
    pub(super) area: Option<Area>,
    /// 來源
    pub(super) came_by: Option<CameBy>,
    /// P-4.1.1 whether it was judged 輕微.
    pub(super) severity: Option<Judged>,
    /// P-5.3.1 whether it was judged 有效.
    pub(super) validity: Option<Judged>,
    /// A member of staff who is complained about.
    pub(super) staff: Option<StaffId>,
    /// P-5.3.2 whether it is solved on the spot.
    pub(super) on_spot: Option<bool>,
    /// How the resident was told the result.
    pub(super) told: Option<Way>,
    /// 被投訴部門
    pub(super) department: Option<DepartmentId>,
    /// P-5.3.2 reported to station head and manager.
    pub(super) report: bool,
    /// How it was reported.
    pub(super) reported_by: Option<ToldBy>,
    /// Revisit by telephone was agreed.
    pub(super) by_telephone: bool,
}

impl Draft {
    /// The words of a field; empty where there are none.
    pub(super) fn text(&self, field: Text) -> &str {
        self.texts.get(&field).map_or("", String::as_str)
    }

    /// The words of a field where there are any.
    fn words(&self, field: Text) -> Option<String> {
        let text = self.text(field).trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// Sets the words of a field.
    pub(super) fn set_text(&mut self, field: Text, text: String) {
        if text.is_empty() {
            self.texts.remove(&field);
        } else {
            self.texts.insert(field, text);
        }
    }

    /// Something was typed or chosen.
    pub(super) const fn has_begun(&self) -> bool {
        self.begun.is_some()
    }

    /// 接到
    pub(super) fn received(&self) -> Option<Instant> {
        self.received.or(self.begun)
    }

    /// Takes a unit and the household that lives in it.
    pub(super) fn take_unit(&mut self, unit: UnitId, household: Option<HouseholdId>) {
        self.unit = Some(unit);
        self.household = household;
        self.public = false;
    }

    /// No unit: a public area or another place.
    pub(super) fn take_public(&mut self) {
        self.unit = None;
        self.household = None;
        self.other_person = false;
        self.public = true;
    }

    /// Whether who complains is asked for: there is no household, or it is somebody else.
    pub(super) const fn asks_person(&self) -> bool {
        self.household.is_none() || self.other_person
    }

    /// P-4.1.1 whether the class has severities, by the procedure file.
    pub(super) fn has_severity(&self, procedure: &Procedure) -> bool {
        let class = self.class.unwrap_or(Class::Property);
        match procedure.switches.severity_for {
            ClassesWithSeverity::Property => class == Class::Property,
            ClassesWithSeverity::PropertyAndForwarded => {
                matches!(class, Class::Property | Class::Forwarded)
            }
            ClassesWithSeverity::All => true,
        }
    }

    /// How many answers a section still asks for.
    pub(super) fn missing(&self, section: Section, has_severity: bool) -> usize {
        let blank = |field| self.words(field).is_none();
        let asked: &[bool] = &match section {
            Section::Place => [
                self.unit.is_none() && blank(Text::Place),
                self.asks_person() && blank(Text::Name),
                false,
                false,
                false,
            ],
            Section::Content => [
                self.class.is_none(),
                self.came_by.is_none(),
                has_severity && self.area.is_none(),
                blank(Text::Content),
                blank(Text::Demands),
            ],
            Section::Severity => [
                has_severity && self.severity != Some(Judged::Given),
                self.validity != Some(Judged::Given),
                false,
                false,
                false,
            ],
            Section::Handling => [
                self.on_spot.is_none(),
                self.on_spot == Some(true) && blank(Text::Result),
                self.on_spot == Some(false) && self.department.is_none(),
                self.on_spot == Some(false) && !self.report,
                false,
            ],
        };
        asked.iter().filter(|missing| **missing).count()
    }

    fn channel(&self) -> Option<Choice<Channel>> {
        Some(match self.came_by? {
            CameBy::InPerson => Choice::Listed(Channel::InPerson),
            CameBy::Telephone => Choice::Listed(Channel::Telephone),
            CameBy::WrittenOrOther => self
                .words(Text::Channel)
                .map_or(Choice::Listed(Channel::Written), Choice::Other),
        })
    }

    fn complainant(&self, household: Option<&Household>) -> Option<Complainant> {
        if let Some(household) = household.filter(|_| !self.asks_person()) {
            return Some(Complainant {
                name: household.name.clone(),
                form: household.form,
                telephone: household.telephones.first().cloned().unwrap_or_default(),
                relation: household.relation.clone(),
            });
        }
        let person = Complainant {
            name: self.words(Text::Name).unwrap_or_default(),
            form: self.address,
            telephone: self.words(Text::Telephone).unwrap_or_default(),
            relation: self.words(Text::Relation).unwrap_or_default(),
        };
        (person != Complainant::default()).then_some(person)
    }

    fn door(&self) -> Option<Door> {
        let notes = self.words(Text::DoorNotes).unwrap_or_default();
        let notes = notes
            .splitn(limits::DOOR_NOTES_MAX, NOTE_MARKS)
            .map(str::trim)
            .filter(|note| !note.is_empty())
            .map(str::to_owned);
        let door = Door {
            appointment: self.words(Text::Appointment).unwrap_or_default(),
            notes: notes.collect(),
            by_telephone: self.by_telephone,
        };
        (door != Door::default()).then_some(door)
    }

    fn details(&self, household: Option<&Household>) -> Details {
        Details {
            channel: self.channel(),
            household: self.household.clone(),
            unit: self.unit.clone(),
            place: self.words(Text::Place).filter(|_| self.unit.is_none()),
            complainant: self.complainant(household),
            class: self.class,
            area: self.area,
            content: self.words(Text::Content),
            matter: None,
            demands: self.words(Text::Demands),
            severity: (self.severity == Some(Judged::Given)).then_some(Severity::Minor),
            severity_note: self.words(Text::SeverityNote),
            validity: (self.validity == Some(Judged::Given)).then_some(Validity::Valid),
            department_complained: self.department.clone(),
            department_responsible: self.department.clone(),
            staff_complained: self.staff.iter().cloned().collect(),
            door: self.door(),
            photos: Vec::new(),
        }
    }

    /// The acts of the form, in one deed: the acceptance, and what section 4 states. `now` stands
    /// in for a receipt time where nothing was typed.
    pub(super) fn acts(
        &self,
        number: &str,
        household: Option<&Household>,
        procedure: (&str, &str),
        now: Instant,
    ) -> Vec<Act> {
        let mut acts = vec![Act::Accepted(Accepted {
            number: number.to_owned(),
            procedure: procedure.0.to_owned(),
            procedure_hash: procedure.1.to_owned(),
            received: self.received().unwrap_or(now),
            received_reason: self
                .words(Text::ReceivedReason)
                .filter(|_| self.received.is_some())
                .unwrap_or_default(),
            received_first: self
                .begun
                .filter(|begun| self.received.is_some_and(|received| received != *begun)),
            happened: None,
            details: self.details(household),
        })];
        match self.on_spot {
            Some(true) => self.solved(&mut acts),
            Some(false) => self.passed_on(&mut acts),
            None => {}
        }
        acts
    }

    /// P-5.3.2 solved on the spot, and how the resident was told.
    fn solved(&self, acts: &mut Vec<Act>) {
        let result = self.words(Text::Result).unwrap_or_default();
        acts.push(Act::SolvedOnSpot(SolvedOnSpot {
            result: result.clone(),
            photos: Vec::new(),
            happened: None,
        }));
        if let Some(way) = self.told {
            acts.push(Act::Contacted(Contacted {
                kind: ContactKind::Feedback,
                way: Choice::Listed(way),
                reached: true,
                counts_as_feedback: true,
                words: result,
                resident_words: String::new(),
                happened: None,
            }));
        }
    }

    /// P-5.3.2 the report, P-5.3.4 the form to the department.
    fn passed_on(&self, acts: &mut Vec<Act>) {
        let words = self.words(Text::Words).unwrap_or_default();
        if self.report {
            acts.push(Act::Reported(Reported {
                to: vec!["station_head".to_owned(), "manager".to_owned()],
                how: match self.reported_by {
                    Some(ToldBy::InPerson) => Conveyed::InPerson,
                    Some(ToldBy::Telephone) => Conveyed::Telephone {
                        answered_by: self.words(Text::AnsweredBy).unwrap_or_default(),
                    },
                    Some(ToldBy::InApp) | None => Conveyed::InApp,
                },
                words: String::new(),
                happened: None,
            }));
        }
        if let Some(department) = &self.department {
            acts.push(Act::Transferred(Transferred {
                department: department.clone(),
                words,
                happened: None,
            }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn kinds(draft: &Draft) -> Vec<String> {
        let acts = draft.acts("YS26-B3-0420", None, ("property", "hash"), Instant(9));
        acts.iter().map(|act| act.kind().to_owned()).collect()
    }

    fn accepted(draft: &Draft, household: Option<&Household>) -> Accepted {
        let acts = draft.acts("YS26-B3-0420", household, ("property", "hash"), Instant(9));
        let Some(Act::Accepted(accepted)) = acts.into_iter().next() else {
            panic!("no acceptance")
        };
        accepted
    }

    #[test]
    fn a_place_and_a_sentence_are_an_acceptance() {
        let mut draft = Draft {
            begun: Some(Instant(5)),
            ..Draft::default()
        };
        draft.take_unit(UnitId::from("5-1-803"), Some(HouseholdId::from("H0645")));
        draft.set_text(Text::Content, " drips ".to_owned());
        assert_eq!(kinds(&draft), ["accepted"]);
        let act = accepted(&draft, None);
        assert_eq!(act.received, Instant(5));
        assert_eq!(act.details.content.as_deref(), Some("drips"));
        assert_eq!(act.details.severity, None);
        assert_eq!(draft.missing(Section::Place, true), 0);
    }

    #[test]
    fn nothing_at_all_is_an_acceptance_too() {
        let act = accepted(&Draft::default(), None);
        assert_eq!(act.received, Instant(9));
        assert_eq!(act.details, Details::default());
    }

    #[test]
    fn a_corrected_receipt_keeps_its_reason() {
        let mut draft = Draft {
            begun: Some(Instant(5)),
            received: Some(Instant(3)),
            ..Draft::default()
        };
        draft.set_text(Text::ReceivedReason, "told at the gate".to_owned());
        let act = accepted(&draft, None);
        assert_eq!(
            (act.received, act.received_reason.as_str()),
            (Instant(3), "told at the gate")
        );
        assert_eq!(act.received_first, Some(Instant(5)));
        draft.received = None;
        let act = accepted(&draft, None);
        assert_eq!(
            (act.received_reason.as_str(), act.received_first),
            ("", None)
        );
    }

    #[test]
    fn who_complains_is_the_household_unless_somebody_else_does() {
        let household = Household {
            id: HouseholdId::from("H0645"),
            unit: None,
            name: "Xu".to_owned(),
            relation: "owner".to_owned(),
            telephones: vec!["139".to_owned(), "138".to_owned()],
            form: Some(FormOfAddress::Mr),
            notes: Vec::new(),
            retired: false,
        };
        let mut draft = Draft::default();
        draft.take_unit(UnitId::from("5-1-803"), Some(household.id.clone()));
        draft.set_text(Text::Name, "Li".to_owned());
        let name = |draft: &Draft| {
            let person = accepted(draft, Some(&household)).details.complainant;
            person.map(|person| (person.name, person.telephone))
        };
        assert_eq!(name(&draft), Some(("Xu".to_owned(), "139".to_owned())));
        draft.other_person = true;
        assert_eq!(name(&draft), Some(("Li".to_owned(), String::new())));
    }

    #[test]
    fn solved_on_the_spot_says_how_the_resident_was_told() {
        let mut draft = Draft {
            on_spot: Some(true),
            report: true,
            department: Some(DepartmentId::from("repair")),
            ..Draft::default()
        };
        assert_eq!(kinds(&draft), ["accepted", "solved_on_spot"]);
        draft.told = Some(Way::InPerson);
        assert_eq!(kinds(&draft), ["accepted", "solved_on_spot", "contacted"]);
    }

    #[test]
    fn what_is_passed_on_is_reported_and_transferred() {
        let mut draft = Draft {
            on_spot: Some(false),
            ..Draft::default()
        };
        assert_eq!(kinds(&draft), ["accepted"]);
        draft.report = true;
        draft.department = Some(DepartmentId::from("repair"));
        assert_eq!(kinds(&draft), ["accepted", "reported", "transferred"]);
        assert_eq!(draft.missing(Section::Handling, true), 0);
    }

    #[test]
    fn other_ways_and_notes_for_the_door_are_words() {
        let mut draft = Draft {
            came_by: Some(CameBy::WrittenOrOther),
            ..Draft::default()
        };
        let channel = |draft: &Draft| accepted(draft, None).details.channel;
        assert_eq!(channel(&draft), Some(Choice::Listed(Channel::Written)));
        draft.set_text(Text::Channel, "mayor's line".to_owned());
        assert_eq!(
            channel(&draft),
            Some(Choice::Other("mayor's line".to_owned()))
        );
        draft.set_text(Text::DoorNotes, "ring twice, dog,,".to_owned());
        let door = accepted(&draft, None).details.door;
        assert_eq!(door.map(|door| door.notes.len()), Some(2));
    }

    #[test]
    fn a_draft_survives_being_kept() {
        let mut draft = Draft::default();
        draft.set_text(Text::Content, "投訴".to_owned());
        draft.on_spot = Some(false);
        let kept = serde_json::to_string(&draft).unwrap();
        assert_eq!(serde_json::from_str::<Draft>(&kept).unwrap(), draft);
        assert_eq!(
            serde_json::from_str::<Draft>("{}").unwrap(),
            Draft::default()
        );
    }
}
