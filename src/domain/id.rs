//! Identifiers. Opaque to the rules: random bytes written as lower-case hexadecimal.

use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }
    };
}

id!(
    /// SHA-256 of an entry's header line, 64 hexadecimal digits: the only name an entry has.
    EntryHash
);
id!(
    /// SHA-256 of an attachment with its salt, 64 hexadecimal digits.
    AttachmentName
);
id!(
    /// A case, from intake to archive.
    CaseId
);
id!(
    /// A member of staff.
    StaffId
);
id!(
    /// A tablet, or the endpoint where it writes itself.
    DeviceId
);
id!(
    /// A department, named by the site file's code.
    DepartmentId
);
id!(
    /// A household: follows the people, not the flat (P-9.2). Named by the site file's code.
    HouseholdId
);
id!(
    /// A unit (flat, shop, parking space) of a building. Named by the site file's code.
    UnitId
);
