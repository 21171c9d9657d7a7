//! The summaries that lists show: which of them lag behind the record, and folding those anew.

use std::rc::Rc;
use std::sync::Arc;

use domain::id::CaseId;
use domain::summary::Summary;
use sorted::SortedSet;
use sync::tablet::TabletError;

use super::{App, Core};
use crate::boot;

/// Cases folded anew before the lists are told: each time they look at every case.
pub(crate) const FOLDED_AT_ONCE: usize = 50;

impl App {
    /// Folds cases anew and writes their summaries where the lists look.
    pub(crate) async fn refold(&self, ids: &[CaseId]) -> Result<(), TabletError> {
        let mut outcome = Ok(());
        for some in ids.chunks(FOLDED_AT_ONCE) {
            for id in some {
                outcome = outcome.and(self.refold_one(id).await);
            }
            self.cases.update(|_| ());
        }
        outcome
    }

    /// Cases whose summaries lag.
    pub(crate) fn unfolded(&self) -> SortedSet<CaseId> {
        self.unfolded.get_value()
    }

    /// It is not known which summaries lag.
    pub(crate) fn all_lag(&self) {
        let Some(core) = self.core() else { return };
        core.tablet.caught_up();
        for case in core.tablet.cases() {
            self.lags(&CaseId(case.to_string()));
        }
    }

    /// Notes that a summary lags, before anything is waited for: until it is folded the cache is
    /// not said to be current.
    pub(crate) fn lags(&self, id: &CaseId) {
        self.unfolded.update_value(|cases| {
            cases.insert(id.clone());
        });
    }

    async fn refold_one(&self, id: &CaseId) -> Result<(), TabletError> {
        self.lags(id);
        let Some(core) = self.core() else {
            return Ok(());
        };
        if !self.fold_and_keep(&core, id).await? {
            return Ok(());
        }
        self.unfolded.update_value(|cases| {
            cases.remove(id);
        });
        Ok(())
    }

    /// Answers whether it was done: not where somebody else uses the tablet by then.
    async fn fold_and_keep(&self, core: &Rc<Core>, id: &CaseId) -> Result<bool, TabletError> {
        let open = self.open_case(id).await?;
        if !self.has_core(core) {
            return Ok(false);
        }
        let summary = open.map(|open| Summary::of(&open.case));
        let kept = boot::keep_summary(core, id, summary.as_ref()).await?;
        let summary = summary.filter(|_| kept);
        if !self.has_core(core) {
            return Ok(false);
        }
        self.cases.try_maybe_update(|cases| {
            let cases = Arc::make_mut(cases);
            match summary {
                Some(summary) => drop(cases.insert(id.clone(), Arc::new(summary))),
                None => drop(cases.remove(id)),
            }
            (false, ())
        });
        Ok(true)
    }
}
