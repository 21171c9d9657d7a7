//! What the tablet has not sent, as a file that another tablet hands in: when somebody asks for it,
//! and once a day in a folder that was chosen for it. It stays sealed.

use std::cell::Cell;

use js_sys::{Array, Object, Reflect};
use sync::storage::StorageError;
use sync::tablet::{Identity, TabletError};
use sync::wire::PROTO;
use sync::wire::rescue::Rescue;
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

/// Name of the tablet's rescue file: always the same.
fn name_of(identity: &Identity) -> String {
    format!("doorstep-{}-{}.rescue.json", identity.site, identity.code)
}

/// The tablet as it is while nobody has unlocked it: a file may take its time, and what opens the
/// tablet is not held for it.
async fn asleep() -> Result<BrowserTablet, NetFault> {
    let locked = boot::locked().await?.ok_or(NetFault::Offline)?;
    Ok(locked.asleep(boot::random as fn(&mut [u8])).await?)
}

/// Everything that is unsent as the text of a file, piece by piece: there may be more photos than
/// fit into memory. Answers how many entries and photos it holds.
///
/// # Errors
/// Where storage fails, or what `put` says.
async fn write(
    tablet: &BrowserTablet,
    mut put: impl AsyncFnMut(&str) -> Result<(), NetFault>,
) -> Result<usize, NetFault> {
    let entries = tablet.unsent_sealed().await?;
    let photos = tablet.unsent_attachments();
    let count = entries.len() + photos.len();
    let identity = tablet.identity().clone();
    let rescue = Rescue {
        proto: PROTO,
        rescued: identity.device,
        code: identity.code,
        saved_ms: platform::wall_ms(),
        entries,
        attachments: Vec::new(),
    };
    let head = serde_json::to_string(&rescue).map_err(|_| NetFault::Garbled)?;
    // Its last field is left out where it is empty.
    put(head.strip_suffix('}').unwrap_or_default()).await?;
    let mut before = ",\"attachments\":[";
    for of in photos {
        if let Some(photo) = tablet.attachment_as_it_lies(&of).await? {
            let photo = serde_json::to_string(&photo).map_err(|_| NetFault::Garbled)?;
            put(before).await?;
            put(&photo).await?;
            before = ",";
        }
    }
    put(if before == "," { "]}" } else { "}" }).await?;
    Ok(count)
}

/// Saves what is unsent as a download; answers how many entries and photos it holds.
///
/// # Errors
/// Where storage fails, or the browser refuses.
pub(crate) async fn offer() -> Result<usize, NetFault> {
    let tablet = asleep().await?;
    let parts = Array::new();
    let put = async |text: &str| {
        parts.push(&JsValue::from_str(text));
        Ok(())
    };
    let count = write(&tablet, put).await?;
    if count > 0 {
        platform::offer_file(&name_of(&tablet.identity()), &parts).map_err(refused)?;
    }
    Ok(count)
}

/// Whether anything is unsent.
fn waits(app: App) -> bool {
    untrack(|| app.meeting.with(|meeting| meeting.waiting())) > 0
}

fn refused(why: JsValue) -> NetFault {
    TabletError::from(StorageError::Other(platform::words_of(&why))).into()
}

/// The folder in which a rescue file is written once a day.
#[derive(Clone)]
pub(crate) struct Daily {
    /// The folder.
    pub(crate) folder: Folder,
    /// When it was chosen, by the wall clock, milliseconds of UTC.
    pub(crate) chosen_ms: i64,
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
        let at = |name: &str| get(name)?.as_string()?.parse().ok();
        let folder = get("folder").filter(|folder| !folder.is_undefined());
        Ok(folder.map(|folder| Self {
            folder: folder.unchecked_into(),
            chosen_ms: at("chosen").unwrap_or_default(),
            saved_ms: at("saved"),
        }))
    }

    /// Has a file written in a folder once a day from now on.
    ///
    /// # Errors
    /// Where storage fails.
    pub(crate) async fn keep(&self) -> Result<(), StorageError> {
        let record = Object::new();
        let text = |at: i64| JsValue::from_str(&at.to_string());
        let (chosen, saved) = (text(self.chosen_ms), self.saved_ms.map(text));
        let fields = [
            ("folder", Some(self.folder.as_ref())),
            ("chosen", Some(&chosen)),
            ("saved", saved.as_ref()),
        ];
        for (name, value) in fields {
            // A new object takes any field.
            drop(value.map(|value| Reflect::set(&record, &name.into(), value)));
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
    pub(crate) async fn save(&self, app: App) -> Result<(), NetFault> {
        if !waits(app) {
            return Ok(());
        }
        let tablet = asleep().await?;
        let name = name_of(&tablet.identity());
        let open = self.folder.begin(&name).await.map_err(refused)?;
        let put = async |text: &str| open.put(text).await.map_err(refused);
        write(&tablet, put).await?;
        open.end().await.map_err(refused)?;
        // Unless somebody has chosen another folder meanwhile, or none.
        let kept = Self::kept().await.map_err(TabletError::from)?;
        if kept.is_some_and(|kept| kept.chosen_ms == self.chosen_ms) {
            let saved = Self {
                saved_ms: Some(platform::wall_ms()),
                ..self.clone()
            };
            saved.keep().await.map_err(TabletError::from)?;
        }
        Ok(())
    }
}

/// Writes the day's file where one is due. What comes to nothing is tried again; the page of the
/// tablet tells of when the last one is.
pub(crate) async fn daily(app: App) {
    let now = platform::monotonic_ms();
    if !waits(app) || !platform::has_turn() || now < NEXT_LOOK_MS.get() {
        return;
    }
    NEXT_LOOK_MS.set(now.saturating_add(LOOK_MS));
    let Ok(Some(daily)) = Daily::kept().await else {
        return;
    };
    // However the wall clock was moved in between.
    let old = |at: i64| platform::wall_ms().saturating_sub(at).saturating_abs() >= DAY_MS;
    if daily.saved_ms.is_none_or(old) && daily.folder.is_open().await {
        drop(daily.save(app).await);
    }
}
