//! Acts: what people did, one variant for each thing a clause lets somebody do. An act is never
//! changed; a later act corrects it and both are shown.
//!
//! The entry header's `kind` alone selects the type. Every kind ever shipped stays readable:
//! fields are only added, with a default, and each kind has a frozen fixture.
//!
//! Most acts carry `happened`: when it took place, only where a person states a time that is
//! not the time of recording. Never after the time of recording.

mod intake;
mod photo;
mod revisit;

pub use intake::{
    Accepted, Area, Channel, Class, Complainant, Details, Door, FormOfAddress, Severity, Validity,
};
pub use photo::Photo;
pub use revisit::{
    Agreement, NoSignature, NoSignatureReason, RevisitForm, Revisited, Satisfaction, Signature,
    Signed, StatementLine, Strokes, View, VisitAttempted, Witness,
};

use serde::{Deserialize, Serialize};

use crate::id::{DepartmentId, EntryHash, StaffId};
use crate::time::Instant;

/// A time that a person states, with the reason asked for where it is more than five minutes
/// from the time of recording.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stated {
    /// When it happened.
    pub at: Instant,
    /// Why it was not recorded then; empty where it was within five minutes.
    #[serde(default)]
    pub reason: String,
}

/// One thing that somebody did.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// P-5.1 受理: the officer takes the complaint on. The first act of a case.
    Accepted(Accepted),
    /// P-5.1 補記: what intake left open is supplied.
    Detailed(Details),
    /// P-5.3.2 solved or answered on the spot.
    SolvedOnSpot(SolvedOnSpot),
    /// P-5.3.2 reported to the station head and the manager: cannot be solved on the spot.
    Reported(Reported),
    /// P-5.3.3 a contact with the resident, reached or not.
    Contacted(Contacted),
    /// P-5.3.4 轉交: the form goes to the department complained about.
    Transferred(Transferred),
    /// P-5.3.4 接到: a member of the department, acting there, acknowledges the form.
    DepartmentReceived(DepartmentReceived),
    /// P-5.3.4 處理方法 written, handler named, target time set.
    MeasuresFilled(MeasuresFilled),
    /// P-5.3.4 signed by the head and returned to customer service.
    MeasuresReturned(MeasuresReturned),
    /// P-5.3.4 a new target time.
    TargetChanged(TargetChanged),
    /// P-5.3.4 the work is done.
    Done(Done),
    /// P-5.3.5 驗證: customer service checks that the work was done.
    Verified(Verified),
    /// P-6.0 解決: declared resolved.
    Resolved(Resolved),
    /// P-5.3.5, P-6.1 回訪: the resident's opinion, at the door, by telephone or otherwise.
    Revisited(Revisited),
    /// P-5.3.5 a revisit was tried and nobody was there.
    VisitAttempted(VisitAttempted),
    /// P-5.3.3 the one who owes a step is urged (催辦).
    Urged(Urged),
    /// P-5.3.6 the manager's opinion.
    Opinion(Opinion),
    /// 閉合: the case is closed.
    Closed(Closed),
    /// P-5.3.6 存檔: customer service archives.
    Archived(Archived),
    /// A free note (補記).
    Noted(Noted),
    /// A later act that puts another right; both are shown.
    Corrected(Box<Corrected>),
    /// A person decides between two acts that contradict each other.
    Decided(Decided),
    /// A person lets an act count that was set aside.
    Admitted(Admitted),
    /// A case number that was given and not used.
    Voided(Voided),
    /// An act of a newer version: kept word for word, forwarded, shown as incomplete.
    Unknown(Unknown),
}

/// One of a list, or free words where the list is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice<T> {
    /// One of the list.
    Listed(T),
    /// Another, in words; counted under "other".
    Other(String),
}

/// P-5.3.2.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SolvedOnSpot {
    /// The result or the answer, for the form.
    pub result: String,
    /// Photos.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub photos: Vec<Photo>,
    /// When, where stated.
    #[serde(default)]
    pub happened: Option<Stated>,
}

/// How something reached another person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Conveyed {
    /// 當面
    InPerson,
    /// 電話, and who answered.
    Telephone {
        /// Who answered.
        answered_by: String,
    },
    /// 在此送出: counts when it stands on the other's tablet.
    InApp,
}

/// P-5.3.2. No time limit in the text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reported {
    /// Roles told: `station_head`, `manager`.
    pub to: Vec<String>,
    /// How.
    pub how: Conveyed,
    /// In words.
    #[serde(default)]
    pub words: String,
    /// When, where stated.
    #[serde(default)]
    pub happened: Option<Stated>,
}

/// P-5.3.3 the kinds of contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContactKind {
    /// 反饋
    Feedback,
    /// 溝通
    Communication,
    /// 解釋
    Explanation,
    /// 安慰
    Comfort,
}

/// The way of a contact or a revisit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// 上門
    Door,
    /// 電話
    Telephone,
    /// 訊息
    Message,
    /// 當面, at the station
    InPerson,
}

/// P-5.3.3.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Contacted {
    /// What kind.
    pub kind: ContactKind,
    /// Which way, the list is open.
    pub way: Choice<Way>,
    /// Whether the resident was reached.
    pub reached: bool,
    /// 算作反饋嗎? The officer's answer; never pre-answered. Only a reached contact meets the
    /// clock.
    pub counts_as_feedback: bool,
    /// What was said by the officer.
    #[serde(default)]
    pub words: String,
    /// What the resident said, as said (P-6.2).
    #[serde(default)]
    pub resident_words: String,
    /// When, where stated.
    #[serde(default)]
    pub happened: Option<Stated>,
}

