//! 意見: the cases that wait for the manager's opinion, one after another.

use std::sync::Arc;

use domain::id::CaseId;
use domain::summary::Summary;
use view::prelude::*;
use view::{IntoView, component, view};

use super::list::{CaseRow, Row};
use crate::i18n::{t_string, use_i18n};
use crate::shell::Bar;
use crate::state::App;
use crate::ui::{Empty, Icon, LongList};

/// P-5.3.6 whether a case waits for the manager's opinion.
fn waits(summary: &Summary) -> bool {
    summary.owed.iter().any(|owed| owed.act == "opinion")
}

/// How many cases wait for it.
pub(crate) fn waiting(app: App) -> usize {
    app.cases
        .with(|cases| cases.values().filter(|summary| waits(summary)).count())
}

/// Cases that wait for it, by number.
pub(super) fn pile(app: App) -> Vec<(CaseId, Arc<Summary>)> {
    app.cases.with(|cases| {
        let waiting = cases.iter().filter(|(_, summary)| waits(summary));
        let mut pile: Vec<_> = waiting.map(|(id, s)| (id.clone(), Arc::clone(s))).collect();
        sorted::sort_by(&mut pile, |a, b| a.1.number.cmp(&b.1.number));
        pile
    })
}

/// The pile; a press takes it up at that case.
#[component]
pub(crate) fn OpinionsPage() -> impl IntoView {
    let i18n = use_i18n();
    let app = App::here();
    let rows = Memo::new(move |_| {
        let pile = pile(app).into_iter();
        pile.map(|(id, summary)| Row::of(id, summary))
            .collect::<Vec<_>>()
    });
    let title = Signal::derive(move || t_string!(i18n, common.nav_opinions).to_owned());
    view! {
        <Bar
            title
            sub=Signal::derive(move || {
                Some(t_string!(i18n, case.count, n = rows.with(Vec::len)))
            })
        />
        <main class="page cases" id="main" data-testid="opinions">
            {move || {
                if rows.with(Vec::is_empty) {
                    let none = t_string!(i18n, case.no_opinions);
                    view! { <Empty icon=Icon::Pen title=none /> }
                } else {
                    view! {
                        <LongList
                            items=rows
                            key=|row: &Row| row.id.clone()
                            row=|row| view! { <CaseRow row sheet="?act=opinion" /> }
                            label=title
                        />
                    }
                }
            }}
        </main>
    }
}
