//! The macros of the crate `view`: [`view!`] writes markup, [`component`] makes a function one of
//! its elements. Both read what Leptos's macros of the same names read, as far as it is used here.

mod component;
mod markup;

use proc_macro::TokenStream;

/// Markup as an expression of type `view::View`.
///
/// Elements are written as in HTML; a value is any expression, a function where it shall follow
/// signals. `on:event=` listens, `prop:name=` sets a property, `class:name=` switches a class,
/// `style:name=` sets a declaration, `node_ref=` tells where the element is. A name that begins
/// with a capital is a component; its attributes are its properties, `let:name` the argument of
/// its children.
#[proc_macro]
pub fn view(tokens: TokenStream) -> TokenStream {
    markup::view(tokens.into()).into()
}

/// Makes a function a component: its arguments become properties, set by name in [`view!`].
///
/// `#[prop(into)]` converts, `#[prop(optional)]` may be left out (an `Option` is then given
/// without `Some`).
#[proc_macro_attribute]
pub fn component(_: TokenStream, item: TokenStream) -> TokenStream {
    component::component(item.into())
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}
