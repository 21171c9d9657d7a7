//! What a tablet derives from its entries and keeps, so that a start need not read them: one record
//! for each case of the site, and a note that they are whole. Kept as the app keeps its summaries.

use record::CaseId;
use sync::tablet::{CacheRecord, Stored, TabletError};

use crate::desk::{App, Desk, LOCKED, now};
use crate::endpoint::SITE_SCOPE;
use crate::world::cases_of;

/// The note: from what the rest was derived.
const MADE_FROM: &str = "made-from";

/// Key of what is derived from a case.
fn key_of(case: &CaseId) -> String {
    format!("derived/{case}")
}

impl Desk {
    /// Derives anew what is kept of cases, and of those where that failed before, in the app of
    /// one person. A failure is made good the next time.
    pub(crate) fn derive(&mut self, turn: usize, cases: impl IntoIterator<Item = CaseId>) {
        let lag = cases.into_iter().map(|case| (turn, case));
        self.underived.extend(lag);
        if turn == LOCKED {
            return;
        }
        let app = self.app_of(turn);
        let of_site = |case: &CaseId| cases_of(SITE_SCOPE).any(|of_site| of_site == *case);
        let lagging = self.underived.iter().filter(|(of, _)| *of == turn);
        let mut lagging = lagging.map(|(_, case)| case).filter(|case| of_site(case));
        if lagging.all(|case| derive_one(app, case).is_ok()) {
            if let Some(made) = made_from(app) {
                // If that fails it is noted the next time.
                drop(put(app, MADE_FROM, made));
            }
            self.underived.retain(|(of, _)| *of != turn);
        }
    }

    /// It is not known which derived records lag.
    pub(crate) fn all_lag(&mut self, turn: usize) {
        self.app_of(turn).caught_up();
        let lag = cases_of(SITE_SCOPE).map(|case| (turn, case));
        self.underived.extend(lag);
    }

    /// Opens what is kept, as when somebody unlocks the tablet: trusts it where the note says that
    /// it is whole, otherwise derives all of it anew.
    pub(crate) fn open_cache(&mut self, turn: usize) {
        self.underived.retain(|(of, _)| *of != turn);
        let app = self.app_of(turn);
        app.caught_up();
        let made = kept(app, MADE_FROM).ok().flatten();
        if made.is_some() && made == made_from(app) {
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
            (!same).then(|| {
                let text = |bytes: &Result<Option<Vec<u8>>, TabletError>| match bytes {
                    Ok(Some(bytes)) => String::from_utf8_lossy(bytes).into_owned(),
                    other => format!("{other:?}"),
                };
                let (kept, derived) = (text(&kept), text(&derived));
                let (device, of) = (self.device, turn);
                format!("tablet {device}, {case}, person {of}: {kept:?} in place of {derived:?}")
            })
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

fn made_from(app: &App) -> Option<Vec<u8>> {
    let open = app.open_scopes();
    Some(format!("{} of {open:?}", app.changes()?).into_bytes())
}

fn kept(app: &App, key: &str) -> Result<Option<Vec<u8>>, TabletError> {
    let found = now(app.cache_range(key, &format!("{key}!"), 1))?;
    Ok(found.into_iter().next().map(|(_, bytes)| bytes))
}
