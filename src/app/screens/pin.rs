//! A PIN: asking for one that is known, slower after each wrong one, and choosing a new one.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use gloo::timers::callback::Interval;
use leptos::leptos_dom::helpers::set_timeout;
use record::StaffId;
use record::pin::PinError;
use sorted::SortedMap;
use sync::storage::StorageError;
use sync::tablet::{TRIES_FREE, TabletError, UnlockError, pause_ms};
use view::prelude::*;
use view::{IntoView, component, view};

use crate::i18n::{t, t_string, use_i18n};
use crate::platform;
use crate::screens::device::SaveRescue;
use crate::ui::{Icon, IconSize, IconView, PinPad, PinWords};
use crate::words::I18n;

thread_local! {
    /// How many times a person's PIN was wrong and when last since the page was loaded, by a clock
    /// that only goes on: a pad that is opened anew waits as the last one would have.
    static LAST_WRONG: RefCell<SortedMap<StaffId, (u32, u64)>> =
        const { RefCell::new(SortedMap::new()) };
}

/// Why a PIN did not unlock.
#[derive(Clone, Debug, PartialEq)]
enum PinFault {
    /// So many were wrong by now.
    Wrong(u32),
    /// The tablet is full: a try cannot be counted, and none is made that is not.
    Full,
    /// Anything else, in its own words.
    Failed(String),
}

/// A PIN being tried.
pub(crate) type Attempt = Pin<Box<dyn Future<Output = Result<(), UnlockError>>>>;

/// Asks for a PIN that is known, slower after each wrong one.
#[component]
pub(crate) fn PinEntry(
    /// Whose it is.
    staff: StaffId,
    /// Its digits.
    digits: usize,
    /// Wrong ones so far, as far as the tablet has told.
    #[prop(optional)]
    wrong: u32,
    /// Tries one.
    attempt: Callback<String, Attempt>,
    /// Told that nobody wants to type.
    on_cancel: Callback<()>,
) -> impl IntoView {
    let i18n = use_i18n();
    let typed = RwSignal::new(String::new());
    let busy = RwSignal::new(false);
    let fault = RwSignal::new(None::<PinFault>);
    // Since the page was loaded or the last wrong PIN: a clock that only goes on.
    let last = LAST_WRONG.with_borrow(|last| last.get(&staff).copied());
    let since_ms = RwSignal::new(last.map(|(_, at_ms)| at_ms));
    let wrong = RwSignal::new(last.map_or(wrong, |(times, _)| times.max(wrong)));
    let seconds = seconds_left(wrong, since_ms);
    let ask = move |pin: String| {
        fault.set(None);
        after_drawing(busy, async move {
            let outcome = attempt.run(pin).await;
            typed.try_set(String::new());
            busy.try_set(false);
            match outcome {
                Ok(()) => drop(LAST_WRONG.with_borrow_mut(|last| last.remove(&staff))),
                Err(UnlockError::Wrong(times)) => {
                    let at_ms = platform::monotonic_ms();
                    LAST_WRONG.with_borrow_mut(|last| last.insert(staff, (times, at_ms)));
                    since_ms.try_set(Some(at_ms));
                    wrong.try_set(times);
                    fault.try_set(Some(PinFault::Wrong(times)));
                }
                Err(UnlockError::Tablet(TabletError::Storage(StorageError::Quota))) => {
                    fault.try_set(Some(PinFault::Full));
                }
                Err(other) => drop(fault.try_set(Some(PinFault::Failed(other.to_string())))),
            }
        });
    };
    view! {
        <PinPad
            digits=Some(digits)
            typed
            words=pad_words(i18n, Some(digits), t_string!(i18n, common.cancel))
            on_full=Callback::new(ask)
            on_cancel=Some(on_cancel)
            still=Signal::derive(move || busy.get() || seconds.get() > 0)
        />
        {move || {
            let left = seconds.get();
            let words = if left > 0 {
                t_string!(i18n, device.pin_wait, n = wrong.get(), s = left)
            } else {
                match fault.get()? {
                    PinFault::Wrong(times) if times < TRIES_FREE => {
                        t_string!(i18n, device.pin_wrong, n = TRIES_FREE - times)
                    }
                    PinFault::Wrong(_) => t_string!(i18n, device.pin_wrong_again).to_owned(),
                    PinFault::Full => t_string!(i18n, device.pin_full).to_owned(),
                    PinFault::Failed(why) => t_string!(i18n, device.pin_failed, why = why),
                }
            };
            Some(view! { <Wrong words /> })
        }}
        {move || (fault.get() == Some(PinFault::Full)).then(|| view! { <SaveRescue /> })}
    }
}

