//! What only this tablet holds, in the order in which it goes out.

use domain::id::CaseId;
use domain::time::Instant;
use view::prelude::*;
use view::{IntoView, View, component, view};

use crate::i18n::{t, t_string, use_i18n};
use crate::meeting::Meeting;
use crate::router::A;
use crate::routes;
use crate::state::App;
use crate::ui::Icon;
use crate::words::{self, I18n};

/// No more rows than these are listed; the count says how many there are.
const LISTED_MAX: usize = 50;

/// An act that has not been acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Item {
    case: Option<CaseId>,
    kind: String,
    at: Instant,
}

/// 待同步
#[component]
pub(super) fn Waiting() -> impl IntoView {
    let i18n = use_i18n();
    let app = App::here();
    let items = RwSignal::new(Vec::<Item>::new());
    Effect::new(move |_| {
        app.meeting.with(|m| m.unsent);
        leptos::task::spawn_local(async move {
            let read = read(app).await;
            let _gone = items.try_set(read);
        });
    });
    let count = Memo::new(move |_| app.meeting.with(|m| m.unsent));
    let photos = Memo::new(move |_| app.meeting.with(|m| m.photos));
    view! {
        <section class="card">
            <header>
                <h2 class="grow h3">{t!(i18n, device.waiting)}</h2>
                <span class="tag" data-testid="unsent">
                    {move || app.meeting.with(|m| words::waiting(i18n, m))}
                </span>
            </header>
            <ul>
                {move || {
                    items.with(|items| {
                        items.iter().map(|item| one(i18n, app, item)).collect::<Vec<_>>()
                    })
                }}
            </ul>
            {move || {
                (photos.get() > 0)
                    .then(|| {
                        let what = t_string!(i18n, common.n_photos, n = photos.get());
                        let end = t_string!(i18n, device.waiting_photos);
                        super::row(("n", Icon::Camera), what, end.to_owned(), ())
                    })
            }}
            {move || {
                (count.get() == 0 && photos.get() == 0)
                    .then(|| {
                        view! { <p class="qrow muted">{t!(i18n, device.waiting_none)}</p> }
                    })
            }}
            {move || {
                let listed = items.with(Vec::len);
                (u64::try_from(listed).is_ok_and(|listed| listed < count.get()) && listed > 0)
                    .then(|| {
                        view! {
                            <p class="qrow sm muted">
                                {t_string!(i18n, device.waiting_more, n = listed)}
                            </p>
                        }
                    })
            }}
        </section>
    }
}

async fn read(app: App) -> Vec<Item> {
    let Some(core) = app.core() else {
        return Vec::new();
    };
    // What cannot be read is counted all the same: the count does not come from here.
    let entries = core.tablet.waiting(LISTED_MAX).await.unwrap_or_default();
    let items = entries.iter().filter(|entry| entry.header().case.is_some());
    let items = items.map(|entry| Item {
        case: entry.header().case.map(|id| CaseId(id.to_string())),
        kind: entry.kind().to_owned(),
        at: Instant(entry.header().interval(None).best_ms),
    });
    items.collect()
}

fn one(i18n: I18n, app: App, item: &Item) -> View {
    let summary = item.case.as_ref().and_then(|id| app.summary(id));
    let what = words::act_words(i18n, &item.kind).to_owned();
    let (zone, now) = (app.zone(), app.now.get());
    let mut about: Vec<String> = Vec::new();
    if let Some(summary) = &summary {
        about.push(words::short_number(&summary.number).to_owned());
        about.push(summary.matter.clone());
    }
    about.push(words::when(i18n, &zone, item.at, now));
    let state = move || {
        if app.meeting.with(Meeting::is_online) {
            t_string!(i18n, device.waiting_now)
        } else {
            t_string!(i18n, device.waiting_net)
        }
    };
    let icon = match item.kind.as_str() {
        "revisited" | "measures_returned" => Icon::Pen,
        "contacted" => Icon::Phone,
        _ => Icon::File,
    };
    let link = item.case.as_ref().map(|id| {
        let label = t_string!(i18n, device.open_case);
        view! {
            <A href=routes::case(id) attr:class="btn ghost">
                {label}
            </A>
        }
    });
    let end = view! {
        <span class="sm nw">{state}</span>
        {link}
    };
    super::row(("n", icon), what, about.join(" · "), end)
}
