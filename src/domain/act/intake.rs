//! P-5.1 what intake records.

use serde::{Deserialize, Serialize};

use super::{Choice, Photo, Stated};
use crate::id::{DepartmentId, HouseholdId, StaffId, UnitId};
use crate::time::Instant;

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
    /// The receipt as the form had set it, where `received` was changed by hand: both are shown,
    /// and of the two the earlier decides lateness.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received_first: Option<Instant>,
    /// When acceptance happened, where stated.
    #[serde(default)]
    pub happened: Option<Stated>,
    /// What intake recorded.
    pub details: Details,
}

impl Accepted {
    /// Every receipt that it gives, in the order in which they were given, and whether a person
    /// stated it.
    pub(crate) fn receipts(&self) -> impl Iterator<Item = (Instant, bool)> {
        let stated = !self.received_reason.is_empty() || self.received_first.is_some();
        let first = self.received_first.map(|at| (at, false));
        first.into_iter().chain([(self.received, stated)])
    }
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
    /// Photos of what is complained about.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub photos: Vec<Photo>,
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
