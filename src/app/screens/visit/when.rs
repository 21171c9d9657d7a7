//! A time that a person states, where something is recorded later than it happened.

use domain::act::Stated;
use domain::calendar;
use domain::limits;
use view::prelude::*;
use view::{IntoView, component, view};

use super::form::{Form, Words};
use crate::i18n::{t_string, use_i18n};
use crate::ui::{FieldKind, Seg, SegLook, SegOption};

/// Up to this long from now no reason is asked for.
const NEAR_MS: i64 = 5 * 60 * 1000;

/// What the form states: `None` where the stated time cannot be, which the form then shows.
pub(super) fn stated(form: Form) -> Option<Option<Stated>> {
    let now = form.app.instant();
    let zone = untrack(|| form.app.zone());
    form.draft.with_untracked(|draft| {
        if !draft.earlier || draft.earlier_at.is_empty() {
            return Some(None);
        }
        let at = calendar::from_field(&zone, &draft.earlier_at)?;
        (at <= now).then(|| {
            Some(Stated {
                at,
                reason: draft.earlier_reason.trim().to_owned(),
            })
        })
    })
}

/// Now, or another time with its reason.
#[component]
pub(super) fn When(form: Form) -> impl IntoView {
    let i18n = use_i18n();
    let options = Signal::derive(move || {
        vec![
            SegOption::new(false, t_string!(i18n, visit.when_now)),
            SegOption::new(true, t_string!(i18n, visit.when_earlier)),
        ]
    });
    let earlier = Memo::new(move |_| form.draft.with(|draft| draft.earlier));
    view! {
        <div class="field">
            <span class="lab">{move || t_string!(i18n, visit.when)}</span>
            <Seg
                label=t_string!(i18n, visit.when)
                options
                chosen=Signal::derive(move || Some(earlier.get()))
                on_choose=Callback::new(move |earlier| form.set(|draft| draft.earlier = earlier))
                look=SegLook::Small
            />
        </div>
        {move || earlier.get().then(|| view! { <Earlier form /> })}
    }
}

#[component]
fn Earlier(form: Form) -> impl IntoView {
    let i18n = use_i18n();
    let at = Memo::new(move |_| {
        let zone = form.app.zone();
        form.draft
            .with(|draft| calendar::from_field(&zone, &draft.earlier_at))
    });
    let error = MaybeProp::derive(move || {
        let later = at.get().is_some_and(|at| at > form.app.now.get());
        later.then(|| t_string!(i18n, visit.when_future).to_owned())
    });
    let far = Memo::new(move |_| {
        at.get()
            .is_some_and(|at| form.app.now.get().since(at) > NEAR_MS)
    });
    view! {
        <Words
            form
            id="earlier-at"
            label=t_string!(i18n, visit.when_at)
            of=|draft| &mut draft.earlier_at
            kind=FieldKind::DateTime
            error
            max=limits::SHORT_CHARACTERS_MAX
        />
        {move || {
            far.get()
                .then(|| {
                    view! {
                        <Words
                            form
                            id="earlier-reason"
                            label=t_string!(i18n, visit.when_reason)
                            of=|draft| &mut draft.earlier_reason
                            max=limits::WORDS_CHARACTERS_MAX
                        />
                    }
                })
        }}
    }
}
