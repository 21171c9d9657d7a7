//! What a run of schedules counts.

use std::fmt;
use std::ops::AddAssign;

macro_rules! faults {
    ($($(#[$doc:meta])* $name:ident $words:literal,)*) => {
        /// What goes wrong in a schedule.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum Fault {
            $($(#[$doc])* $name,)*
        }

        impl Fault {
            /// Every fault.
            pub(crate) const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// How the figures call it.
            const fn words(self) -> &'static str {
                match self {
                    $(Self::$name => $words,)*
                }
            }
        }
    };
}

faults! {
    /// A request does not arrive.
    RequestLost "request lost",
    /// A reply does not arrive; the endpoint has done what it says.
    ReplyLost "reply lost",
    /// A request arrives twice, the second time whenever it likes.
    Duplicated "request twice",
    /// Requests arrive in another order than they were sent in.
    Reordered "request out of order",
    /// Half a request arrives.
    Torn "half a request",
    /// A reply arrives with an entry altered on the way.
    Altered "reply altered",
    /// The endpoint's database fails at some call of a request.
    DatabaseFails "database fails",
    /// The endpoint's process is killed with its requests at some point each.
    EndpointKilled "endpoint killed",
    /// The app is killed, between or in the middle of its transactions.
    TabletKilled "tablet killed",
    /// The tablet's storage has no room.
    Quota "no room left",
    /// The tablet's storage loses its connection and does not say whether it has written.
    Closed "storage closed",
    /// The tablet's clock jumps, by up to ten years.
    TabletClock "tablet clock jumps",
    /// The endpoint's clock jumps ahead, by up to forty days.
    EndpointClock "endpoint clock jumps",
    /// A second tab of the app writes to the same storage.
    SecondTab "second tab",
    /// The tablet's storage is copied to another device, and both go on.
    Cloned "tablet cloned",
    /// The tablet's storage is put back to what it was.
    SetBack "tablet set back",
    /// The endpoint's database is put back to what it was, in a new epoch.
    Restored "endpoint restored",
    /// A tablet is revoked.
    TabletRevoked "tablet revoked",
    /// A person is retired.
    PersonRetired "person retired",
    /// A tablet loses a scope, or gets it.
    ScopeChanged "scope lost or given",
    /// Two persons decide that what an act says is to go.
    Erased "act erased",
    /// Somebody saves while the answer of the endpoint is being taken in.
    SavedMeanwhile "saved in a reply",
    /// A newer app writes an act that this one does not know.
    NewerVersion "act of a newer version",
}

/// What happens without anything failing: people do it, or a newer app.
const EVENTS: [Fault; 5] = [
    Fault::PersonRetired,
    Fault::ScopeChanged,
    Fault::Erased,
    Fault::SavedMeanwhile,
    Fault::NewerVersion,
];

/// Kinds of failure that a schedule should see struck.
const KINDS_MIN: usize = 3;

/// Sums over schedules.
#[derive(Clone, Debug, Default)]
pub(crate) struct Figures {
    /// Schedules played to their end.
    pub(crate) schedules: u64,
    /// Steps.
    pub(crate) steps: u64,
    /// Acts that were said to be saved.
    pub(crate) acts: u64,
    /// Requests that the endpoint answered.
    pub(crate) syncs: u64,
    /// Acts and attachments that nobody had any more when what held them was put back: told, not
    /// counted as lost.
    gone: u64,
    /// Of these, what the endpoint had acknowledged.
    gone_acknowledged: u64,
    /// Persons let into a group, by the word of a member.
    pub(crate) let_in: u64,
    faults: Vec<u64>,
    /// Schedules in which [`KINDS_MIN`] kinds of failure struck, [`EVENTS`] left out.
    struck: u64,
    /// The same, with them.
    struck_or_happened: u64,
    fewest: Option<Fewest>,
}

/// The least that any schedule has.
#[derive(Clone, Copy, Debug)]
struct Fewest {
    tablets: u64,
    steps: u64,
    kinds: u64,
}

impl Figures {
    /// Counts a fault.
    pub(crate) fn count(&mut self, fault: Fault) {
        self.faults.resize(Fault::ALL.len(), 0);
        if let Some(count) = self.faults.get_mut(fault as usize) {
            *count += 1;
        }
    }

    /// Something is gone with what was put back.
    pub(crate) fn gone(&mut self, acknowledged: bool) {
        self.gone += 1;
        self.gone_acknowledged += u64::from(acknowledged);
    }

    /// How much is gone, and how much of it was acknowledged, in words.
    pub(crate) fn gone_in_words(&self) -> String {
        format!(
            "{} gone with what was put back, {} of them acknowledged before",
            self.gone, self.gone_acknowledged
        )
    }

    /// A schedule of so many tablets has come to its end.
    pub(crate) fn end(&mut self, tablets: usize) {
        let struck = Fault::ALL.iter().zip(&self.faults);
        let struck = struck.filter(|(_, count)| **count > 0);
        let all = struck.clone().count();
        let kinds = struck.filter(|(fault, _)| !EVENTS.contains(fault)).count();
        self.schedules = 1;
        self.struck = u64::from(kinds >= KINDS_MIN);
        self.struck_or_happened = u64::from(all >= KINDS_MIN);
        self.fewest = Some(Fewest {
            tablets: tablets as u64,
            steps: self.steps,
            kinds: kinds as u64,
        });
    }

    /// Kinds of fault that are less than one in a hundred of all.
    pub(crate) fn rare(&self) -> Vec<&'static str> {
        let all: u64 = self.faults.iter().sum();
        let rare = |(_, count): &(&Fault, &u64)| **count * 100 < all;
        let pairs = Fault::ALL.iter().zip(&self.faults).filter(rare);
        pairs.map(|(fault, _)| fault.words()).collect()
    }
}

impl AddAssign<&Figures> for Figures {
    fn add_assign(&mut self, more: &Figures) {
        self.schedules += more.schedules;
        self.steps += more.steps;
        self.acts += more.acts;
        self.syncs += more.syncs;
        self.gone += more.gone;
        self.gone_acknowledged += more.gone_acknowledged;
        self.let_in += more.let_in;
        self.struck += more.struck;
        self.struck_or_happened += more.struck_or_happened;
        self.fewest = match (self.fewest, more.fewest) {
            (Some(one), Some(other)) => Some(Fewest {
                tablets: one.tablets.min(other.tablets),
                steps: one.steps.min(other.steps),
                kinds: one.kinds.min(other.kinds),
            }),
            (one, other) => one.or(other),
        };
        self.faults.resize(Fault::ALL.len(), 0);
        for (to, from) in self.faults.iter_mut().zip(&more.faults) {
            *to += from;
        }
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = self.faults.iter().sum::<u64>().max(1);
        for (fault, count) in Fault::ALL.iter().zip(&self.faults) {
            let hundredths = count * 10_000 / all;
            let (whole, part) = (hundredths / 100, hundredths % 100);
            writeln!(
                f,
                "{:24} {count:>12}  {whole:>2}.{part:02} %",
                fault.words()
            )?;
        }
        writeln!(f, "gone with a backup       {:>12}", self.gone)?;
        writeln!(f, "of them acknowledged     {:>12}", self.gone_acknowledged)?;
        writeln!(f, "let into a group         {:>12}", self.let_in)?;
        let fewer = self.schedules.saturating_sub(self.struck);
        writeln!(f, "three failures or more   {:>12}", self.struck)?;
        writeln!(f, "fewer failures           {fewer:>12}")?;
        let happened = self.struck_or_happened;
        writeln!(f, "three, with events       {happened:>12}")?;
        if let Some(fewest) = self.fewest {
            writeln!(f, "fewest tablets           {:>12}", fewest.tablets)?;
            writeln!(f, "fewest steps             {:>12}", fewest.steps)?;
            writeln!(f, "fewest failures          {:>12}", fewest.kinds)?;
        }
        write!(
            f,
            "{} schedules, {} steps, {} acts, {} syncs",
            self.schedules, self.steps, self.acts, self.syncs
        )
    }
}
