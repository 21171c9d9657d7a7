//! 救援檔: what this tablet has not sent, saved in a file, and one of another tablet handed in. It
//! stays sealed: who carries it reads nothing of it.

use sync::tablet::Identity;
use sync::wire::rescue::{RESCUE_PATH, Rescue, RescueReply, RescueRequest};
use sync::wire::{ENTRIES_MAX, PROTO, Sealed};
use view::prelude::*;
use view::{IntoView, component, view};

use crate::i18n::{t, t_string, use_i18n};
use crate::meeting::Meeting;
use crate::net::{self, NetFault};
use crate::state::{App, BrowserTablet};
use crate::ui::{Banner, Icon, IconView, Tone};
use crate::words::I18n;
use crate::{boot, photos, platform};

/// The field that takes the file.
const FIELD: &str = "rescue-file";

/// Entries of one request: each is a few kilobytes, and a request takes half a megabyte.
const HANDED_IN_AT_ONCE: usize = ENTRIES_MAX / 8;

/// Why a rescue file was not made or not taken. Nothing is lost by it: the file stays as it is.
#[derive(Debug, thiserror::Error)]
enum Why {
    #[error("{0}")]
    Browser(String),
    #[error("no rescue file")]
    NotOne,
    #[error(transparent)]
    Net(#[from] NetFault),
}

/// How something went.
type Said = RwSignal<Option<(Tone, String)>>;

#[component]
pub(super) fn RescueFile() -> impl IntoView {
    let i18n = use_i18n();
    let app = App::here();
    let said = Said::new(None);
    let busy = RwSignal::new(false);
    let chosen = move |event| {
        busy.set(true);
        leptos::task::spawn_local(async move {
            let outcome = match platform::chosen_file(event).await {
                Some(Ok(bytes)) => Some(hand_in(app, &bytes).await),
                Some(Err(why)) => Some(Err(Why::Browser(why))),
                None => None,
            };
            busy.try_set(false);
            said.try_set(outcome.map(|outcome| match outcome {
                Ok((code, 0, all)) => {
                    let words = t_string!(i18n, device.rescue_taken, code = code, n = all);
                    (Tone::Ok, words)
                }
                Ok((code, refused, all)) => {
                    let words = t_string!(
                        i18n,
                        device.rescue_part,
                        code = code,
                        n = refused,
                        all = all
                    );
                    (Tone::Warn, words)
                }
                Err(why) => failed(i18n, &why),
            }));
        });
    };
    view! {
        <section class="card pad col" data-testid="rescue">
            <h2 class="h3">{t!(i18n, device.rescue)}</h2>
            <p class="sm muted">{t!(i18n, device.rescue_text)}</p>
            <input type="file" id=FIELD accept=".json" hidden=true on:change=chosen />
            <SaveRescue />
            <button
                type="button"
                class="btn"
                disabled=move || busy.get()
                on:click=move |_| platform::press(FIELD)
            >
                <IconView icon=Icon::Sync />
                {t!(i18n, device.rescue_hand_in)}
            </button>
            <Outcome said />
        </section>
    }
}

/// Saves what is unsent in a file, whether or not somebody has unlocked the tablet: nothing is
/// written on it for that.
#[component]
pub(crate) fn SaveRescue() -> impl IntoView {
    let i18n = use_i18n();
    let app = App::here();
    let said = Said::new(None);
    let unsent = Memo::new(move |_| app.meeting.with(Meeting::waiting));
    let save = move |_| {
        leptos::task::spawn_local(async move {
            let outcome = save(app).await;
            said.try_set(Some(match outcome {
                Ok(n) => (Tone::Ok, t_string!(i18n, device.rescue_saved, n = n)),
                Err(why) => failed(i18n, &why),
            }));
        });
    };
    view! {
        <button
            type="button"
            class="btn"
            data-testid="rescue-save"
            disabled=move || unsent.get() == 0
            on:click=save
        >
            <IconView icon=Icon::Download />
            {move || t_string!(i18n, device.rescue_save, n = unsent.get())}
        </button>
        <Outcome said />
    }
}

#[component]
fn Outcome(said: Said) -> impl IntoView {
    view! {
        <div role="status">
            {move || {
                said.get().map(|(tone, what)| view! { <Banner tone icon=Icon::Info what /> })
            }}
        </div>
    }
}

fn failed(i18n: I18n, why: &Why) -> (Tone, String) {
    let words = match why {
        Why::NotOne => t_string!(i18n, device.rescue_none).to_owned(),
        Why::Net(NetFault::Offline | NetFault::Slow) => {
            t_string!(i18n, device.rescue_offline).to_owned()
        }
        other => t_string!(i18n, device.rescue_failed, why = other.to_string()),
    };
    (Tone::Bad, words)
}

/// Saves everything that is unsent; answers how many entries and photos that are.
async fn save(app: App) -> Result<usize, Why> {
    let (entries, attachments, identity) = match app.core() {
        Some(core) => unsent(&core.tablet).await?,
        None => {
            let locked = boot::locked().await.map_err(NetFault::from)?;
            let locked = locked.ok_or(NetFault::Offline)?;
            let asleep = locked.asleep(boot::random as fn(&mut [u8])).await;
            unsent(&asleep.map_err(NetFault::from)?).await?
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
    let offered = platform::offer_file(&name, &text);
    offered.map_err(|error| Why::Browser(platform::words_of(&error)))?;
    Ok(count)
}

/// Entries and photos that are unsent, and whose they are.
async fn unsent(tablet: &BrowserTablet) -> Result<(Vec<Sealed>, Vec<Sealed>, Identity), Why> {
    let entries = tablet.unsent_sealed().await.map_err(NetFault::from)?;
    let photos = tablet.unsent_attachments().await;
    let photos = photos.map_err(NetFault::from)?;
    Ok((entries, photos, tablet.identity().clone()))
}

/// Hands a file in; answers whose it is, how many were not taken, and how many there are.
async fn hand_in(app: App, bytes: &[u8]) -> Result<(String, usize, usize), Why> {
    let core = app.core().ok_or(NetFault::Offline)?;
    let text = core::str::from_utf8(bytes).map_err(|_| Why::NotOne)?;
    let rescue: Rescue = json::read(text).map_err(|_| Why::NotOne)?;
    let mut refused = 0;
    for part in rescue.entries.chunks(HANDED_IN_AT_ONCE) {
        let request = RescueRequest {
            proto: PROTO,
            device: core.tablet.device(),
            rescued: rescue.rescued,
            entries: part.to_vec(),
        };
        let body = serde_json::to_string(&request).map_err(|_| NetFault::Garbled)?;
        let reply: RescueReply = net::post_signed(&core, RESCUE_PATH, body).await?;
        refused += reply.refused.len();
    }
    for one in &rescue.attachments {
        let taken = photos::hand_in(&core.tablet, rescue.rescued, one).await?;
        refused += usize::from(!taken);
    }
    crate::syncing::soon(app);
    let all = rescue.entries.len() + rescue.attachments.len();
    Ok((rescue.code, refused, all))
}
