//! What stands in the cells, as words: times with how they are known, people with how they
//! signed.

use domain::act::{Choice, RevisitForm, Revisited, Satisfaction, Signed, Strokes, Way};
use domain::case::Case;
use domain::id::EntryHash;
use domain::time::{Instant, Timed, Zone};
use domain::view::{Dated, Moment, Resolution, TransferView};

use super::pages::{Part, fit};
use crate::directory::Directory;
use crate::i18n::t_string;
use crate::state::App;
use crate::ui::{PadSize, Strokes as Ink};
use crate::words::{self, I18n};

/// Characters of a line inside a cell that goes across the sheet.
const CELL_CHARACTERS: usize = 43;
/// Digits of the check code.
const CODE_DIGITS: usize = 12;

/// A case being put on paper: what the cells ask, and what they leave for further pages.
pub(super) struct Sheet<'a> {
    /// The strings.
    pub(super) i18n: I18n,
    /// The case.
    pub(super) case: &'a Case,
    /// Names.
    pub(super) directory: &'a Directory,
    /// The site's zone.
    pub(super) zone: &'a Zone,
    /// The time of printing.
    pub(super) now: Instant,
    /// Who prints.
    pub(super) printer: String,
    /// What does not fit.
    pub(super) parts: Vec<Part>,
}

impl<'a> Sheet<'a> {
    /// Begins with what happened before what the cells show.
    pub(super) fn new(
        i18n: I18n,
        app: App,
        case: &'a Case,
        directory: &'a Directory,
        zone: &'a Zone,
    ) -> Self {
        let printer = app.acting().map(|staff| {
            let role = staff.roles.first();
            let role = role.map(|role| words::role_words(i18n, role));
            format!("{} {}", staff.name, role.unwrap_or_default())
        });
        Self {
            i18n,
            case,
            directory,
            zone,
            now: app.now.get(),
            printer: printer.unwrap_or_default(),
            parts: Vec::new(),
        }
    }

    /// The beginning of a text that its cell holds; the whole goes to the further pages.
    pub(super) fn cut(&mut self, heading: &str, text: &str, lines: usize) -> String {
        let (mut shown, more) = fit(text, lines, CELL_CHARACTERS);
        if more {
            let i18n = self.i18n;
            shown.push_str(t_string!(i18n, print.see_next));
            self.parts.push(Part {
                heading: t_string!(i18n, print.full, cell = heading.to_owned()),
                text: text.to_owned(),
            });
        }
        shown
    }

    /// 2026-11-24 10:42.
    pub(super) fn full(&self, at: Instant) -> String {
        words::full(self.zone, at)
    }

    /// 11-24 10:42.
    pub(super) fn short(&self, at: Instant) -> String {
        let full = self.full(at);
        full.get(5..).map_or_else(|| full.clone(), str::to_owned)
    }

    /// When something happened: as recorded, or as stated beside the time of recording; marked
    /// where a later act corrected it.
    pub(super) fn at(&self, moment: &Moment) -> String {
        let mut text = self.full(moment.at.span.best);
        text.push_str(&self.stated(&moment.at, moment.recorded.best));
        text.push_str(self.corrected(&moment.hash));
        text
    }

    /// The same without the year.
    pub(super) fn at_short(&self, moment: &Moment) -> String {
        let mut text = self.short(moment.at.span.best);
        text.push_str(&self.stated(&moment.at, moment.recorded.best));
        text.push_str(self.corrected(&moment.hash));
        text
    }

    fn stated(&self, at: &Timed, recorded: Instant) -> String {
        let i18n = self.i18n;
        if at.as_stated {
            t_string!(i18n, print.as_stated, at = self.short(recorded))
        } else {
            String::new()
        }
    }

