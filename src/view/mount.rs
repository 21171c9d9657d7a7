//! Puts a view into the page.

use any_spawner::Executor;
use leptos::prelude::{Owner, document};
use web_sys::HtmlElement;

use crate::state::{State, mark};
use crate::tree::{IntoView, View};

/// A view in the page; it leaves when this is dropped.
#[must_use]
pub struct Mounted {
    state: State,
    _owner: Owner,
}

impl Drop for Mounted {
    fn drop(&mut self) {
        self.state.remove();
    }
}

/// Makes a view as the last child of an element.
pub fn mount_to(parent: &HtmlElement, make: impl FnOnce() -> View) -> Mounted {
    // Fails when it was done before.
    let _ = Executor::init_wasm_bindgen();
    let owner = Owner::new();
    let state = owner.with(|| State::build(make(), mark()));
    state.insert(parent, None);
    Mounted {
        state,
        _owner: owner,
    }
}

/// Makes a view the content of the page, for as long as the page is there.
pub fn mount_to_body<V: IntoView>(make: impl FnOnce() -> V) {
    if let Some(body) = document().body() {
        std::mem::forget(mount_to(&body, || make().into_view()));
    }
}
