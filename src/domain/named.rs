//! Closed lists of names that procedure files may use.

/// A value that a procedure file names by a word.
#[cfg(feature = "toml")]
pub(crate) trait Named: Copy + Sized + 'static {
    /// Each value with its word.
    const ALL: &'static [(&'static str, Self)];

    /// The value that this word names.
    fn parse(word: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(name, _)| *name == word)
            .map(|(_, value)| *value)
    }
}

macro_rules! named {
    ($(#[$doc:meta])* $type:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash,
            serde::Serialize, serde::Deserialize)]
        pub enum $type {
            $($(#[$vdoc])* #[serde(rename = $word)] $variant,)*
        }

        #[cfg(feature = "toml")]
        impl $crate::named::Named for $type {
            const ALL: &'static [(&'static str, Self)] = &[$(($word, Self::$variant),)*];
        }

        impl $type {
            /// The word that names this value.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }
    };
}

pub(crate) use named;
