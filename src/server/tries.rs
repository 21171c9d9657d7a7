//! Wrong codes: how many are taken from one source and from all, so that none is found by trying.
//! Who has spent theirs waits some seconds for the next, whatever they sent before: a house whose
//! tablets share an address is slowed down, never locked out. Counted by each process for itself,
//! by a clock that only goes on.

use std::collections::BTreeMap;
use std::net::IpAddr;

/// Wrong codes that a source may send at once.
const SOURCE_BURST: u64 = 10;

/// Milliseconds in which a source gets one more.
const SOURCE_PAUSE_MS: u64 = 6_000;

/// Wrong codes that all sources together may send at once.
const ALL_BURST: u64 = 50;

/// Milliseconds in which all together get one more. A code has 40 random bits: at one try in two
/// seconds one of a hundred codes is found with odds of 1 in 700 a year.
const ALL_PAUSE_MS: u64 = 2_000;

/// Sources that are counted apart at once; beyond them all count as one.
const SOURCES_MAX: usize = 4_096;

/// Where a request comes from, as far as one party holds it: an IPv4 address, the 64 bits of IPv6
/// that are a household's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Source(IpAddr);

impl From<IpAddr> for Source {
    fn from(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V4(address) => address.into(),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                IpAddr::from([a, b, c, d, 0, 0, 0, 0])
            }
        })
    }
}

/// What is left of a number of tries that comes back with time: the instant at which all of it is
/// back, milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Spent(u64);

impl Spent {
    /// Milliseconds until another try is there, 0 where one is.
    fn wait_ms(self, now_ms: u64, burst: u64, pause_ms: u64) -> u64 {
        let one_left = now_ms + (burst - 1) * pause_ms;
        self.0.saturating_sub(one_left)
    }

    fn spend(&mut self, now_ms: u64, pause_ms: u64) {
        self.0 = self.0.max(now_ms) + pause_ms;
    }

    fn give_back(&mut self, pause_ms: u64) {
        self.0 = self.0.saturating_sub(pause_ms);
    }
}

/// The wrong codes of late, by source.
#[derive(Clone, Debug)]
pub struct Tries<K> {
    by_source: BTreeMap<K, Spent>,
    others: Spent,
    all: Spent,
}

impl<K> Default for Tries<K> {
    fn default() -> Self {
        Self {
            by_source: BTreeMap::new(),
            others: Spent::default(),
            all: Spent::default(),
        }
    }
}

impl<K: Ord> Tries<K> {
    /// Milliseconds for which a source has to wait until it may try a code, 0 where it may now.
    #[must_use]
    fn wait_ms(&self, source: &K, now_ms: u64) -> u64 {
        let full = self.by_source.len() >= SOURCES_MAX;
        let unknown = if full { self.others } else { Spent::default() };
        let own = self.by_source.get(source).copied().unwrap_or(unknown);
        let own = own.wait_ms(now_ms, SOURCE_BURST, SOURCE_PAUSE_MS);
        own.max(self.all.wait_ms(now_ms, ALL_BURST, ALL_PAUSE_MS))
    }

    /// Begins a try, unless the source has to wait: milliseconds, 0 where it may. It counts as
    /// wrong from now on, so that tries at the same time are no more than tries in turn.
    pub fn begin(&mut self, source: K, now_ms: u64) -> u64 {
        let wait_ms = self.wait_ms(&source, now_ms);
        if wait_ms == 0 {
            self.spend(source, now_ms);
        }
        wait_ms
    }

    /// Gives a try back whose code was right.
    pub fn right(&mut self, source: &K) {
        let own = self.by_source.get_mut(source).unwrap_or(&mut self.others);
        own.give_back(SOURCE_PAUSE_MS);
        self.all.give_back(ALL_PAUSE_MS);
    }

    fn spend(&mut self, source: K, now_ms: u64) {
        self.by_source.retain(|_, spent| spent.0 > now_ms);
        let full = self.by_source.len() >= SOURCES_MAX && !self.by_source.contains_key(&source);
        let own = if full {
            &mut self.others
        } else {
            self.by_source.entry(source).or_default()
        };
        own.spend(now_ms, SOURCE_PAUSE_MS);
        self.all.spend(now_ms, ALL_PAUSE_MS);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spend(tries: &mut Tries<u32>, source: u32, count: u64, now_ms: u64) {
        for _ in 0..count {
            assert_eq!(tries.begin(source, now_ms), 0);
        }
    }

    #[test]
    fn a_source_is_slowed_down_and_no_other_one() {
        let mut tries = Tries::default();
        spend(&mut tries, 1, SOURCE_BURST, 0);
        assert_eq!(tries.wait_ms(&1, 0), SOURCE_PAUSE_MS);
        assert_eq!(tries.wait_ms(&2, 0), 0);
        assert_eq!(tries.wait_ms(&1, SOURCE_PAUSE_MS - 1), 1);
        spend(&mut tries, 1, 1, SOURCE_PAUSE_MS);
        assert_ne!(tries.wait_ms(&1, SOURCE_PAUSE_MS), 0);
        // A pause later all of them are back.
        let later = SOURCE_PAUSE_MS * (SOURCE_BURST + 1);
        spend(&mut tries, 1, SOURCE_BURST, later);
    }

    #[test]
    fn a_right_code_costs_nothing() {
        let mut tries = Tries::default();
        for _ in 0..ALL_BURST * 2 {
            spend(&mut tries, 1, 1, 0);
            tries.right(&1);
        }
        spend(&mut tries, 1, SOURCE_BURST, 0);
        assert_eq!(tries.begin(1, 0), SOURCE_PAUSE_MS);
        // Who has to wait spends nothing by asking.
        assert_eq!(tries.begin(1, SOURCE_PAUSE_MS), 0);
    }

    #[test]
    fn many_sources_together_are_slowed_down_too() {
        let mut tries = Tries::default();
        for source in 0..u32::try_from(ALL_BURST).unwrap() {
            spend(&mut tries, source, 1, 0);
        }
        assert_eq!(tries.wait_ms(&1_000, 0), ALL_PAUSE_MS);
        assert_eq!(tries.wait_ms(&1_000, ALL_PAUSE_MS), 0);
    }

    #[test]
    fn what_is_remembered_has_an_end() {
        let mut tries = Tries::default();
        for source in 0..SOURCES_MAX as u64 + SOURCE_BURST {
            tries.spend(source, 0);
        }
        assert_eq!(tries.by_source.len(), SOURCES_MAX);
        // Those that came too late are one: they have spent what one has.
        let all_back = ALL_PAUSE_MS * (SOURCES_MAX as u64);
        let own = tries.others.wait_ms(0, SOURCE_BURST, SOURCE_PAUSE_MS);
        assert_eq!(own, SOURCE_PAUSE_MS);
        tries.spend(7, all_back);
        assert_eq!(tries.by_source.len(), 1);
    }

    #[test]
    fn a_household_is_one_source_whatever_its_addresses() {
        let source = |text: &str| Source::from(text.parse::<IpAddr>().unwrap());
        assert_eq!(source("::ffff:192.0.2.1"), source("192.0.2.1"));
        assert_ne!(source("192.0.2.1"), source("192.0.2.2"));
        assert_eq!(source("2001:db8:1:2::1"), source("2001:db8:1:2:3::4"));
        assert_ne!(source("2001:db8:1:2::1"), source("2001:db8:1:3::1"));
    }
}
