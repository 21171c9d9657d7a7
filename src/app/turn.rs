//! One page of the app writes on the tablet: the one that holds the browser's lock, for which the
//! boot script asks. A page that another has taken over from writes nothing more and says so; what
//! is typed in it stays on the screen, and it can take over again.

use view::html;
use view::prelude::*;
use view::{IntoView, component, view};

use crate::i18n::{t, t_string, use_i18n};
use crate::state::{App, Stage};
use crate::ui::{Banner, Icon, Tone};
use crate::{boot, platform, syncing};

/// Follows whose turn it is; answers whether another page's is to be said. The app is started when
/// it is this one's for the first time.
fn follow(app: App) -> RwSignal<bool> {
    let elsewhere = RwSignal::new(false);
    let look = move || {
        elsewhere.set(platform::turn().as_deref() == Some("elsewhere"));
        if platform::has_turn() {
            leptos::task::spawn_local(async move {
                match app.stage.get_untracked() {
                    Stage::Opening => boot::start(app).await,
                    _ => catch_up(app).await,
                }
            });
        }
    };
    look();
    // Lives as long as the page.
    std::mem::forget(window_event_listener_untyped("doorstep-turn", move |_| {
        look()
    }));
    elsewhere
}

/// Reads what another page has written meanwhile.
async fn catch_up(app: App) {
    if let Some(core) = app.core() {
        if core.tablet.reload().await.is_err() {
            // As after any start: what lies on the tablet is opened by a PIN.
            boot::lock(app);
        }
        // What is open may be more, or less.
        if boot::show(app).await.is_err() {
            app.all_lag();
        }
    }
    syncing::soon(app);
}

/// Says that another page of the app is used, over everything else.
#[component]
pub(crate) fn Elsewhere() -> impl IntoView {
    let i18n = use_i18n();
    let elsewhere = follow(App::here());
    let node = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        let wanted = elsewhere.get();
        let Some(dialog) = node.get() else { return };
        if wanted && !dialog.open() {
            // Refused only while the dialog is not in the page.
            drop(dialog.show_modal());
        } else if !wanted && dialog.open() {
            dialog.close();
        }
    });
    view! {
        <dialog
            class="sheet"
            data-testid="elsewhere"
            node_ref=node
            // ESC closes what is said and changes nothing of it.
            on:close=move |_| elsewhere.update(|_| ())
        >
            <Banner
                tone=Tone::Warn
                icon=Icon::Tablet
                alert=true
                what=t_string!(i18n, common.elsewhere)
                kept=t_string!(i18n, common.elsewhere_kept)
            >
                <button type="button" class="btn pri" on:click=move |_| platform::take_turn()>
                    {t!(i18n, common.elsewhere_do)}
                </button>
            </Banner>
        </dialog>
    }
}