#[component]
fn Wrong(words: String) -> impl IntoView {
    view! {
        <p class="errm" role="alert">
            <IconView icon=Icon::Warn size=IconSize::Small />
            <span>{words}</span>
        </p>
    }
}

fn pad_words(i18n: I18n, digits: Option<usize>, left: &str) -> PinWords {
    PinWords {
        typed: Callback::new(move |n: usize| match digits {
            Some(all) => t_string!(i18n, device.pin_typed, n = n, all = all),
            None => t_string!(i18n, device.pin_typed_some, n = n),
        }),
        left: left.to_owned(),
        delete: t_string!(i18n, device.pin_delete).to_owned(),
    }
}

/// Begins work that holds the page up once the last digit was drawn, and says meanwhile that it is
/// `busy`. Where the screen was left by then, nothing begins: nobody waits for it.
pub(super) fn after_drawing(busy: RwSignal<bool>, work: impl Future<Output = ()> + 'static) {
    busy.set(true);
    let begin = move || {
        if busy.try_set(true).is_none() {
            leptos::task::spawn_local(work);
        }
    };
    set_timeout(begin, Duration::from_millis(20));
}

/// Seconds until the next PIN may be tried; moves on by itself.
fn seconds_left(wrong: RwSignal<u32>, since_ms: RwSignal<Option<u64>>) -> Memo<u64> {
    let at_ms = RwSignal::new(platform::monotonic_ms());
    let ticking = Interval::new(1_000, move || {
        at_ms.try_set(platform::monotonic_ms());
    });
    let ticking = StoredValue::new(Some(ticking));
    on_cleanup(move || drop(ticking.try_update_value(Option::take)));
    Memo::new(move |_| {
        let since_ms = since_ms.get().unwrap_or(0);
        let until_ms = since_ms.saturating_add(pause_ms(wrong.get()));
        let at_ms = at_ms.get().max(since_ms);
        until_ms.saturating_sub(at_ms).div_ceil(1_000)
    })
}

/// A PIN that a person chooses, twice.
#[component]
pub(crate) fn NewPin(
    /// Told the PIN, once it was typed twice alike.
    chosen: Callback<String>,
    /// Something is done with it.
    busy: Signal<bool>,
) -> impl IntoView {
    let i18n = use_i18n();
    let typed = RwSignal::new(String::new());
    let first = RwSignal::new(None::<String>);
    let fault = RwSignal::new(None::<&'static str>);
    let full = move |pin: String| {
        let chosen_pin = record::pin::choose(&pin);
        // Of too few digits what was typed stays: the rest is only missing.
        if chosen_pin != Err(PinError::Digits) {
            typed.set(String::new());
        }
        fault.set(None);
        match (chosen_pin, first.get_untracked()) {
            (Err(PinError::Guessed), _) => {
                fault.set(Some(t_string!(i18n, device.pin_guessed)));
            }
            (Err(_), _) => fault.set(Some(t_string!(i18n, device.pin_digits))),
            (Ok(()), None) => first.set(Some(pin)),
            (Ok(()), Some(before)) => {
                first.set(None);
                if before == pin {
                    chosen.run(pin);
                } else {
                    fault.set(Some(t_string!(i18n, device.pin_differs)));
                }
            }
        }
    };
    view! {
        <div>
            <h2 data-testid="new-pin">
                {move || {
                    if first.with(Option::is_some) {
                        t_string!(i18n, device.pin_again)
                    } else {
                        t_string!(i18n, device.pin_choose)
                    }
                }}
            </h2>
            <p class="sm muted">{t!(i18n, device.pin_choose_text)}</p>
        </div>
        <PinPad
            digits=None
            typed
            words=pad_words(i18n, None, t_string!(i18n, common.done))
            on_full=Callback::new(full)
            on_cancel=None
            still=busy
        />
        {move || fault.get().map(|words| view! { <Wrong words=words.to_owned() /> })}
    }
}