/// P-5.3.4. Each transfer begins a new round; its hash names it in later acts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Transferred {
    /// To which department.
    pub department: DepartmentId,
    /// A word to the department.
    #[serde(default)]
    pub words: String,
    /// When, where stated.
    #[serde(default)]
    pub happened: Option<Stated>,
}

/// P-5.3.4. Starts P-measures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DepartmentReceived {
    /// The transfer that was received.
    pub transfer: EntryHash,
    /// When, where stated.
    #[serde(default)]
    pub happened: Option<Stated>,
}

/// P-5.3.4. A missing handler or target is shown as a gap. Entering a target starts P-completion.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MeasuresFilled {
    /// The transfer this answers.
    pub transfer: EntryHash,
    /// 處理方法: analysis and measures.
    pub measures: String,
    /// 專人, the named handler: a member of staff, or a name in words.
    #[serde(default)]
    pub handler: Option<Choice<StaffId>>,
    /// The time by which the work is to be done.
    #[serde(default)]
    pub target: Option<Instant>,
    /// When, where stated.
    #[serde(default)]
    pub happened: Option<Stated>,
}

/// P-5.3.4. The head's drawn signature; stops P-measures by default.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MeasuresReturned {
    /// The transfer this answers.
    pub transfer: EntryHash,
    /// The measures that were signed.
    pub filled: EntryHash,
    /// The statement shown and the strokes drawn; `None` where the head returned it unsigned.
    #[serde(default)]
    pub signature: Option<Signature>,
    /// When, where stated.
    #[serde(default)]
    pub happened: Option<Stated>,
}

/// P-5.3.4. Holds if entered before the old target passed; late stays late.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TargetChanged {
    /// The transfer concerned.
    pub transfer: EntryHash,
    /// The new target.
    pub target: Instant,
    /// Why; asked for.
    pub reason: String,
}

/// P-5.3.4. Stops P-completion.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Done {
    /// The transfer whose work is done; `None` where there was no transfer.
    #[serde(default)]
    pub transfer: Option<EntryHash>,
    /// What was done.
    pub words: String,
    /// Photos.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub photos: Vec<Photo>,
    /// When, where stated.
    #[serde(default)]
    pub happened: Option<Stated>,
}

/// P-5.3.5.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verified {
    /// Whether the work was found done.
    pub found_done: bool,
    /// What was seen.
    #[serde(default)]
    pub words: String,
    /// Photos.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub photos: Vec<Photo>,
    /// When, where stated.
    #[serde(default)]
    pub happened: Option<Stated>,
}

/// P-6.0. Starts the revisit clock, stops P-month.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Resolved {
    /// The result in words.
    #[serde(default)]
    pub words: String,
    /// When it was resolved, where stated.
    #[serde(default)]
    pub happened: Option<Stated>,
}

/// P-5.3.3 (follows it throughout): the one who owes the clock was urged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Urged {
    /// Which clock: `P-completion`.
    pub clock: String,
    /// Who was urged, in words.
    pub whom: String,
    /// How.
    pub how: Conveyed,
    /// In words.
    #[serde(default)]
    pub words: String,
}

/// P-5.3.6.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Opinion {
    /// 處理意見
    pub words: String,
}

/// 閉合. A minor case may be closed in spite of 不認同.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Closed {
    /// In words.
    #[serde(default)]
    pub words: String,
    /// When, where stated.
    #[serde(default)]
    pub happened: Option<Stated>,
}

/// P-5.3.6. A case not yet closed is closed by it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Archived {
    /// In words.
    #[serde(default)]
    pub words: String,
}

/// A free note.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Noted {
    /// In words.
    pub words: String,
    /// Photos.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub photos: Vec<Photo>,
    /// When, where stated.
    #[serde(default)]
    pub happened: Option<Stated>,
}

/// Both values stay readable. Of a corrected start the earlier time decides, of a corrected
/// stop the later.
#[derive(Clone, Debug, PartialEq)]
pub struct Corrected {
    /// The act that is put right.
    pub target: EntryHash,
    /// The whole act as it should read; of the target's kind. `None` takes the act back.
    pub replacement: Option<Act>,
    /// Why; asked for.
    pub reason: String,
}

/// What a person decides between two acts that contradict each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// 以左為準
    Left,
    /// 以右為準
    Right,
    /// 兩者都成立
    Both,
}

/// Decided by the station head for P. Both acts stay.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Decided {
    /// One act.
    pub left: EntryHash,
    /// The other.
    pub right: EntryHash,
    /// Which stands.
    pub decision: Decision,
    /// Why; required.
    pub reason: String,
}

/// Admitted by whoever decides between acts. Whether an entry counts is read from the record, where
/// this stands too: in the case it only shows who let it count, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Admitted {
    /// The act that counts from now on.
    pub hash: EntryHash,
    /// Why; required.
    pub reason: String,
}

/// A number that was shown is never given again; a discarded draft leaves this.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Voided {
    /// The number.
    pub number: String,
    /// Why.
    #[serde(default)]
    pub reason: String,
}

/// An act whose kind this version does not know.
#[derive(Clone, Debug, PartialEq)]
pub struct Unknown {
    /// The header's kind.
    pub kind: String,
    /// The body as it came, one line of JSON.
    pub body: String,
}
