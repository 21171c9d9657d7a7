//! Text fields that leave an input method alone: the value is never written back while characters
//! are being composed, nothing is told of half-composed text, and Enter that ends a composition is
//! not taken for Enter.

use leptos::ev;
use view::html;
use view::prelude::*;
use view::{IntoView, component, view};

use super::icon::{Icon, IconSize, IconView};

/// Checks a value when the field is left; `Some` is the message under the field.
pub type Check = Callback<String, Option<String>>;

/// The kind of text a field takes; it chooses the keyboard, not the validation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FieldKind {
    /// One line.
    #[default]
    Text,
    /// Several lines; grows with its content.
    Area,
    /// A telephone number.
    Tel,
    /// Digits, such as a room number. The value stays text, so that a leading zero is kept.
    Number,
    /// Words to search for.
    Search,
    /// Date and time on the site's wall clock, as `2026-11-24T10:42`, without a zone.
    DateTime,
}

impl FieldKind {
    const fn input_type(self) -> &'static str {
        match self {
            Self::Text | Self::Area | Self::Number => "text",
            Self::Tel => "tel",
            Self::Search => "search",
            Self::DateTime => "datetime-local",
        }
    }

    const fn input_mode(self) -> Option<&'static str> {
        match self {
            Self::Number => Some("numeric"),
            Self::Tel => Some("tel"),
            Self::Search => Some("search"),
            Self::Text | Self::Area | Self::DateTime => None,
        }
    }
}

/// What the two elements share: the value, the composition in progress, whom to tell.
#[derive(Clone, Copy)]
struct Wiring {
    value: RwSignal<String>,
    composing: StoredValue<bool>,
    own_error: RwSignal<Option<String>>,
    check: Option<Check>,
    on_edit: Option<Callback<String>>,
    on_leave: Option<Callback<String>>,
    on_enter: Option<Callback<String>>,
}

impl Wiring {
    fn take(self, text: String) {
        if self.value.with_untracked(|v| *v == text) {
            return;
        }
        self.value.set(text.clone());
        if let Some(on_edit) = self.on_edit {
            on_edit.run(text);
        }
    }

    fn input(self, text: String) {
        if !self.composing.get_value() {
            self.take(text);
        }
    }

    fn compose(self, begins: bool) {
        self.composing.set_value(begins);
    }

    fn left(self, text: String) {
        self.composing.set_value(false);
        self.take(text.clone());
        if let Some(check) = self.check {
            self.own_error.set(check.run(text.clone()));
        }
        if let Some(on_leave) = self.on_leave {
            on_leave.run(text);
        }
    }

    /// Enter counts only outside a composition. Safari ends the composition before the key event,
    /// which then carries the key code 229.
    fn key(self, ev: &ev::KeyboardEvent, text: String) {
        if ev.key() != "Enter" {
            return;
        }
        if self.composing.get_value() || ev.is_composing() || ev.key_code() == 229 {
            ev.stop_propagation();
        } else if let Some(on_enter) = self.on_enter {
            ev.prevent_default();
            self.take(text.clone());
            on_enter.run(text);
        }
    }
}

/// A labelled field with hint and message. The label says what is asked; nothing is said by a
/// placeholder alone.
#[component]
pub fn Field(
    /// The element's id; the summary of errors links to it.
    #[prop(into)]
    id: String,
    /// What is asked.
    #[prop(into)]
    label: Signal<String>,
    /// The text. Written by the person outside a composition, and by the program at any time.
    value: RwSignal<String>,
    /// Which keyboard.
    #[prop(optional)]
    kind: FieldKind,
    /// Remark under the field.
    #[prop(optional, into)]
    hint: MaybeProp<String>,
    /// What to look at again; it stops nothing.
    #[prop(optional, into)]
    notice: MaybeProp<String>,
    /// Words after the label that say the field may stay empty.
    #[prop(optional, into)]
    optional_mark: MaybeProp<String>,
    /// Message from outside, such as after sending.
    #[prop(optional, into)]
    error: MaybeProp<String>,
    /// Check on leaving the field.
    #[prop(optional, into)]
    check: Option<Check>,
    /// Told of each change of the text outside a composition.
    #[prop(optional, into)]
    on_edit: Option<Callback<String>>,
    /// Told when the field is left, with its text.
    #[prop(optional, into)]
    on_leave: Option<Callback<String>>,
    /// Told of Enter outside a composition; a field of several lines never tells.
    #[prop(optional, into)]
    on_enter: Option<Callback<String>>,
    /// Fewer lines at first, for a field of several lines.
    #[prop(optional)]
    low: bool,
    /// Most characters (UTF-16 units) the element takes.
    #[prop(optional)]
    length_max: Option<u32>,
    /// Answers that are often given, which the browser offers; any other can be typed. A field of
    /// several lines offers none.
    #[prop(optional)]
    often: Vec<String>,
) -> impl IntoView {
    let own_error = RwSignal::new(None);
    let wiring = Wiring {
        value,
        composing: StoredValue::new(false),
        own_error,
        check,
        on_edit,
        on_leave,
        on_enter,
    };
    let message = Memo::new(move |_| error.get().or_else(|| own_error.get()));
    let hint_id = format!("{id}-hint");
    let error_id = format!("{id}-error");
    let described = {
        let (hint_id, error_id) = (hint_id.clone(), error_id.clone());
        Signal::derive(move || {
            let error = message.with(Option::is_some).then(|| error_id.clone());
            let hint = hint.get().map(|_| hint_id.clone());
            let both: Vec<String> = error.into_iter().chain(hint).collect();
            (!both.is_empty()).then(|| both.join(" "))
        })
    };
    let invalid = Signal::derive(move || message.with(Option::is_some));
    let control = if kind == FieldKind::Area {
        view! { <Area id=id.clone() wiring low length_max described invalid /> }
    } else {
        view! { <Line id=id.clone() wiring kind length_max often described invalid /> }
    };
    view! {
        <div class="field">
            <label for=id>
                {move || label.get()}
                {move || optional_mark.get().map(|m| view! { <span class="opt">" "{m}</span> })}
            </label>
            {control}
            <Message id=error_id message />
            <span class="notice" role="status">
                {move || notice.get()}
            </span>
            {move || {
                let id = hint_id.clone();
                hint.get().map(|h| view! { <span class="hint" id=id>{h}</span> })
            }}
        </div>
    }
}

