//! Every place has an address; the paths and the links to them stand side by side.

use domain::id::{CaseId, EntryHash};

/// 今日
pub(crate) const TODAY: &str = "/";
/// 受理
pub(crate) const INTAKE: &str = "/intake";
/// 回訪
pub(crate) const VISITS: &str = "/visits";
/// 意見
pub(crate) const OPINIONS: &str = "/opinions";
/// 個案
pub(crate) const CASES: &str = "/cases";
/// 裝置
pub(crate) const DEVICE: &str = "/device";

/// 管理
pub(crate) const ADMIN: &str = "/admin";
/// What a link with a code opens; what is typed in by it stands behind `#`.
pub(crate) const JOIN: &str = "/join";

/// One case.
pub(crate) fn case(id: &CaseId) -> String {
    format!("/cases/{id}")
}

/// One case, where an act of it is put right.
pub(crate) fn correct(id: &CaseId, entry: &EntryHash) -> String {
    format!("/cases/{id}?correct={entry}")
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

/// What an address shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// 今日
    Today,
    /// 受理
    Intake,
    /// 回訪
    Visits,
    /// The revisit of a case.
    Visit(CaseId),
    /// A revisit without a signature.
    Unsigned(CaseId),
    /// 意見
    Opinions,
    /// 個案
    Cases,
    /// One case.
    Case(CaseId),
    /// 《住戶投訴處置表》 of one case.
    Form(CaseId),
    /// 裝置
    Device,
    /// 管理
    Admin,
    /// No place of this client.
    Nowhere,
}

impl Place {
    /// The place at a path.
    pub(crate) fn at(path: &str) -> Self {
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        match parts.as_slice() {
            [] | ["join"] => Self::Today,
            ["intake"] => Self::Intake,
            ["visits"] => Self::Visits,
            ["visits", id] => Self::Visit(CaseId::from(*id)),
            ["visits", id, "unsigned"] => Self::Unsigned(CaseId::from(*id)),
            ["opinions"] => Self::Opinions,
            ["cases"] => Self::Cases,
            ["cases", id] => Self::Case(CaseId::from(*id)),
            ["cases", id, "form"] => Self::Form(CaseId::from(*id)),
            ["device"] => Self::Device,
            ["admin"] => Self::Admin,
            _ => Self::Nowhere,
        }
    }

    /// The case of the place, where it has one.
    pub(crate) fn case(self) -> Option<CaseId> {
        match self {
            Self::Visit(id) | Self::Unsigned(id) | Self::Case(id) | Self::Form(id) => Some(id),
            Self::Today
            | Self::Intake
            | Self::Visits
            | Self::Opinions
            | Self::Cases
            | Self::Device
            | Self::Admin
            | Self::Nowhere => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Place, case, form, no_signature, visit};
    use domain::id::CaseId;

    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn every_link_leads_to_its_place() {
        let id = CaseId::from("c1");
        assert_eq!(Place::at(super::TODAY), Place::Today);
        assert_eq!(Place::at(super::INTAKE), Place::Intake);
        assert_eq!(Place::at(super::VISITS), Place::Visits);
        assert_eq!(Place::at(super::OPINIONS), Place::Opinions);
        assert_eq!(Place::at(super::CASES), Place::Cases);
        assert_eq!(Place::at(super::DEVICE), Place::Device);
        assert_eq!(Place::at(super::ADMIN), Place::Admin);
        assert_eq!(Place::at(super::JOIN), Place::Today);
        assert_eq!(Place::at(&case(&id)), Place::Case(id.clone()));
        assert_eq!(Place::at(&form(&id)), Place::Form(id.clone()));
        assert_eq!(Place::at(&visit(&id)), Place::Visit(id.clone()));
        assert_eq!(Place::at(&no_signature(&id)), Place::Unsigned(id));
        assert_eq!(Place::at("/elsewhere"), Place::Nowhere);
    }
}
