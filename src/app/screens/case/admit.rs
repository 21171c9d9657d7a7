//! 決定算數: an act that was set aside counts from now on, by a person's act with its reason. Both
//! stay.

use domain::act::{Act, Admitted};
use domain::id::EntryHash;
use view::prelude::*;
use view::{IntoView, component, view};

use super::answers::{self, Answers, Ask};
use super::fields::{control, focus};
use super::form::{Faults, Form, KeptAt, Purpose};
use super::page::Page;
use super::sheets::{SaveButton, close};
use super::timeline::one_line;
use crate::i18n::{t, t_string, use_i18n};
use crate::ui::Sheet;
use crate::words::{self, I18n};

/// Kind of the act.
const KIND: &str = "verdict.admit";

impl Page {
    /// Whether who is acting may let an act count: whoever decides between two acts (P-3.2).
    pub(super) fn may_admit(self) -> bool {
        let (Some(core), Some(actor)) = (self.app.core(), self.app.actor()) else {
            return false;
        };
        core.procedure.may_take("decided", &actor.roles)
    }
}

/// The sheet in which a person says why.
#[component]
pub(super) fn AdmitSheet(page: Page, hash: EntryHash) -> impl IntoView {
    let i18n = use_i18n();
    let purpose = Purpose {
        kind: KIND.to_owned(),
        about: Some(hash.clone()),
        department: None,
        corrects: None,
    };
    let form = Form::begin(page, purpose, &Answers::new());
    let open = RwSignal::new(true);
    let line = untrack(|| one_line(i18n, page, &hash));
    let hash = StoredValue::new(hash);
    let save = Callback::new(move |()| record(i18n, form, hash.get_value()));
    view! {
        <Sheet
            id="admit-sheet"
            open
            title=t_string!(i18n, act.admitted).to_owned()
            close_label=t_string!(i18n, common.close)
            on_close=move |()| close(form)
        >
            <p class="sm muted">{line.clone()}</p>
            <p class="hint">{t!(i18n, case.admit_text)}</p>
            {move || form.ready.get().then(|| control(i18n, form, Ask::Reason))}
            <Faults form retry=save />
            <div class="sheet-foot">
                <KeptAt form />
                <SaveButton form save words=t_string!(i18n, act.admitted) />
            </div>
        </Sheet>
    }
}

fn record(i18n: I18n, form: Form, hash: EntryHash) {
    let page = form.page;
    let given = form.answers();
    let reason = answers::text(&given, Ask::Reason);
    if reason.is_empty() {
        form.unanswered.set(Some(Ask::Reason));
        focus(Ask::Reason);
        return;
    }
    let admitted = Act::Admitted(Admitted {
        hash,
        reason: reason.to_owned(),
    });
    let said = t_string!(i18n, case.saved_act, act = words::act_words(i18n, KIND));
    form.record(vec![admitted], move |_| {
        page.app.say(said);
        page.asked.set(None);
    });
}
