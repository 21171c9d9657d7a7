//! The bottom sheet for one act. It is the browser's own modal dialog: focus stays inside and
//! returns to where it was, the page behind is inert, ESC and the back gesture close it.

use view::html;
use view::prelude::*;
use view::{ChildrenFn, IntoView, ViewFn, component, view};

use super::icon::{Icon, IconView};

/// A bottom sheet. Closing never loses what was typed: the draft is kept by whoever owns it.
#[component]
pub fn Sheet(
    /// The dialog's id.
    #[prop(into)]
    id: String,
    /// Whether it is open; closing it from inside sets this too.
    open: RwSignal<bool>,
    /// What the act is called; focus goes here first.
    #[prop(into)]
    title: Signal<String>,
    /// Words of the closing button, read out.
    #[prop(into)]
    close_label: Signal<String>,
    /// Room for a pad or three fields beside each other.
    #[prop(optional)]
    wide: bool,
    /// Below the title: whose form it is, the place in a pile.
    #[prop(optional, into)]
    below: Option<ViewFn>,
    /// Beside the title, such as the clock that runs.
    #[prop(optional, into)]
    head: Option<ViewFn>,
    /// Told when it has closed, however that came about.
    #[prop(optional, into)]
    on_close: Option<Callback<()>>,
    /// The fields and the one primary button; made anew at each opening.
    children: ChildrenFn,
) -> impl IntoView {
    let node = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        let wanted = open.get();
        let Some(dialog) = node.get() else { return };
        if wanted && !dialog.open() {
            // Refused only while the dialog is not in the page; the next opening tries again.
            let _ = dialog.show_modal();
        } else if !wanted && dialog.open() {
            dialog.close();
        }
    });
    let closed = move |_| {
        // The next sheet may stand in this one's place before the event of its closing comes.
        if node.get_untracked().is_some_and(|dialog| dialog.open()) {
            return;
        }
        open.set(false);
        if let Some(on_close) = on_close {
            on_close.run(());
        }
    };
    let title_id = format!("{id}-title");
    let labelled_by = title_id.clone();
    let children = StoredValue::new(children);
    view! {
        <dialog
            class=if wide { "sheet wide" } else { "sheet" }
            id=id
            node_ref=node
            aria-labelledby=labelled_by
            on:close=closed
        >
            <div class="sheet-head">
                <div class="grow">
                    <h2 id=title_id tabindex="-1" autofocus="">
                        {move || title.get()}
                    </h2>
                    {below.map(|below| view! { <p class="sm muted">{below.run()}</p> })}
                </div>
                {head.map(|head| head.run())}
                <button
                    type="button"
                    class="btn ghost icon"
                    aria-label=move || close_label.get()
                    on:click=move |_| open.set(false)
                >
                    <IconView icon=Icon::Close />
                </button>
            </div>
            <div class="sheet-body">
                {move || open.get().then(|| children.with_value(|children| children()))}
            </div>
        </dialog>
    }
}
