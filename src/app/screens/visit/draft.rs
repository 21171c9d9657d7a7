//! What a visit holds before it is recorded: kept on the tablet as it is typed and drawn, so that
//! neither a crash nor a turned tablet loses any of it.

use domain::act::{
    Agreement, Choice, NoSignature, NoSignatureReason, RevisitForm, Revisited, Satisfaction,
    Signature, Signed, Stated, StatementLine, Strokes, View, Way, Witness,
};
use domain::id::{CaseId, EntryHash, StaffId};
use domain::limits;
use domain::time::Instant;
use serde::{Deserialize, Serialize};

use crate::ui;

/// The key of a visit's draft: one for each case and person.
pub(super) fn key(case: &CaseId, staff: &StaffId) -> String {
    format!("visit/{case}/{staff}")
}

/// P-6.1 what the resident is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Aspect {
    /// 受理過程
    Intake,
    /// 處理措施
    Measures,
    /// 處理結果
    Result,
}

impl Aspect {
    /// The three, in the order of the clause.
    pub(super) const ALL: [Self; 3] = [Self::Intake, Self::Measures, Self::Result];
}

/// A visit before it is recorded.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct VisitDraft {
    /// Entries that the form knew when it was opened.
    pub(super) after: Vec<EntryHash>,
    /// When the visitor came to the door: when the form was first opened.
    pub(super) at_door: Option<Instant>,
    /// By telephone instead of at the door.
    pub(super) by_telephone: bool,
    /// 受理過程
    pub(super) intake: View,
    /// 處理措施
    pub(super) measures: View,
    /// 處理結果
    pub(super) result: View,
    /// 住戶原話
    pub(super) resident_words: String,
    /// 是否認同
    pub(super) agreement: Option<Agreement>,
    /// Why somebody visits who does not owe it.
    pub(super) stand_in_reason: String,
    /// Who signs.
    pub(super) signer: String,
    /// In what relation.
    pub(super) relation: String,
    /// It happened at another time than now.
    pub(super) earlier: bool,
    /// That time, on the site's wall clock, as `2026-11-24T10:42`.
    pub(super) earlier_at: String,
    /// Why it is recorded only now.
    pub(super) earlier_reason: String,
    /// Why nobody signed.
    pub(super) unsigned: Unsigned,
    /// What was done after nobody was there.
    pub(super) nobody_words: String,
    /// What the resident was handed; `None` while the staff has the tablet.
    pub(super) handed: Option<Handed>,
    /// The resident said that the statement is wrong.
    pub(super) wrong: bool,
}

/// What the resident has in hands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Handed {
    /// The statement exactly as shown.
    pub(super) statement: Vec<StatementLine>,
    /// How the resident is addressed.
    pub(super) address: String,
    /// What was drawn so far.
    pub(super) strokes: Strokes,
    /// Nothing but the way back to the staff is shown.
    pub(super) giving_back: bool,
}

/// Why nobody signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Why {
    /// 住戶不願簽名
    Refused,
    /// 無人在家
    Nobody,
    /// 住戶不便書寫
    CannotWrite,
    /// 其他原因
    Other,
}

/// The page without a signature.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Unsigned {
    /// Why.
    pub(super) why: Option<Why>,
    /// What happened.
    pub(super) words: String,
    /// Who saw it.
    pub(super) witness: String,
    /// The witness's relation to the resident.
    pub(super) relation: String,
    /// The witness's own signature.
    pub(super) strokes: Strokes,
}

impl VisitDraft {
    /// The opinion on one of the three.
    pub(super) const fn view(&self, aspect: Aspect) -> &View {
        match aspect {
            Aspect::Intake => &self.intake,
            Aspect::Measures => &self.measures,
            Aspect::Result => &self.result,
        }
    }

    /// The same, to be changed.
    pub(super) const fn view_mut(&mut self, aspect: Aspect) -> &mut View {
        match aspect {
            Aspect::Intake => &mut self.intake,
            Aspect::Measures => &mut self.measures,
            Aspect::Result => &mut self.result,
        }
    }

