//! What a tablet derives from its entries and keeps, so that a start need not read them: one record
//! for each case of the site, and a note that they are whole. Kept as the app keeps its summaries.

use record::CaseId;
use sync::tablet::{CacheRecord, Extra, Stored, TabletError};

use crate::desk::{App, Desk, LOCKED, now};
use crate::endpoint::SITE_SCOPE;
use crate::world::cases_of;

/// The note: how far what was derived has been read. An act deletes it in its own transaction.
const MADE_FROM: &str = "made-from";

/// Key of what is derived from a case.
fn key_of(case: &CaseId) -> String {
    format!("derived/{case}")
}

impl Desk {
    /// What is written with an act.
    pub(crate) fn cache_lags() -> Extra {
        Extra::DropCache(MADE_FROM.to_owned())
    }

    /// Derives anew what is kept of cases, and of those where that failed before, in the app of
    /// one person. A failure is made good the next time.
    pub(crate) fn derive(&mut self, turn: usize, cases: impl IntoIterator<Item = CaseId>) {
        self.underived.extend(cases);
        if turn == LOCKED {
            return;
        }
        let app = self.app_of(turn);
        let of_site = |case: &CaseId| cases_of(SITE_SCOPE).any(|of_site| of_site == *case);
        let mut lagging = self.underived.iter().filter(|case| of_site(case));
        if lagging.all(|case| derive_one(app, case).is_ok()) {
            // A scope that is read from its start again stands where it stood at first.
            if !made_from(app).is_empty() {
                // If that fails it is noted the next time.
                drop(put(app, MADE_FROM, made_from(app)));
            }
            self.underived.clear();
        }
    }

    /// It is not known which derived records lag.
    pub(crate) fn all_lag(&mut self) {
        self.underived.extend(cases_of(SITE_SCOPE));
    }

    /// Opens what is kept, as at a start: trusts it where the note says that it is whole, otherwise
    /// derives all of it anew.
    pub(crate) fn open_cache(&mut self, turn: usize) {
        self.underived.clear();
        let app = self.app_of(turn);
        if kept(app, MADE_FROM).is_ok_and(|made| made == Some(made_from(app))) {
            self.stale = self.stale.take().or(self.lagging(turn));
        } else {
            self.derive(turn, cases_of(SITE_SCOPE));
        }
    }

    /// A case of which something else is kept than follows from its entries now.
    pub(crate) fn lagging(&self, turn: usize) -> Option<String> {
        let app = self.app_of(turn);
        cases_of(SITE_SCOPE).find_map(|case| {
            let (kept, derived) = (kept(app, &key_of(&case)), derived(app, &case));
            let same = kept == derived || derived == Ok(None);
            (!same).then(|| format!("tablet {}, {case}", self.device))
        })
    }
}

fn derive_one(app: &App, case: &CaseId) -> Result<(), TabletError> {
    match derived(app, case)? {
        Some(derived) => put(app, &key_of(case), derived),
        None => Ok(()),
    }
}

/// What follows from the entries of a case: here, which there are, in their order, and whether
/// they count. `None` where none is open.
fn derived(app: &App, case: &CaseId) -> Result<Option<Vec<u8>>, TabletError> {
    let stored = now(app.case_entries(case))?;
    let line = |one: &Stored| format!("{} {:?}\n", one.entry.hash(), one.standing);
    let derived: String = stored.iter().map(line).collect();
    Ok((!derived.is_empty()).then(|| derived.into_bytes()))
}

fn put(app: &App, key: &str, value: Vec<u8>) -> Result<(), TabletError> {
    let record = CacheRecord {
        key: key.to_owned(),
        group: None,
        scope: (key != MADE_FROM).then_some(SITE_SCOPE),
        value,
    };
    now(app.cache_put(vec![record]))
}

fn made_from(app: &App) -> Vec<u8> {
    let cursors = app.cursors().into_iter();
    let of_site = cursors.filter(|cursor| cursor.scope == SITE_SCOPE);
    let begun = of_site.filter(|cursor| cursor.feed > 0);
    let read: String = begun.map(|cursor| cursor.feed.to_string()).collect();
    read.into_bytes()
}

fn kept(app: &App, key: &str) -> Result<Option<Vec<u8>>, TabletError> {
    let found = now(app.cache_range(key, &format!("{key}!"), 1))?;
    Ok(found.into_iter().next().map(|(_, bytes)| bytes))
}