    /// 「（更正）」 where a later act put this one right.
    pub(super) fn corrected(&self, hash: &EntryHash) -> &'static str {
        let i18n = self.i18n;
        let timeline = self.case.timeline().iter();
        let found = timeline
            .filter(|item| item.entry.hash == *hash)
            .any(|item| !item.corrected_by.is_empty());
        if found {
            t_string!(i18n, print.corrected)
        } else {
            ""
        }
    }

    /// Who recorded it.
    pub(super) fn name(&self, moment: &Moment) -> String {
        let staff = moment.by.staff.as_ref();
        staff.map(|id| self.directory.name(id)).unwrap_or_default()
    }

    /// 客服部　徐靜: the person's department, where one is known, before the name.
    pub(super) fn placed_name(&self, moment: &Moment) -> String {
        let staff = moment.by.staff.as_ref();
        let staff = staff.and_then(|id| self.directory.staff.get(id));
        let department = staff.and_then(|staff| staff.department.as_ref());
        let department = department.map(|id| format!("{}　", self.directory.department(id)));
        format!("{}{}", department.unwrap_or_default(), self.name(moment))
    }

    /// 林曉雯　2026-11-24 10:58（電子簽核）: by the person's own act.
    pub(super) fn e_signed(&self, moment: &Moment) -> String {
        let i18n = self.i18n;
        t_string!(
            i18n,
            print.e_signed,
            name = self.name(moment),
            at = self.full(moment.recorded.best)
        )
    }

    /// 接到／受理.
    pub(super) fn received(&self) -> String {
        let i18n = self.i18n;
        let receipt = &self.case.received;
        let mut text = self.short(receipt.at);
        if let Some(accepted) = &self.case.views.accepted {
            let at = accepted.moment.at.span.best;
            let same_day =
                words::day_number(self.zone, at) == words::day_number(self.zone, receipt.at);
            text.push('／');
            if same_day {
                text.push_str(&words::time_of_day(self.zone, at));
            } else {
                text.push_str(&self.short(at));
            }
        }
        let mut notes: Vec<String> = Vec::new();
        if receipt.as_stated {
            notes.push(t_string!(i18n, print.received_stated).to_owned());
        }
        if let Some(first) = receipt.given.first().filter(|_| receipt.given.len() > 1) {
            notes.push(t_string!(
                i18n,
                print.received_given,
                at = self.short(*first)
            ));
        }
        if !notes.is_empty() {
            text.push_str(&format!("（{}）", notes.join("；")));
        }
        text
    }

    /// 張慧（業主）.
    pub(super) fn complainant(&self) -> (String, String) {
        let details = &self.case.details;
        let household = details
            .household
            .as_ref()
            .and_then(|id| self.directory.households.get(id));
        let told = details.complainant.clone().unwrap_or_default();
        // What the household's file says is not said of somebody else.
        let household = household.filter(|h| told.name.is_empty() || told.name == h.name);
        let or = |told: String, held: Option<String>| {
            if told.is_empty() {
                held.unwrap_or_default()
            } else {
                told
            }
        };
        let name = or(told.name, household.map(|h| h.name.clone()));
        let relation = or(told.relation, household.map(|h| h.relation.clone()));
        let telephone = household.and_then(|h| h.telephones.first().cloned());
        let telephone = or(told.telephone, telephone);
        if name.is_empty() || relation.is_empty() {
            (name, telephone)
        } else {
            (format!("{name}（{relation}）"), telephone)
        }
    }

    /// 6 棟 902, or the place in words.
    pub(super) fn place(&self) -> String {
        let details = &self.case.details;
        details.unit.as_ref().map_or_else(
            || details.place.clone().unwrap_or_default(),
            |id| self.directory.unit(self.i18n, id),
        )
    }

    /// The transfer that the cells show: the last one.
    pub(super) fn transfer(&self) -> Option<&'a TransferView> {
        self.case.transfers().last()
    }

    /// Who is named to do the work.
    pub(super) fn handler(&self, transfer: &TransferView) -> String {
        match &transfer.handler {
            Some(Choice::Listed(id)) => self.directory.name(id),
            Some(Choice::Other(words)) => words.clone(),
            None => String::new(),
        }
    }

    /// 接到 11-21 18:45　填寫 19:24　簽字交回 19:27（42 分）.
    pub(super) fn stamps(&self, transfer: &TransferView) -> String {
        let i18n = self.i18n;
        let at = |moment: &Option<Moment>| {
            moment
                .as_ref()
                .map_or_else(|| "　　　　".to_owned(), |moment| self.at_short(moment))
        };
        let mut stamps = [
            t_string!(i18n, print.stamp_received, at = at(&transfer.received)),
            t_string!(i18n, print.stamp_filled, at = at(&transfer.filled)),
            t_string!(i18n, print.stamp_returned, at = at(&transfer.returned)),
        ]
        .join("　");
        if let Some((from, to)) = transfer.received.as_ref().zip(transfer.returned.as_ref()) {
            let used = to.at.span.best.since(from.at.span.best);
            stamps.push_str(&t_string!(
                i18n,
                print.took,
                used = words::length_spoken(i18n, used)
            ));
        }
        stamps
    }

    /// 被投訴部門 and 責任部門.
    pub(super) fn departments(&self) -> String {
        let i18n = self.i18n;
        let details = &self.case.details;
        let name = |id: Option<&domain::id::DepartmentId>| {
            id.map(|id| self.directory.department(id))
                .unwrap_or_default()
        };
        let passed = self.transfer().map(|transfer| &transfer.department);
        let complained = details.department_complained.as_ref().or(passed);
        let responsible = details.department_responsible.as_ref().or(complained);
        t_string!(
            i18n,
            print.departments,
            complained = name(complained),
            responsible = name(responsible)
        )
    }

    /// Feedback, completion and resolution, a sentence each.
    pub(super) fn result(&self) -> String {
        let i18n = self.i18n;
        let mut sentences: Vec<String> = Vec::new();
        let mut contacts = self.case.views.contacts.iter();
        if let Some(contact) = contacts.find(|c| c.act.reached && c.act.counts_as_feedback) {
            let accepted = self.case.views.accepted.as_ref();
            let since = accepted.map_or(self.case.received.at, |a| a.moment.at.span.best);
            let used = contact.moment.at.span.best.since(since);
            sentences.push(t_string!(
                i18n,
                print.feedback,
                at = self.at_short(&contact.moment),
                way = way_words(i18n, &contact.act.way),
                name = self.name(&contact.moment),
                used = words::length_spoken(i18n, used)
            ));
        }
        if let Some((moment, transfer)) = self
            .transfer()
            .and_then(|transfer| transfer.done.as_ref().zip(Some(transfer)))
        {
            let words = transfer
                .done_words
                .as_deref()
                .map(closed)
                .unwrap_or_default();
            let at = self.at(moment);
            sentences.push(if words.is_empty() {
                t_string!(i18n, print.done_plain, at = at)
            } else {
                t_string!(i18n, print.done, at = at, words = words)
            });
        }
        if let Some(resolution) = self.case.resolution() {
            let at = self.at(resolution.moment());
            let words = closed(resolution.words());
            sentences.push(match (resolution, words.is_empty()) {
                (Resolution::OnSpot(_), true) => t_string!(i18n, print.solved_plain, at = at),
                (Resolution::OnSpot(_), false) => {
                    t_string!(i18n, print.solved, at = at, words = words)
                }
                (Resolution::Declared(_), true) => t_string!(i18n, print.resolved_plain, at = at),
                (Resolution::Declared(_), false) => {
                    t_string!(i18n, print.resolved, at = at, words = words)
                }
            });
        }
        sentences.concat()
    }

    /// Times at which nobody was home; empty where there were none.
    pub(super) fn attempts(&self) -> String {
        let i18n = self.i18n;
        let attempts = self.case.views.attempts.iter();
        let times: Vec<String> = attempts.map(|a| self.at_short(&a.moment)).collect();
        if times.is_empty() {
            return String::new();
        }
        t_string!(i18n, print.attempts, times = times.join("、"))
    }

    /// First 12 digits of the revisit's hash in groups of four: the station can compare them.
    pub(super) fn code(&self) -> String {
        let i18n = self.i18n;
        let Some(revisit) = self.case.revisit() else {
            return t_string!(i18n, print.no_code).to_owned();
        };
        let digits: Vec<char> = revisit
            .moment
            .hash
            .as_str()
            .chars()
            .filter(char::is_ascii_hexdigit)
            .take(CODE_DIGITS)
            .map(|digit| digit.to_ascii_uppercase())
            .collect();
        let groups = digits
            .chunks(4)
            .map(|group| group.iter().collect::<String>());
        groups.collect::<Vec<_>>().join("-")
    }

    /// Earlier transfers, revisits and opinions: the cells show the last of each.
    pub(super) fn earlier(&mut self) {
        let i18n = self.i18n;
        let case = self.case;
        let transfers = case.transfers();
        for transfer in transfers.iter().rev().skip(1).rev() {
            let mut text = self.stamps(transfer);
            if let Some(measures) = &transfer.measures {
                text = format!("{measures}\n{text}");
            }
            let signer = transfer.signature.as_ref();
            if let Some(signature) = signer {
                let name = signature.signer.clone();
                let line = t_string!(i18n, print.signature_of, name = name);
                text.push_str(&format!("\n{line} {}", self.full(signature.at)));
            }
            let department = self.directory.department(&transfer.department);
            let heading = t_string!(
                i18n,
                print.earlier_transfer,
                round = transfer.round,
                department = department
            );
            self.parts.push(Part { heading, text });
        }
        let shown = case.revisit().map(|revisit| revisit.moment.hash.clone());
        let revisits = case.views.revisits.iter();
        for revisit in revisits.filter(|r| Some(&r.moment.hash) != shown.as_ref()) {
            let at = self.at(&revisit.moment);
            self.parts.push(Part {
                heading: t_string!(i18n, print.earlier_revisit, at = at),
                text: self.revisit_text(revisit),
            });
        }
        for opinion in case.views.opinions.iter().rev().skip(1).rev() {
            let (at, name) = (self.at(&opinion.moment), self.name(&opinion.moment));
            self.parts.push(Part {
                heading: t_string!(i18n, print.earlier_opinion, at = at, name = name),
                text: opinion.act.words.clone(),
            });
        }
    }

    /// A revisit as text: the three opinions, agreement, the resident's words, the signature.
    fn revisit_text(&self, revisit: &Dated<Revisited>) -> String {
        let i18n = self.i18n;
        let act = &revisit.act;
        let mut lines: Vec<String> = Vec::new();
        let views = [
            (t_string!(i18n, act.view_intake), &act.intake),
            (t_string!(i18n, act.view_measures), &act.measures),
            (t_string!(i18n, act.view_result), &act.result),
        ];
        for (label, view) in views {
            let answer = view.satisfaction.map_or("—", |s| satisfaction(i18n, s));
            let value = format!("{answer} {}", view.words);
            let label = label.to_owned();
            lines.push(t_string!(i18n, print.colon, label = label, value = value));
        }
        let agreement = act.agreement.map_or("—", |a| agreement(i18n, a)).to_owned();
        let label = t_string!(i18n, print.agreement).to_owned();
        lines.push(t_string!(
            i18n,
            print.colon,
            label = label,
            value = agreement
        ));
        if !act.resident_words.is_empty() {
            let label = t_string!(i18n, print.resident_words);
            lines.push(format!("{label}{}", act.resident_words));
        }
        lines.push(match &act.signed {
            Signed::Drawn(signature) => {
                let name = signature.signer.clone();
                let line = t_string!(i18n, print.signature_of, name = name);
                format!("{line} {}", self.full(signature.at))
            }
            _ => unsigned(self.i18n, act).unwrap_or_default(),
        });
        lines.push(self.e_signed(&revisit.moment));
        lines.join("\n")
    }

    /// Who holds the role 接單員 of this case.
    pub(super) fn officer(&self) -> String {
        let accepted = self.case.views.accepted.as_ref();
        accepted.map(|a| self.name(&a.moment)).unwrap_or_default()
    }
}

