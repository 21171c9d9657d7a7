//! What the tablet has not sent, as a file that another tablet hands in: when somebody asks for it,
//! and once a day in a folder that was chosen for it. It stays sealed.

use std::cell::Cell;

use js_sys::{Object, Reflect};
use sync::storage::StorageError;
use sync::tablet::{Identity, TabletError};
use sync::wire::rescue::Rescue;
use sync::wire::{PROTO, Sealed};
use view::prelude::*;
use wasm_bindgen::{JsCast, JsValue};

use crate::folder::Folder;
use crate::net::NetFault;
use crate::state::{App, BrowserTablet};
use crate::{boot, platform};

/// How old a file in the folder may be before it is written anew, milliseconds.
const DAY_MS: i64 = 86_400_000;
/// How often it is looked whether one is due, milliseconds.
const LOOK_MS: u64 = 10 * 60_000;
/// Name of the folder among what the browser keeps.
const FOLDER: &str = "rescue-folder";

thread_local! {
    static NEXT_LOOK_MS: Cell<u64> = const { Cell::new(0) };
}

/// A rescue file.
pub(crate) struct Made {
    /// Name of the file: always the same on one tablet.
    pub(crate) name: String,
    /// What is in it.
    pub(crate) text: String,
    /// How many entries and photos that are.
    pub(crate) count: usize,
}

/// Everything that is unsent as a file, whether or not somebody has unlocked the tablet: nothing is
/// written on it for that.
///
/// # Errors
/// Where storage fails.
pub(crate) async fn make(app: App) -> Result<Made, NetFault> {
    let (entries, attachments, identity) = match app.core() {
        Some(core) => unsent(&core.tablet).await?,
        None => {
            let locked = boot::locked().await?.ok_or(NetFault::Offline)?;
            unsent(&locked.asleep(boot::random as fn(&mut [u8])).await?).await?
        }
    };
    let count = entries.len() + attachments.len();
    let name = format!("doorstep-{}-{}.rescue.json", identity.site, identity.code);
    let rescue = Rescue {
        proto: PROTO,
        rescued: identity.device,
        code: identity.code,
        saved_ms: platform::wall_ms(),
        entries,
        attachments,
    };
    let text = serde_json::to_string(&rescue).map_err(|_| NetFault::Garbled)?;
    Ok(Made { name, text, count })
}

/// Entries and photos that are unsent, and whose they are.
async fn unsent(
    tablet: &BrowserTablet,
) -> Result<(Vec<Sealed>, Vec<Sealed>, Identity), TabletError> {
    let entries = tablet.unsent_sealed().await?;
    let photos = tablet.unsent_attachments().await?;
    Ok((entries, photos, tablet.identity().clone()))
}

/// The folder in which a rescue file is written once a day.
#[derive(Clone)]
pub(crate) struct Daily {
    /// The folder.
    pub(crate) folder: Folder,
    /// Wall time of the file in it, milliseconds of UTC; `None` before the first.
    pub(crate) saved_ms: Option<i64>,
}

impl Daily {
    /// The folder that was chosen; `None` where none was.
    ///
    /// # Errors
    /// Where storage fails.
    pub(crate) async fn kept() -> Result<Option<Self>, StorageError> {
        let kept = boot::storage().await?.kept(FOLDER).await?;
        let get = |name: &str| Reflect::get(kept.as_ref()?, &name.into()).ok();
        let folder = get("folder").filter(|folder| !folder.is_undefined());
        Ok(folder.map(|folder| Self {
            folder: folder.unchecked_into(),
            saved_ms: get("saved").and_then(|at| at.as_string()?.parse().ok()),
        }))
    }

    /// Has a file written in a folder once a day from now on.
    ///
    /// # Errors
    /// Where storage fails.
    pub(crate) async fn keep(&self) -> Result<(), StorageError> {
        let record = Object::new();
        let text = |at: i64| JsValue::from_str(&at.to_string());
        let saved = self.saved_ms.map_or(JsValue::UNDEFINED, text);
        for (name, value) in [("folder", self.folder.as_ref()), ("saved", &saved)] {
            // A new object takes any field.
            drop(Reflect::set(&record, &name.into(), value));
        }
        boot::storage().await?.keep(FOLDER, Some(&record)).await
    }

    /// No more.
    ///
    /// # Errors
    /// Where storage fails.
    pub(crate) async fn stop() -> Result<(), StorageError> {
        boot::storage().await?.keep(FOLDER, None).await
    }

    /// Writes the file now, where anything is unsent.
    ///
    /// # Errors
    /// The browser refuses, there is no room, or storage fails. The last file is there still.
    pub(crate) async fn save(&mut self, app: App) -> Result<(), NetFault> {
        let made = make(app).await?;
        if made.count == 0 {
            return Ok(());
        }
        let written = self.folder.write(&made.name, &made.text).await;
        written.map_err(|why| TabletError::from(StorageError::Other(platform::words_of(&why))))?;
        self.saved_ms = Some(platform::wall_ms());
        self.keep().await.map_err(TabletError::from)?;
        Ok(())
    }
}

/// Writes the day's file where one is due. What comes to nothing is tried again; the page of the
/// tablet tells of when the last one is.
pub(crate) async fn daily(app: App) {
    let now = platform::monotonic_ms();
    let waits = untrack(|| app.meeting.with(|meeting| meeting.waiting())) > 0;
    if !waits || now < NEXT_LOOK_MS.get() {
        return;
    }
    NEXT_LOOK_MS.set(now.saturating_add(LOOK_MS));
    let Ok(Some(mut daily)) = Daily::kept().await else {
        return;
    };
    // However the wall clock was moved in between.
    let old = |at: i64| platform::wall_ms().saturating_sub(at).saturating_abs() >= DAY_MS;
    if daily.saved_ms.is_none_or(old) && daily.folder.is_open().await {
        drop(daily.save(app).await);
    }
}
