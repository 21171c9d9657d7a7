//! What was not taken, what failed a check, what contradicts: kept, said in words, for a person.

use domain::id::CaseId;
use sync::tablet::{AsideReason, RefusedNote, Status};
use sync::wire::RefuseReason;
use view::{IntoView, View, component, view};

use super::{row, status};
use crate::i18n::{t, t_string, use_i18n};
use crate::router::A;
use crate::routes;
use crate::state::App;
use crate::ui::{Icon, IconSize, IconView};
use crate::words::{self, I18n};

/// 需要您看; absent where there is nothing.
#[component]
pub(super) fn Trouble() -> impl IntoView {
    let i18n = use_i18n();
    let app = App::here();
    move || {
        let rows = rows(i18n, app);
        let count = rows.len();
        (count > 0).then(|| {
            view! {
                <section class="card" data-testid="trouble">
                    <header>
                        <h2 class="grow h3">{t!(i18n, device.look)}</h2>
                        <span class="tag bad">
                            <IconView icon=Icon::ClockOver size=IconSize::Small />
                            {t_string!(i18n, device.waiting_n, n = count)}
                        </span>
                    </header>
                    <ul>{rows}</ul>
                </section>
            }
        })
    }
}

fn rows(i18n: I18n, app: App) -> Vec<View> {
    let mut rows = Vec::new();
    if let Some(status) = status(app) {
        let refused = status.refused.iter();
        rows.extend(refused.map(|note| refused_row(i18n, app, note)));
        rows.extend(own_rows(i18n, &status));
    }
    let contested = app.cases.with(|cases| {
        let contested = cases.iter().filter(|(_, summary)| summary.contested);
        let named = contested.map(|(id, summary)| (id.clone(), summary.number.clone()));
        named.collect::<Vec<_>>()
    });
    for (id, number) in contested {
        let what = t_string!(
            i18n,
            device.contested,
            number = words::short_number(&number).to_owned()
        );
        let about = t_string!(i18n, device.contested_text).to_owned();
        let label = t_string!(i18n, device.contested_do);
        rows.push(row(("n wt", Icon::Swap), what, about, link(&id, label)));
    }
    rows
}

fn link(id: &CaseId, label: &'static str) -> View {
    view! {
        <A href=routes::case(id) attr:class="btn">
            {label}
        </A>
    }
}

fn refused_row(i18n: I18n, app: App, note: &RefusedNote) -> View {
    let id = note.case.map(|id| CaseId(id.to_string()));
    let summary = id.as_ref().and_then(|id| app.summary(id));
    let number = summary.map(|s| words::short_number(&s.number).to_owned());
    let what = t_string!(i18n, device.refused, what = number.unwrap_or_default());
    let why = match &note.reason {
        RefuseReason::Malformed => t_string!(i18n, device.refused_malformed).to_owned(),
        RefuseReason::UnknownDevice => t_string!(i18n, device.refused_unknown_device).to_owned(),
        RefuseReason::UnknownKey => t_string!(i18n, device.refused_unknown_key).to_owned(),
        RefuseReason::BadSignature => t_string!(i18n, device.refused_bad_signature).to_owned(),
        RefuseReason::UnknownScope => t_string!(i18n, device.refused_unknown_scope).to_owned(),
        RefuseReason::StreamMismatch => t_string!(i18n, device.refused_stream_mismatch).to_owned(),
        RefuseReason::Unknown(code) => {
            t_string!(i18n, device.refused_other, code = code.clone())
        }
    };
    let about = format!("{}{why}", t_string!(i18n, device.refused_kept));
    let end = id.map(|id| link(&id, t_string!(i18n, device.open_case)));
    row(("n bad", Icon::ClockOver), what, about, end)
}

fn own_rows(i18n: I18n, status: &Status) -> Vec<View> {
    let bad = ("n bad", Icon::Warn);
    let mut rows = Vec::new();
    for note in &status.aside {
        let why = match note.reason {
            AsideReason::UnknownDevice => t_string!(i18n, device.aside_unknown_device),
            AsideReason::UnknownKey => t_string!(i18n, device.aside_unknown_key),
            AsideReason::Malformed | AsideReason::BadSignature | AsideReason::StreamMismatch => {
                t_string!(i18n, device.aside_bad)
            }
        };
        let about = format!("{}{why}", t_string!(i18n, device.aside_kept));
        let what = t_string!(i18n, device.aside).to_owned();
        rows.push(row(bad, what, about, ()));
    }
    if status.orphans > 0 {
        let what = t_string!(i18n, device.orphans, n = status.orphans);
        let about = t_string!(i18n, device.orphans_text).to_owned();
        rows.push(row(bad, what, about, ()));
    }
    if !status.differing.is_empty() {
        let what = t_string!(i18n, device.differing).to_owned();
        let about = t_string!(i18n, device.differing_text).to_owned();
        rows.push(row(bad, what, about, ()));
    }
    rows
}