/// Words without their last full stop, which the sentence around them brings.
fn closed(words: &str) -> String {
    words.trim().trim_end_matches('。').to_owned()
}

/// 滿意.
pub(super) fn satisfaction(i18n: I18n, satisfaction: Satisfaction) -> &'static str {
    match satisfaction {
        Satisfaction::Satisfied => t_string!(i18n, act.satisfied),
        Satisfaction::Fair => t_string!(i18n, act.fair),
        Satisfaction::Dissatisfied => t_string!(i18n, act.dissatisfied),
    }
}

/// 認同.
pub(super) fn agreement(i18n: I18n, agreement: domain::act::Agreement) -> &'static str {
    use domain::act::Agreement;
    match agreement {
        Agreement::Agreed => t_string!(i18n, act.agreed),
        Agreement::WithReservation => t_string!(i18n, act.with_reservation),
        Agreement::NotAgreed => t_string!(i18n, act.not_agreed),
    }
}

fn way_words(i18n: I18n, way: &Choice<Way>) -> String {
    match way {
        Choice::Listed(Way::Door) => t_string!(i18n, act.way_door).to_owned(),
        Choice::Listed(Way::Telephone) => t_string!(i18n, act.way_telephone).to_owned(),
        Choice::Listed(Way::Message) => t_string!(i18n, act.way_message).to_owned(),
        Choice::Listed(Way::InPerson) => t_string!(i18n, act.way_in_person).to_owned(),
        Choice::Other(words) => words.clone(),
    }
}

