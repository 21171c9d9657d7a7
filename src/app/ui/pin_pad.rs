//! Keys for a PIN: large, without echo of the digits. A keyboard types too.

use leptos::ev;
use record::pin::{DIGITS_MAX, DIGITS_MIN};
use view::html;
use view::prelude::*;
use view::{For, IntoView, component, view};

use super::icon::{Icon, IconView};

/// The words of a pad.
#[derive(Clone)]
pub struct PinWords {
    /// How many digits were typed, of how many: read out with the dots.
    pub typed: Callback<usize, String>,
    /// The key at the lower left: what it does.
    pub left: String,
    /// The key that takes the last digit back.
    pub delete: String,
}

/// A pad. Tells `on_full` once as many digits were typed as the PIN has; where that is not known,
/// the key at the lower left tells it instead, of however few.
#[component]
pub fn PinPad(
    /// Digits of the PIN; `None` where it is being chosen.
    digits: Option<usize>,
    /// What is typed; emptied by whoever was told.
    typed: RwSignal<String>,
    /// Words.
    words: PinWords,
    /// Told the digits.
    on_full: Callback<String>,
    /// Told that nobody wants to type; only where the number of digits is known.
    on_cancel: Option<Callback<()>>,
    /// No key does anything: a pause, or the PIN is being tried.
    #[prop(into)]
    still: Signal<bool>,
) -> impl IntoView {
    let most = digits.unwrap_or(DIGITS_MAX);
    let press = move |digit: char| {
        if still.get_untracked() || typed.with_untracked(|t| t.len() >= most) {
            return;
        }
        typed.update(|typed| typed.push(digit));
        let full = typed.get_untracked();
        if digits == Some(full.len()) {
            on_full.run(full);
        }
    };
    let delete = move || {
        typed.update(|typed| {
            let _last = typed.pop();
        });
    };
    let left = move || match on_cancel.filter(|_| digits.is_some()) {
        Some(cancel) => {
            typed.set(String::new());
            cancel.run(());
        }
        None if !still.get_untracked() => on_full.run(typed.get_untracked()),
        None => {}
    };
    let key_down = move |event: ev::KeyboardEvent| {
        let key = event.key();
        let mut letters = key.chars();
        match (letters.next(), letters.next()) {
            (Some(digit @ '0'..='9'), None) => press(digit),
            _ if key == "Backspace" => delete(),
            _ if key == "Enter" && digits.is_none() => left(),
            _ => return,
        }
        event.prevent_default();
    };
    let pad = NodeRef::<html::Div>::new();
    Effect::new(move |_| {
        if let Some(pad) = pad.get() {
            // A pad that cannot take the focus is tapped all the same.
            drop(pad.focus());
        }
    });
    let shown = move || digits.unwrap_or_else(|| typed.with(|t| t.len().max(DIGITS_MIN)));
    let words_typed = words.typed;
    view! {
        <div class="col gap-18 pad-keys" tabindex="-1" node_ref=pad on:keydown=key_down>
            <div
                class="dots"
                role="img"
                aria-label=move || words_typed.run(typed.with(String::len))
            >
                {move || {
                    let count = typed.with(String::len);
                    (0..shown())
                        .map(|n| view! { <i class=if n < count { "on" } else { "" }></i> })
                        .collect::<Vec<_>>()
                }}
            </div>
            <div class="keys" aria-disabled=move || still.get().to_string()>
                <For each=|| ['1', '2', '3', '4', '5', '6', '7', '8', '9'] key=|d| *d let:digit>
                    <Key digit press=Callback::new(press) />
                </For>
                <button type="button" class="t" on:click=move |_| left()>
                    {words.left}
                </button>
                <Key digit='0' press=Callback::new(press) />
                <button type="button" aria-label=words.delete on:click=move |_| delete()>
                    <IconView icon=Icon::Backspace />
                </button>
            </div>
        </div>
    }
}

#[component]
fn Key(digit: char, press: Callback<char>) -> impl IntoView {
    view! {
        <button type="button" data-digit=digit.to_string() on:click=move |_| press.run(digit)>
            {digit.to_string()}
        </button>
    }
}