    /// Whether anything was said about any of the three in words.
    pub(super) fn has_view_words(&self) -> bool {
        Aspect::ALL
            .iter()
            .any(|aspect| !self.view(*aspect).words.is_empty())
    }

    /// Which way the resident was met.
    pub(super) const fn way(&self) -> Way {
        if self.by_telephone {
            Way::Telephone
        } else {
            Way::Door
        }
    }

    /// The act, with what stands for the signature.
    pub(super) fn act(&self, signed: Signed, happened: Option<Stated>) -> Revisited {
        let view = |view: &View| View {
            satisfaction: view.satisfaction,
            words: view.words.trim().to_owned(),
        };
        let form = if self.by_telephone {
            RevisitForm::Telephone
        } else {
            RevisitForm::Door
        };
        Revisited {
            form,
            intake: view(&self.intake),
            measures: view(&self.measures),
            result: view(&self.result),
            resident_words: self.resident_words.trim().to_owned(),
            agreement: self.agreement,
            signed,
            stand_in_reason: self.stand_in_reason.trim().to_owned(),
            at_door: self.at_door.filter(|_| !self.by_telephone),
            happened,
        }
    }

    /// The act as the resident signed it at `at`.
    pub(super) fn signed_act(&self, handed: &Handed, at: Instant) -> Revisited {
        let signature = Signature {
            statement: handed.statement.clone(),
            language: "zh-Hant".to_owned(),
            signer: self.signer.trim().to_owned(),
            relation: self.relation.trim().to_owned(),
            at,
            strokes: handed.strokes.clone(),
        };
        self.act(Signed::Drawn(signature), None)
    }

    /// What stands in the place of a signature.
    pub(super) fn absent(&self) -> NoSignature {
        let unsigned = &self.unsigned;
        let words = unsigned.words.trim();
        let reason = match unsigned.why {
            Some(Why::Refused) => Some(Choice::Listed(NoSignatureReason::Refused)),
            Some(Why::CannotWrite) => Some(Choice::Listed(NoSignatureReason::CannotWrite)),
            Some(Why::Other | Why::Nobody) | None => None,
        };
        let name = unsigned.witness.trim();
        let drawn = !unsigned.strokes.lines.is_empty();
        let witness = (!name.is_empty() || drawn).then(|| Witness {
            name: name.to_owned(),
            relation: unsigned.relation.trim().to_owned(),
            strokes: drawn.then(|| unsigned.strokes.clone()),
        });
        NoSignature {
            reason,
            words: words.to_owned(),
            witness,
        }
    }

    /// P-6.1 what was not asked or not answered.
    pub(super) fn unanswered(&self) -> Vec<Aspect> {
        let open = Aspect::ALL.into_iter();
        open.filter(|aspect| self.view(*aspect).satisfaction.is_none())
            .collect()
    }
}

/// The three answers, in order.
pub(super) const SATISFACTIONS: [Satisfaction; 3] = [
    Satisfaction::Satisfied,
    Satisfaction::Fair,
    Satisfaction::Dissatisfied,
];

/// Strokes as the pad holds them.
pub(super) fn to_pad(strokes: &Strokes) -> (ui::Strokes, ui::PadSize) {
    let side = |side: u32| u16::try_from(side).unwrap_or(u16::MAX);
    let size = ui::PadSize {
        width: side(strokes.width),
        height: side(strokes.height),
    };
    (strokes.lines.clone(), size)
}

/// Strokes as they are recorded. Of a drawing beyond all measure every second point is left out
/// until it can be kept.
pub(super) fn from_pad(mut lines: ui::Strokes, size: ui::PadSize) -> Strokes {
    lines.truncate(limits::STROKES_MAX);
    while lines.iter().map(Vec::len).sum::<usize>() > limits::POINTS_MAX {
        for line in &mut lines {
            let last = line.len().saturating_sub(1);
            let mut at = 0;
            line.retain(|_| {
                at += 1;
                at % 2 == 1 || at == last + 1
            });
        }
    }
    Strokes {
        width: size.width.into(),
        height: size.height.into(),
        lines,
    }
}
