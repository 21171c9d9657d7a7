//! How meetings with the endpoint go, and why lists may not be whole yet.

use domain::time::Instant;
use sync::storage::StorageError;
use sync::tablet::TabletError;
use sync::wire::Barred;

use crate::net::NetFault;

/// How the last meeting with the endpoint went.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Meeting {
    /// How the last one ended; `None` before the first.
    pub(crate) last: Option<Result<(), NetFault>>,
    /// A meeting is going on.
    pub(crate) busy: bool,
    /// Acts that only this tablet holds.
    pub(crate) unsent: u64,
    /// Photos that only this tablet holds.
    pub(crate) photos: u64,
    /// Since when the oldest of them waits, by the endpoint's clock.
    pub(crate) waiting_since: Option<Instant>,
    /// When the endpoint last answered, by its clock.
    pub(crate) contact: Option<Instant>,
    /// What the endpoint did not take or what failed a check: needs a person.
    pub(crate) stuck: usize,
    /// Why nothing comes from the endpoint any more.
    pub(crate) barred: Option<Barred>,
    /// What is confidential is not shown until the endpoint has answered.
    pub(crate) withheld: bool,
    /// Entries still to be pulled at the first load: held, of all.
    pub(crate) loading: Option<(u64, u64)>,
    /// Cases still to be folded anew after an update: done, of all.
    pub(crate) folding: Option<(usize, usize)>,
}

/// Why the lists are not whole yet, and how far they are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Progress {
    /// Entries come from the endpoint.
    Pulled { held: u64, all: u64 },
    /// Cases are folded anew.
    Folded { done: usize, all: usize },
}

impl Meeting {
    /// Acts and photos that only this tablet holds.
    pub(crate) const fn waiting(&self) -> u64 {
        self.unsent.saturating_add(self.photos)
    }

    /// The endpoint answered last time, and all that came was taken in.
    pub(crate) fn is_online(&self) -> bool {
        self.last == Some(Ok(()))
    }

    /// Why the last one came to nothing.
    pub(crate) fn fault(&self) -> Option<&NetFault> {
        self.last.as_ref()?.as_ref().err()
    }

    /// What came, or its lists, could not be written: the tablet is full.
    pub(crate) fn is_full(&self) -> bool {
        let Some(NetFault::Tablet(error) | NetFault::Unlisted(error)) = self.fault() else {
            return false;
        };
        *error == TabletError::Storage(StorageError::Quota)
    }

    /// Why the lists are not whole; `None` where they are.
    pub(crate) fn progress(&self) -> Option<Progress> {
        let folded = self
            .folding
            .map(|(done, all)| Progress::Folded { done, all });
        let pulled = self
            .loading
            .map(|(held, all)| Progress::Pulled { held, all });
        folded.or(pulled)
    }
}
