//! Every place has an address; the paths and the links to them stand side by side.

use domain::id::CaseId;

/// 今日
pub(crate) const TODAY: &str = "/";
/// 受理
pub(crate) const INTAKE: &str = "/intake";
/// 回訪
pub(crate) const VISITS: &str = "/visits";
/// 個案
pub(crate) const CASES: &str = "/cases";
/// 裝置
pub(crate) const DEVICE: &str = "/device";
/// 鎖定: who is acting.
pub(crate) const PEOPLE: &str = "/people";

/// One case.
pub(crate) fn case(id: &CaseId) -> String {
    format!("/cases/{id}")
}

/// 《住戶投訴處置表》 of one case.
pub(crate) fn form(id: &CaseId) -> String {
    format!("/cases/{id}/form")
}

/// The revisit of one case.
pub(crate) fn visit(id: &CaseId) -> String {
    format!("/visits/{id}")
}

/// A revisit without a signature.
pub(crate) fn no_signature(id: &CaseId) -> String {
    format!("/visits/{id}/unsigned")
}
