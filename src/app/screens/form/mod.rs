//! 《住戶投訴處置表》 (P-11.2) of one case, on A4. The layout is ours: the clauses name the columns.
//!
//! * `sheet` what stands in the cells, as words · `pages` what does not fit, page by page
//! * `cells` the cells as they are drawn

mod cells;
mod pages;
mod sheet;

pub(crate) use sheet::unsigned;
use view::prelude::*;
use view::{IntoView, View, component, view};

use crate::i18n::{t, t_string, use_i18n};
use crate::platform;
use crate::routes;
use crate::shell::Bar;
use crate::state::{App, OpenCase};
use crate::ui::{Icon, IconView};

/// The form of one case, and the button that prints it.
#[component]
pub(crate) fn FormPage() -> impl IntoView {
    let i18n = use_i18n();
    let app = App::here();
    let here = app.case_here();
    let back = routes::case(&here);
    let open = RwSignal::new(None::<Option<OpenCase>>);
    Effect::new(move |_| {
        let id = here.clone();
        // A new act of this case, here or from elsewhere, is printed too.
        app.cases.track();
        leptos::task::spawn_local(async move {
            let found = app.open_case(&id).await.ok().flatten();
            let _gone = open.try_set(Some(found));
        });
    });
    let number = move || {
        let number = open.with(|o| o.as_ref()?.as_ref().map(|o| o.case.number.clone()));
        number.unwrap_or_default()
    };
    view! {
        <Bar
            title=Signal::derive(move || t_string!(i18n, print.bar, number = number()))
            back
        />
        <main class="paper" id="main">
            <button
                class="btn pri no-print"
                data-testid="print"
                on:click=move |_| platform::print()
            >
                <IconView icon=Icon::Print />
                {t!(i18n, print.print)}
            </button>
            {move || match open.get() {
                None => View::default(),
                Some(None) => view! { <p>{t!(i18n, print.absent)}</p> },
                Some(Some(open)) => cells::form(i18n, app, &open.case),
            }}
        </main>
    }
}
