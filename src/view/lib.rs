//! Markup over Leptos's signals, compiled once whatever is shown.
//!
//! Leptos types every piece of markup by its shape, and the compiler writes the code that draws
//! and changes it once for each shape: more than half of the client's download. Here a [`View`]
//! is one type. [`view!`] and [`component`] are written as Leptos's; signals, effects and owners
//! are Leptos's own.
//!
//! * `tree` what can be shown · `value` what an attribute can be · `element` one element ·
//!   `markup` what of it never changes
//! * `state` what stands in the page and how it changes · `keyed` lists whose rows stay
//! * `mount` puts a view into the page

// The macros name this crate from outside.
extern crate self as view;

mod component;
mod element;
pub mod html;
mod keyed;
mod markup;
mod mount;
pub mod prelude;
mod signals;
mod state;
mod tree;
mod value;

pub use component::{Children, ChildrenFn, Props, ToChildren, ViewFn, builder, call, component};
pub use element::Element;
pub use keyed::{For, ForProps};
pub use leptos::ev;
pub use markup::Markup;
pub use mount::{Mounted, mount_to, mount_to_body};
pub use signals::{
    Callback, Effect, IntoProp, MaybeProp, Memo, NodeRef, RwSignal, Signal, StoredValue,
};
pub use tree::{IntoView, View};
pub use typed_builder;
pub use value::{IntoValue, Value};
pub use view_macros::{component, view};

#[cfg(all(test, target_arch = "wasm32"))]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
