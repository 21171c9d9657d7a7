//! P-5.3.5, P-6.1 the revisit: three opinions, agreement, signature.

use serde::{Deserialize, Serialize};

use super::{Choice, Photo, Stated, Way};
use crate::time::Instant;

/// P-6.1 the scale is ours; the text names the three aspects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Satisfaction {
    /// 滿意
    Satisfied,
    /// 尚可
    Fair,
    /// 不滿意
    Dissatisfied,
}

/// P-6.1 one of the three opinions. `None`: not asked or not answered, a gap that is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct View {
    /// The answer.
    pub satisfaction: Option<Satisfaction>,
    /// In the resident's words.
    pub words: String,
}

/// 認同, 有保留, 不認同.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Agreement {
    /// 認同
    Agreed,
    /// 有保留
    WithReservation,
    /// 不認同: undoes the resolution.
    NotAgreed,
}

/// P-6.1 the form of a revisit; the list is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RevisitForm {
    /// 上門回訪
    Door,
    /// 電話回訪: no signature, and the form says so.
    Telephone,
    /// Otherwise, named.
    Other(String),
}

/// P-5.3.5, P-6.1, P-6.2.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Revisited {
    /// At the door, by telephone, otherwise.
    pub form: RevisitForm,
    /// 受理過程
    pub intake: View,
    /// 處理措施
    pub measures: View,
    /// 結果
    pub result: View,
    /// 住戶原話
    #[serde(default)]
    pub resident_words: String,
    /// Whether the resident agrees; a gap where not answered.
    #[serde(default)]
    pub agreement: Option<Agreement>,
    /// The signature, or why there is none.
    pub signed: Signed,
    /// Why somebody other than the one who owes the revisit made it; empty otherwise.
    #[serde(default)]
    pub stand_in_reason: String,
    /// When the visitor came to the door, where recorded.
    #[serde(default)]
    pub at_door: Option<Instant>,
    /// When, where stated.
    #[serde(default)]
    pub happened: Option<Stated>,
}

/// P-5.3.5 the signature of the resident or the complainant, or a recorded reason.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signed {
    /// Signed on the glass.
    Drawn(Signature),
    /// Not signed at the door: why, and who witnessed it.
    Absent(NoSignature),
    /// Not at the door: no signature is asked for.
    NotAsked,
}

/// Why there is no signature; both fields empty is 「簽名與原因均缺」.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct NoSignature {
    /// The reason; the list is open.
    pub reason: Option<Choice<NoSignatureReason>>,
    /// What happened.
    pub words: String,
    /// Who saw it.
    pub witness: Option<Witness>,
}

/// P-5.3.5 (ours). Nobody home is not here: it is an attempt, the revisit stays due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoSignatureReason {
    /// 住戶不願簽名
    Refused,
    /// 住戶不便書寫
    CannotWrite,
}

/// A witness of an absent signature.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Witness {
    /// Name.
    pub name: String,
    /// Relation to the resident.
    pub relation: String,
    /// The witness's own signature, where given.
    pub strokes: Option<Strokes>,
}

/// A drawn signature with the statement it stands under.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Signature {
    /// The statement exactly as shown, line by line.
    pub statement: Vec<StatementLine>,
    /// Language it was shown in: `zh-Hant`, `zh-Hans`, `en`.
    pub language: String,
    /// Name of the one who signed.
    pub signer: String,
    /// In what relation: resident, complainant, family, head of the department.
    pub relation: String,
    /// When the pad was accepted, by the tablet's clock.
    pub at: Instant,
    /// The strokes.
    pub strokes: Strokes,
}

/// A line of a statement: the heading and the words under it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementLine {
    /// Heading as shown.
    pub heading: String,
    /// Words as shown.
    pub words: String,
}

/// Strokes as vectors in relative units: whole numbers, 0 to 10000 of the pad's width and
/// height. Neither pressure nor timing is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Strokes {
    /// Pad width in CSS pixels when drawn.
    pub width: u32,
    /// Pad height in CSS pixels when drawn.
    pub height: u32,
    /// Each stroke a list of points.
    pub lines: Vec<Vec<(u16, u16)>>,
}

/// P-5.3.5 nobody home: logged, the clock goes on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VisitAttempted {
    /// At the door or by telephone.
    pub way: Choice<Way>,
    /// What was done: a note left, a new appointment.
    #[serde(default)]
    pub words: String,
    /// Photos.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub photos: Vec<Photo>,
    /// When, where stated.
    #[serde(default)]
    pub happened: Option<Stated>,
}
