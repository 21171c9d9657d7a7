//! 救援檔: what this tablet has not sent, saved in a file, and one of another tablet handed in. It
//! stays sealed: who carries it reads nothing of it.

use domain::time::Instant;
use sync::storage::StorageError;
use sync::tablet::TabletError;
use sync::wire::PROTO;
use sync::wire::rescue::{RESCUE_PATH, Rescue, RescueReply, RescueRequest};
use view::prelude::*;
use view::{IntoView, component, view};

use crate::folder::{self, Folder};
use crate::i18n::{t, t_string, use_i18n};
use crate::meeting::Meeting;
use crate::net::{self, NetFault};
use crate::rescue::{self, Daily};
use crate::state::App;
use crate::ui::{Banner, Icon, IconView, Tone};
use crate::words::{self, I18n};
use crate::{photos, platform};

/// The field that takes the file.
const FIELD: &str = "rescue-file";

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

impl From<StorageError> for Why {
    fn from(error: StorageError) -> Self {
        Self::Net(TabletError::from(error).into())
    }
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
            {folder::can_be_chosen().then(|| view! { <EveryDay /> })}
        </section>
    }
}

/// The folder in which a file is saved by itself.
#[component]
fn EveryDay() -> impl IntoView {
    let i18n = use_i18n();
    let app = App::here();
    let said = Said::new(None);
    // The folder, and whether it may be written to without asking.
    let daily = RwSignal::new(None::<(Daily, bool)>);
    let look = move || async move {
        if let Ok(Some(kept)) = Daily::kept().await {
            let open = kept.folder.is_open().await;
            daily.try_set(Some((kept, open)));
        } else {
            daily.try_set(None);
        }
    };
    let tell = move |outcome: Result<(), Why>| async move {
        said.try_set(outcome.err().map(|why| failed(i18n, &why)));
        look().await;
    };
    leptos::task::spawn_local(look());
    let choose = move |_| {
        leptos::task::spawn_local(async move {
            match Folder::choose().await {
                Ok(folder) => tell(begin(app, folder).await).await,
                // Nobody chose one: everything stays as it was.
                Err(why) if folder::was_cancelled(&why) => {}
                Err(why) => tell(Err(Why::Browser(platform::words_of(&why)))).await,
            }
        });
    };
    let ask = move |_| {
        leptos::task::spawn_local(async move {
            if let Some((kept, _)) = daily.get_untracked()
                && kept.folder.ask().await
            {
                tell(kept.save(app).await.map_err(Why::from)).await;
            }
        });
    };
    let stop = move |_| {
        leptos::task::spawn_local(async move {
            tell(Daily::stop().await.map_err(Why::from)).await;
        });
    };
    let choose_it = move || {
        view! {
            <p class="sm muted">{t!(i18n, device.rescue_daily_text)}</p>
            <button type="button" class="btn" data-testid="rescue-daily" on:click=choose>
                {t!(i18n, device.rescue_daily)}
            </button>
        }
    };
    let chosen = move |kept: Daily, open: bool| {
        let at = match kept.saved_ms {
            Some(at) => words::full(&untrack(|| app.zone()), Instant(at)),
            None => t_string!(i18n, device.rescue_daily_none).to_owned(),
        };
        let name = kept.folder.name();
        view! {
            <p class="sm" data-testid="rescue-daily-at">
                {t_string!(i18n, device.rescue_daily_at, folder = name, at = at)}
            </p>
            {(!open)
                .then(|| {
                    view! {
                        <Banner
                            tone=Tone::Warn
                            icon=Icon::Warn
                            what=t_string!(i18n, device.rescue_daily_asks)
                        />
                        <button type="button" class="btn" on:click=ask>
                            {t!(i18n, device.rescue_daily_allow)}
                        </button>
                    }
                })}
            <button type="button" class="btn ghost" on:click=stop>
                {t!(i18n, device.rescue_daily_stop)}
            </button>
        }
    };
    view! {
        {move || match daily.get() {
            Some((kept, open)) => chosen(kept, open),
            None => choose_it(),
        }}
        <Outcome said />
    }
}

/// Has a file saved in a folder once a day, the first now.
async fn begin(app: App, folder: Folder) -> Result<(), Why> {
    let daily = Daily {
        folder,
        chosen_ms: platform::wall_ms(),
        saved_ms: None,
    };
    daily.keep().await?;
    Ok(daily.save(app).await?)
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
            let outcome = rescue::offer().await.map_err(Why::from);
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

/// Hands a file in; answers whose it is, how many were not taken, and how many there are.
async fn hand_in(app: App, bytes: &[u8]) -> Result<(String, usize, usize), Why> {
    let core = app.core().ok_or(NetFault::Offline)?;
    let text = core::str::from_utf8(bytes).map_err(|_| Why::NotOne)?;
    let rescue: Rescue = json::read(text).map_err(|_| Why::NotOne)?;
    let mut refused = 0;
    for part in rescue.parts() {
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
