//! The few meanings a colour may carry outside the clocks.

/// What a mark, a banner or a tag means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// Says something, asks nothing.
    #[default]
    Plain,
    /// What people did with the resident.
    Primary,
    /// Done, received, safe.
    Ok,
    /// Needs attention soon.
    Warn,
    /// Failed or overdue.
    Bad,
    /// Waits for a person to decide.
    Wait,
}

impl Tone {
    /// Class of a round mark or a tag.
    pub const fn mark_class(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Primary => "pri",
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Bad => "bad",
            Self::Wait => "wt",
        }
    }

    /// Class of a banner.
    pub const fn banner_class(self) -> &'static str {
        match self {
            Self::Plain | Self::Primary => "banner",
            Self::Ok => "banner met",
            Self::Warn => "banner soon",
            Self::Bad => "banner over",
            Self::Wait => "banner wait",
        }
    }
}