/// Strokes on a pad that is just as large as their ink, so that a signature fills its line on
/// paper however large the glass was.
pub(super) fn ink(strokes: &Strokes) -> (Ink, PadSize) {
    let pixel = |at: u16, size: u32| u64::from(at) * u64::from(size.max(1)) / 10_000;
    let points = || strokes.lines.iter().flatten();
    let across = points().map(|(x, _)| pixel(*x, strokes.width));
    let down = points().map(|(_, y)| pixel(*y, strokes.height));
    let (left, right) = (across.clone().min().unwrap_or(0), across.max().unwrap_or(1));
    let (top, bottom) = (down.clone().min().unwrap_or(0), down.max().unwrap_or(1));
    // Room for half the line's width on each side.
    let (width, height) = (right - left + 8, bottom - top + 8);
    let part = |at: u64, size: u64| u16::try_from(at * 10_000 / size).unwrap_or(10_000);
    let moved = |(x, y): &(u16, u16)| {
        let x = pixel(*x, strokes.width) - left + 4;
        let y = pixel(*y, strokes.height) - top + 4;
        (part(x, width), part(y, height))
    };
    let lines = strokes.lines.iter();
    let lines = lines.map(|line| line.iter().map(moved).collect()).collect();
    let side = |size: u64| u16::try_from(size).unwrap_or(u16::MAX);
    let pad = PadSize {
        width: side(width),
        height: side(height),
    };
    (lines, pad)
}

