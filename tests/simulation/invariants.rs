//! What must never be, by name: what a run that has gone wrong says first.

use std::fmt;

macro_rules! invariants {
    ($($(#[$doc:meta])* $name:ident $words:literal,)*) => {
        /// What must never be.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Invariant {
            $($(#[$doc])* $name,)*
        }

        impl fmt::Display for Invariant {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self {
                    $(Self::$name => $words,)*
                })
            }
        }
    };
}

invariants! {
    /// An act that was said to be saved is not at the endpoint.
    Lost "act lost",
    /// The endpoint has said that it holds what it does not.
    Acknowledged "acknowledged and not held",
    /// A stream has a gap, or two entries at one place that are not told as a fork.
    Chain "chain broken",
    /// Two tablets that may show the same do not, or not what the endpoint holds.
    Divergence "divergence",
    /// An act that was saved does not count, or counts twice.
    Count "act does not count once",
    /// A tablet holds or was sent what it may not hold.
    Forbidden "forbidden byte",
    /// Tablets and endpoint do not come to rest in fair weather, or one of them fails.
    Unrest "no rest in fair weather",
    /// A feed number is missing, or stands for something else than before.
    Feed "feed number wrong",
    /// A tablet reports that its copy differs from the endpoint's, and nothing is wrong with it.
    Alarm "alarm without cause",
    /// The time at which an act was recorded lies outside the interval that is shown.
    Time "time wrong",
    /// Another receipt than the earliest decides when an act was confirmed, or none does.
    Receipt "receipt wrong",
    /// What an act said is held after it was erased.
    Erased "erased and still said",
    /// The entries of a case do not stand in the order of the record.
    Order "order wrong",
    /// A tablet shows an entry whose author did not sign it.
    Author "not its author's",
    /// What was derived from entries is not what would be derived from them now.
    Stale "summary stale",
    /// The evidence file of a case, made from what the endpoint holds, does not pass its check.
    Evidence "evidence not sound",
    /// The code of one of the sides panicked.
    Panic "panic",
}

/// What was not as it must be.
#[derive(Debug)]
pub(crate) struct Broken {
    /// Which invariant.
    invariant: Invariant,
    /// What is wrong, for who looks for the cause.
    what: String,
}

impl Invariant {
    /// This one does not hold: in words.
    pub(crate) fn broken<T>(self, what: impl Into<String>) -> Result<T, Broken> {
        Err(Broken {
            invariant: self,
            what: what.into(),
        })
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.invariant, self.what)
    }
}
