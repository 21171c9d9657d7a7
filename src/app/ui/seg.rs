//! One of two to four short answers: a radio group whose arrows move and choose.

use leptos::ev;
use view::html;
use view::prelude::*;
use view::{IntoView, component, view};

use super::icon::{Icon, IconSize, IconView};

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegOption<T> {
    /// What choosing it means.
    pub value: T,
    /// Its words.
    pub label: String,
    /// Small words below, such as a clause or an explanation.
    pub hint: Option<String>,
    /// Icon before the words.
    pub icon: Option<Icon>,
}

impl<T> SegOption<T> {
    /// An answer of words alone.
    pub fn new(value: T, label: impl Into<String>) -> Self {
        Self {
            value,
            label: label.into(),
            hint: None,
            icon: None,
        }
    }

    /// The same answer with small words below.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same answer with an icon.
    #[must_use]
    pub fn icon(mut self, icon: Icon) -> Self {
        self.icon = Some(icon);
        self
    }
}

/// How the answers stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SegLook {
    /// Side by side in one frame.
    #[default]
    Row,
    /// The same with taller targets, for use at the door.
    Tall,
    /// Side by side, the small words under the label.
    Stack,
    /// The same with smaller type, for settings.
    Small,
    /// Each answer a card of its own with icon and explanation.
    Cards,
}

impl SegLook {
    const fn class(self) -> &'static str {
        match self {
            Self::Row => "seg",
            Self::Tall => "seg tall",
            Self::Stack => "seg stack",
            Self::Small => "seg small",
            Self::Cards => "picks",
        }
    }
}

/// A radio group. It starts with nothing chosen unless `chosen` says so.
#[component]
pub fn Seg<T>(
    /// What is asked, read out with the group.
    #[prop(into)]
    label: Signal<String>,
    /// The answers in order.
    #[prop(into)]
    options: Signal<Vec<SegOption<T>>>,
    /// The answer given.
    #[prop(into)]
    chosen: Signal<Option<T>>,
    /// Told of the answer chosen.
    #[prop(into)]
    on_choose: Callback<T>,
    /// How the answers stand.
    #[prop(optional)]
    look: SegLook,
    /// The group's id, for links from the summary of errors.
    #[prop(optional, into)]
    id: Option<String>,
) -> impl IntoView
where
    T: Clone + PartialEq + Send + Sync + 'static,
{
    let buttons = move || {
        let options = options.get();
        let values: Vec<T> = options.iter().map(|o| o.value.clone()).collect();
        let nodes: Vec<NodeRef<html::Button>> = options.iter().map(|_| NodeRef::new()).collect();
        let group = StoredValue::new((values, nodes.clone()));
        options
            .into_iter()
            .zip(nodes)
            .enumerate()
            .map(|(at, (option, node))| answer(at, option, node, group, chosen, on_choose, look))
            .collect::<Vec<_>>()
    };
    view! {
        <div
            class=look.class()
            id=id
            role="radiogroup"
            tabindex="-1"
            aria-label=move || label.get()
        >
            {buttons}
        </div>
    }
}

/// The values of a group and their buttons, in order.
type Group<T> = StoredValue<(Vec<T>, Vec<NodeRef<html::Button>>)>;

fn answer<T>(
    at: usize,
    option: SegOption<T>,
    node: NodeRef<html::Button>,
    group: Group<T>,
    chosen: Signal<Option<T>>,
    on_choose: Callback<T>,
    look: SegLook,
) -> impl IntoView
where
    T: Clone + PartialEq + Send + Sync + 'static,
{
    let SegOption {
        value,
        label,
        hint,
        icon,
    } = option;
    let on = {
        let value = value.clone();
        Memo::new(move |_| chosen.with(|c| c.as_ref() == Some(&value)))
    };
    // One stop for Tab: the chosen answer, or the first while none is chosen.
    let stop = move || on.get() || (at == 0 && chosen.with(Option::is_none));
    let keys = move |ev: ev::KeyboardEvent| {
        let count = group.with_value(|g| g.0.len());
        let Some(to) = arrow_target(&ev.key(), at, count) else {
            return;
        };
        ev.prevent_default();
        let target = group.with_value(|g| g.0.get(to).cloned().zip(g.1.get(to).copied()));
        if let Some((value, node)) = target {
            on_choose.run(value);
            if let Some(button) = node.get_untracked() {
                // A button that cannot take the focus leaves it where it is.
                let _ = button.focus();
            }
        }
    };
    let body = if look == SegLook::Cards {
        card_body(label, hint, icon, on).into_view()
    } else {
        row_body(label, hint, icon).into_view()
    };
    view! {
        <button
            type="button"
            role="radio"
            class=(look == SegLook::Cards).then_some("tick pick")
            node_ref=node
            aria-checked=move || if on.get() { "true" } else { "false" }
            tabindex=move || if stop() { "0" } else { "-1" }
            on:click=move |_| on_choose.run(value.clone())
            on:keydown=keys
        >
            {body}
        </button>
    }
}

fn row_body(label: String, hint: Option<String>, icon: Option<Icon>) -> impl IntoView {
    view! {
        {icon.map(|icon| view! { <IconView icon size=IconSize::Small /> })}
        <span>{label}</span>
        {hint.map(|h| view! { <small>{h}</small> })}
    }
}

fn card_body(
    label: String,
    hint: Option<String>,
    icon: Option<Icon>,
    on: Memo<bool>,
) -> impl IntoView {
    view! {
        {icon.map(|icon| view! { <IconView icon /> })}
        <span class="grow">
            <span class="t">{label}</span>
            {hint.map(|h| view! { <span class="hint">{h}</span> })}
        </span>
        <span class="box">
            {move || on.get().then(|| view! { <IconView icon=Icon::Check /> })}
        </span>
    }
}

/// Where an arrow leads in a group of `count` answers that wraps around.
fn arrow_target(key: &str, at: usize, count: usize) -> Option<usize> {
    let last = count.checked_sub(1)?;
    match key {
        "ArrowRight" | "ArrowDown" => Some(if at >= last { 0 } else { at + 1 }),
        "ArrowLeft" | "ArrowUp" => Some(if at == 0 { last } else { at - 1 }),
        "Home" => Some(0),
        "End" => Some(last),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::arrow_target;

    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn arrows_wrap_and_other_keys_do_nothing() {
        assert_eq!(arrow_target("ArrowRight", 2, 3), Some(0));
        assert_eq!(arrow_target("ArrowLeft", 0, 3), Some(2));
        assert_eq!(arrow_target("ArrowDown", 0, 3), Some(1));
        assert_eq!(arrow_target("End", 0, 3), Some(2));
        assert_eq!(arrow_target("a", 0, 3), None);
        assert_eq!(arrow_target("ArrowUp", 0, 0), None);
    }
}