/// Why there is no drawn signature; `None` where there is one.
pub(crate) fn unsigned(i18n: I18n, revisit: &Revisited) -> Option<String> {
    let absent = match &revisit.signed {
        Signed::Drawn(_) => return None,
        Signed::NotAsked => {
            return Some(
                match revisit.form {
                    RevisitForm::Telephone => t_string!(i18n, print.telephone_no_signature),
                    _ => t_string!(i18n, print.other_no_signature),
                }
                .to_owned(),
            );
        }
        Signed::Absent(absent) => absent,
    };
    use domain::act::NoSignatureReason as Reason;
    let mut why = match &absent.reason {
        Some(Choice::Listed(Reason::Refused)) => t_string!(i18n, print.refused).to_owned(),
        Some(Choice::Listed(Reason::CannotWrite)) => t_string!(i18n, print.cannot_write).to_owned(),
        Some(Choice::Other(words)) => words.clone(),
        None => String::new(),
    };
    if !absent.words.is_empty() {
        if !why.is_empty() {
            why.push('，');
        }
        why.push_str(&absent.words);
    }
    if why.is_empty() {
        return Some(t_string!(i18n, print.both_missing).to_owned());
    }
    let mut line = t_string!(i18n, print.unsigned, why = why);
    if let Some(witness) = absent.witness.as_ref().filter(|w| !w.name.is_empty()) {
        let name = if witness.relation.is_empty() {
            witness.name.clone()
        } else {
            format!("{}（{}）", witness.name, witness.relation)
        };
        line.push('　');
        line.push_str(&t_string!(i18n, print.witness, name = name));
    }
    Some(line)
}
