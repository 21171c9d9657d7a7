//! What is being typed, kept until it is recorded or given up.

use domain::id::CaseId;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{App, SaveFault};
use crate::convert;

impl App {
    /// Keeps what is being typed about a case, or where it is `None` about none yet, sealed as it
    /// will be recorded. Until it is kept, who typed it is not locked out of this page.
    pub(crate) async fn save_draft<T: Serialize>(
        &self,
        case: Option<&CaseId>,
        key: &str,
        draft: &T,
    ) -> Result<(), SaveFault> {
        let typed_at = self.address.with_untracked(|address| address.path.clone());
        let kept = self.save_note(case, key, draft).await;
        // It stands on the screen where somebody is still there to see it.
        let unkept = (kept.is_err() && self.core().is_some()).then_some(typed_at);
        self.unkept.set_value(unkept);
        kept
    }

    /// Keeps something like [`App::save_draft`] that nobody typed: without it nothing is lost.
    pub(crate) async fn save_note<T: Serialize>(
        &self,
        case: Option<&CaseId>,
        key: &str,
        note: &T,
    ) -> Result<(), SaveFault> {
        let failed = |text: &str| SaveFault::Failed(text.to_owned());
        let core = self.core().ok_or_else(|| failed("not joined"))?;
        let scope = core.scope_of(case).ok_or_else(|| failed("no scope"))?;
        let text = serde_json::to_string(note).map_err(|error| failed(&error.to_string()))?;
        Ok(core.tablet.save_draft(scope, key, text.as_bytes()).await?)
    }

    /// Whether what was typed on this page last is on the tablet, too.
    pub(crate) fn is_kept(&self) -> bool {
        let here = self.address.with_untracked(|address| address.path.clone());
        self.unkept.with_value(|unkept| *unkept != Some(here))
    }

    /// What was being typed; `None` where nothing was.
    ///
    /// # Errors
    /// It cannot be read: whoever types over it now, it is lost.
    pub(crate) async fn draft<T: DeserializeOwned>(
        &self,
        key: &str,
    ) -> Result<Option<T>, SaveFault> {
        let Some(core) = self.core() else {
            return Ok(None);
        };
        let drafts = core.tablet.drafts(key).await?;
        let Some((_, bytes)) = drafts.into_iter().find(|(name, _)| name == key) else {
            return Ok(None);
        };
        let read = convert::from_draft(&bytes);
        let unreadable = || SaveFault::Failed("a draft of another form".to_owned());
        read.map(Some).ok_or_else(unreadable)
    }

    /// Forgets a draft.
    pub(crate) async fn drop_draft(&self, key: &str) -> Result<(), SaveFault> {
        let core = self
            .core()
            .ok_or_else(|| SaveFault::Failed("not joined".to_owned()))?;
        core.tablet.drop_draft(key).await?;
        Ok(())
    }
}