#[component]
fn Message(id: String, message: Memo<Option<String>>) -> impl IntoView {
    move || {
        let id = id.clone();
        message.get().map(|words| {
            view! {
                <span class="errm" id=id>
                    <IconView icon=Icon::ClockOver size=IconSize::Small />
                    <span>{words}</span>
                </span>
            }
        })
    }
}

/// The two elements differ in type alone; what they do is the same, written once here.
macro_rules! wire {
    ($node:ident, $wiring:ident) => {{
        // The program's own changes reach the element only outside a composition.
        Effect::new(move |_| {
            let text = $wiring.value.get();
            if $wiring.composing.get_value() {
                return;
            }
            if let Some(element) = $node.get()
                && element.value() != text
            {
                element.set_value(&text);
            }
        });
        move || $node.get_untracked().map(|e| e.value()).unwrap_or_default()
    }};
}

#[component]
fn Line(
    id: String,
    wiring: Wiring,
    kind: FieldKind,
    length_max: Option<u32>,
    often: Vec<String>,
    described: Signal<Option<String>>,
    invalid: Signal<bool>,
) -> impl IntoView {
    let node = NodeRef::<html::Input>::new();
    let text = wire!(node, wiring);
    let list = (!often.is_empty()).then(|| format!("{id}-often"));
    let offered = list.clone().map(|id| {
        let answers = often
            .into_iter()
            .map(|one| view! { <option value=one></option> });
        view! { <datalist id=id>{answers.collect::<Vec<_>>()}</datalist> }
    });
    view! {
        <input
            class="inp"
            id=id
            list=list
            node_ref=node
            type=kind.input_type()
            inputmode=kind.input_mode()
            enterkeyhint=(kind == FieldKind::Search).then_some("search")
            maxlength=length_max.map(|n| n.to_string())
            autocomplete="off"
            autocapitalize="off"
            spellcheck="false"
            aria-describedby=move || described.get()
            aria-invalid=move || invalid.get().then_some("true")
            on:compositionstart=move |_| wiring.compose(true)
            on:compositionend=move |_| {
                wiring.compose(false);
                wiring.input(text());
            }
            on:input=move |_| wiring.input(text())
            on:blur=move |_| wiring.left(text())
            on:keydown=move |ev| wiring.key(&ev, text())
        />
        {offered}
    }
}

#[component]
fn Area(
    id: String,
    wiring: Wiring,
    low: bool,
    length_max: Option<u32>,
    described: Signal<Option<String>>,
    invalid: Signal<bool>,
) -> impl IntoView {
    let node = NodeRef::<html::Textarea>::new();
    let text = wire!(node, wiring);
    let lines_min = if low { 2 } else { 3 };
    view! {
        <textarea
            class=if low { "inp area low" } else { "inp area" }
            id=id
            node_ref=node
            rows=move || wiring.value.with(|v| lines_shown(v, lines_min)).to_string()
            maxlength=length_max.map(|n| n.to_string())
            autocomplete="off"
            autocapitalize="off"
            aria-describedby=move || described.get()
            aria-invalid=move || invalid.get().then_some("true")
            on:compositionstart=move |_| wiring.compose(true)
            on:compositionend=move |_| {
                wiring.compose(false);
                wiring.input(text());
            }
            on:input=move |_| wiring.input(text())
            on:blur=move |_| wiring.left(text())
        ></textarea>
    }
}

/// Characters that fit in a line of the narrowest column a field stands in.
const LINE_CHARACTERS: usize = 30;

/// Lines beyond which a field scrolls instead of growing.
const LINES_MAX: usize = 16;

/// Lines to show where the browser cannot size a field by its content by itself.
fn lines_shown(text: &str, lines_min: usize) -> usize {
    let lines: usize = text
        .split('\n')
        .map(|l| l.chars().count().div_ceil(LINE_CHARACTERS).max(1))
        .sum();
    lines.clamp(lines_min, LINES_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn a_field_grows_with_its_text_and_stops() {
        assert_eq!(lines_shown("", 3), 3);
        assert_eq!(lines_shown("一\n二\n三\n四", 3), 4);
        assert_eq!(lines_shown(&"滴".repeat(LINE_CHARACTERS * 4 + 1), 2), 5);
        assert_eq!(lines_shown(&"滴".repeat(4_000), 2), LINES_MAX);
    }

    #[test]
    fn digits_stay_text() {
        assert_eq!(FieldKind::Number.input_type(), "text");
        assert_eq!(FieldKind::Number.input_mode(), Some("numeric"));
    }
}
