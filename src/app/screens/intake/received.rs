//! The receipt time, corrected by hand with a reason; never later than now.

use domain::calendar;
use domain::time::Instant;
use view::prelude::*;
use view::{View, view};

use super::draft::Text;
use super::form::Form;
use super::parts::{Look, words_field};
use crate::i18n::{t, t_string};
use crate::ui::{Field, FieldKind, Sheet};
use crate::words::{self, I18n};

/// Asks for the time and the reason.
pub(super) fn received_sheet(form: Form, i18n: I18n, open: RwSignal<bool>) -> View {
    view! {
        <Sheet
            id="intake-received"
            open
            title=t_string!(i18n, intake.correct_received)
            close_label=t_string!(i18n, common.close)
        >
            {received_fields(form, i18n, open)}
        </Sheet>
    }
}

fn received_fields(form: Form, i18n: I18n, open: RwSignal<bool>) -> View {
    let zone = form.app.zone();
    let received = form.draft.with_untracked(|d| d.received());
    let begun = form.draft.with_untracked(|d| d.begun);
    let shown = |at: Option<Instant>| {
        at.map(|at| calendar::to_field(&zone, at))
            .unwrap_or_default()
    };
    let value = RwSignal::new(shown(received));
    let error = RwSignal::new(None::<String>);
    let first = t_string!(
        i18n,
        intake.received_first,
        time = begun
            .map(|at| words::when(i18n, &zone, at, form.app.instant()))
            .unwrap_or_default()
    );
    let before = shown(received);
    let notice = {
        let zone = zone.clone();
        move || {
            let at = value.with(|text| calendar::from_field(&zone, text))?;
            words::long_ago(i18n, &zone, at, form.app.now.get())
        }
    };
    let take = move |_| {
        let zone = form.app.zone();
        if value.with_untracked(|text| *text == before) {
            open.set(false);
            return;
        }
        match calendar::from_field(&zone, &value.get_untracked()) {
            None => error.set(Some(t_string!(i18n, intake.received_unread).to_owned())),
            Some(at) if at > form.app.instant() => {
                error.set(Some(t_string!(i18n, intake.received_future).to_owned()));
            }
            Some(at) => {
                error.set(None);
                form.edit(|d| d.received = Some(at));
                form.keep();
                open.set(false);
            }
        }
    };
    view! {
        <p class="muted">{first}</p>
        <Field
            id="intake-received-at"
            label=t_string!(i18n, intake.received).to_owned()
            value
            kind=FieldKind::DateTime
            error
            notice=Signal::derive(notice)
            hint=t_string!(i18n, intake.received_hint).to_owned()
        />
        {words_field(
            form,
            i18n,
            "intake-received-reason",
            t_string!(i18n, intake.received_reason),
            Text::ReceivedReason,
            Look::low_area(),
        )}
        <div class="sheet-foot">
            <button
                type="button"
                class="btn pri big"
                data-testid="received-do"
                on:click=take
            >
                {t!(i18n, intake.received_do)}
            </button>
        </div>
    }
}
