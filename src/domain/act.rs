//! Acts: what people did, one variant for each thing a clause lets somebody do. An act is never
//! changed; a later act corrects it and both are shown.
//!
//! The entry header's `kind` alone selects the type. Every kind ever shipped stays readable:
//! fields are only added, with a default, and each kind has a frozen fixture.
//!
//! Most acts carry `happened`: when it took place, only where a person states a time that is
//! not the time of recording. Never after the time of recording.

use serde::{Deserialize, Serialize};

use crate::id::{DepartmentId, EntryHash, HouseholdId, StaffId, UnitId};
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
    /// A case number that was given and not used.
    Voided(Voided),
    /// An act of a newer version: kept word for word, forwarded, shown as incomplete.
    Unknown(Unknown),
}

/// P-5.1. Anything may be missing but the number and the procedure: 先受理 needs a place and a
/// sentence, and even those are only asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Accepted {
    /// Case number, never given twice: `YS26-B3-0417`.
    pub number: String,
    /// Which procedure: `property`.
    pub procedure: String,
    /// SHA-256 (hexadecimal) of the procedure file that binds this case.
    pub procedure_hash: String,
    /// 接到: when the complaint reached the station. Set at the first keystroke of the form.
    pub received: Instant,
    /// Why `received` was changed by hand; empty where it was not.
    #[serde(default)]
    pub received_reason: String,
    /// When acceptance happened, where stated.
    #[serde(default)]
    pub happened: Option<Stated>,
    /// What intake recorded.
    pub details: Details,
}

/// What intake records of a complaint; a later act may supply what is `None` or empty.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Details {
    /// How it came: 來訪, 電話, 書面, or the resident's own words for another way.
    pub channel: Option<Choice<Channel>>,
    /// The household concerned.
    pub household: Option<HouseholdId>,
    /// The unit concerned.
    pub unit: Option<UnitId>,
    /// A public area or another place, in words; where there is no unit.
    pub place: Option<String>,
    /// Who complains.
    pub complainant: Option<Complainant>,
    /// P-4.1, P-4.2 the class.
    pub class: Option<Class>,
    /// P-4.1.1 the area.
    pub area: Option<Area>,
    /// 投訴內容, as the resident tells it.
    pub content: Option<String>,
    /// The matter in a few words, for lists; derived from `content` where absent.
    pub matter: Option<String>,
    /// 住戶要求, P-5.3.7.
    pub demands: Option<String>,
    /// P-4.1.1 severity. `None` is treated as minor.
    pub severity: Option<Severity>,
    /// P-4.1.1 the words of the judgement.
    pub severity_note: Option<String>,
    /// P-5.3.1 whether the complaint is valid.
    pub validity: Option<Validity>,
    /// 被投訴部門.
    pub department_complained: Option<DepartmentId>,
    /// 責任部門, the same by default.
    pub department_responsible: Option<DepartmentId>,
    /// A member of staff who is complained about: cannot handle, verify or revisit the case.
    pub staff_complained: Vec<StaffId>,
    /// When the resident is at home, and what to mind at the door.
    pub door: Option<Door>,
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

/// P-5.1, H-2.1, B-6 how a complaint arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// 來訪
    InPerson,
    /// 電話
    Telephone,
    /// 書面
    Written,
}

/// Who complains.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Complainant {
    /// Name as told.
    pub name: String,
    /// How the resident is addressed, where known.
    pub form: Option<FormOfAddress>,
    /// Telephone as told; kept as text.
    pub telephone: String,
    /// Relation to the household: 業主, 租戶, 家人 …
    pub relation: String,
}

/// 女士 or 先生.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FormOfAddress {
    /// 女士
    Ms,
    /// 先生
    Mr,
}

/// P-4.1, P-4.2 the four classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Class {
    /// 物業管理類
    #[serde(rename = "4.1.1")]
    Property,
    /// 上級／政府轉來
    #[serde(rename = "4.1.2")]
    Forwarded,
    /// 其它
    #[serde(rename = "4.1.3")]
    Other,
    /// 其他部門
    #[serde(rename = "4.2.2")]
    OtherDepartment,
}

/// P-4.1.1 the three areas.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Area {
    /// 客服管理
    CustomerService,
    /// 環境管理
    Environment,
    /// 維修管理
    Maintenance,
}

/// P-4.1.1 severity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// 輕微
    Minor,
    /// 重大
    Major,
}

/// P-5.3.1 validity, as the officer sees it at intake. Verdicts 無效 and 無理 are acts of their
/// own, with a second role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Validity {
    /// 有效
    Valid,
}

/// What a visitor should know at the door.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Door {
    /// The appointment in words: 約 14:00, 上午都在.
    pub appointment: String,
    /// 按兩次鈴, 耳背, 有狗 …
    pub notes: Vec<String>,
    /// Revisit by telephone was agreed.
    pub by_telephone: bool,
}

/// P-5.3.2.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SolvedOnSpot {
    /// The result or the answer, for the form.
    pub result: String,
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
    /// When, where stated.
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
