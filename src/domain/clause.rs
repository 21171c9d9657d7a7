//! Clauses of the operating procedures. Every rule, clock, step and refusal names one.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

macro_rules! clauses {
    ($($(#[$doc:meta])* $name:ident = $code:literal in $article:literal,)*) => {
        /// A clause of a procedure, or one of the separately tracked parts of a clause.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Clause {
            $($(#[$doc])* $name,)*
        }

        impl Clause {
            /// Every clause that a rule of this version names.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The name used in procedure files, fixtures and text keys; unique: `P-5.3.3`.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                }
            }

            /// The number as the procedure prints it, for screens: `P-4.1.1` for each part of it.
            #[must_use]
            pub const fn article(self) -> &'static str {
                match self {
                    $(Self::$name => $article,)*
                }
            }
        }
    };
}

clauses! {
    /// The station head supervises, guides and sees the handling done.
    P3_2 = "P-3.2" in "P-3.2",
    /// Customer service records, follows, counts and revisits all complaints.
    P3_3 = "P-3.3" in "P-3.3",
    /// Property-management class, its areas and severities.
    P4_1_1 = "P-4.1.1" in "P-4.1.1",
    /// 輕微: what makes a complaint minor.
    P4_1_1Minor = "P-4.1.1-minor" in "P-4.1.1",
    /// 重大 ③: not reasonably resolved within one month.
    P4_1_1Major3 = "P-4.1.1-major-3" in "P-4.1.1",
    /// Customer service receives, analyses and registers.
    P5_1 = "P-5.1" in "P-5.1",
    /// Heading of the minor complaints.
    P5_3 = "P-5.3" in "P-5.3",
    /// Valid complaints are registered in detail.
    P5_3_1 = "P-5.3.1" in "P-5.3.1",
    /// Solved on the spot, or recorded and reported.
    P5_3_2 = "P-5.3.2" in "P-5.3.2",
    /// Feedback within 24 hours; contact throughout.
    P5_3_3 = "P-5.3.3" in "P-5.3.3",
    /// Measures within one hour, a named handler, a required time.
    P5_3_4 = "P-5.3.4" in "P-5.3.4",
    /// Verification, revisit, who signs.
    P5_3_5 = "P-5.3.5" in "P-5.3.5",
    /// The manager's opinion, then the archive.
    P5_3_6 = "P-5.3.6" in "P-5.3.6",
    /// Revisit after resolution.
    P6_0 = "P-6.0" in "P-6.0",
    /// The three opinions.
    P6_1 = "P-6.1" in "P-6.1",
    /// The result recorded as said.
    P6_2 = "P-6.2" in "P-6.2",
}

impl Clause {
    /// The clause with this code; `None` where no rule of this version names it.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|c| c.code() == code)
    }
}

impl core::fmt::Display for Clause {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Clause {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Clause {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        Self::parse(&code)
            .ok_or_else(|| serde::de::Error::custom(format!("no rule names the clause {code}")))
    }
}
