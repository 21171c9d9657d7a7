//! Functions as elements.

use std::sync::Arc;

use leptos::prelude::untrack;

use crate::tree::{IntoView, View};

/// The properties of a component, made by `#[component]`.
pub trait Props {
    /// Takes the properties by name.
    type Builder;

    /// A builder without properties.
    fn builder() -> Self::Builder;
}

/// A component with properties `P`, or [`NoProps`] for none.
pub trait Component<P> {
    /// Takes the properties by name.
    type Builder;

    /// A builder without properties.
    fn builder(&self) -> Self::Builder;

    /// Makes the view.
    fn call(&self, props: P) -> View;
}

impl<F, P> Component<P> for F
where
    F: Fn(P) -> View,
    P: Props,
{
    type Builder = P::Builder;

    fn builder(&self) -> P::Builder {
        P::builder()
    }

    fn call(&self, props: P) -> View {
        self(props)
    }
}

/// The builder of a component without properties.
#[derive(Clone, Copy, Debug)]
pub struct NoProps;

impl NoProps {
    /// Nothing was to be built.
    pub fn build(self) -> Self {
        self
    }
}

impl<F: Fn() -> View> Component<NoProps> for F {
    type Builder = NoProps;

    fn builder(&self) -> NoProps {
        NoProps
    }

    fn call(&self, _: NoProps) -> View {
        self()
    }
}

/// The builder of a component's properties.
pub fn builder<C: Component<P>, P>(component: &C) -> C::Builder {
    component.builder()
}

/// Calls a component.
pub fn call<C: Component<P>, P>(component: &C, props: P) -> View {
    component.call(props)
}

/// The body of a component: what it reads of signals on its way does not make its surroundings
/// run again.
pub fn component<V: IntoView>(body: impl FnOnce() -> V) -> View {
    untrack(|| body().into_view())
}

/// Children that are made once.
pub type Children = Box<dyn FnOnce() -> View>;

/// Children that may be made again and again.
pub type ChildrenFn = Arc<dyn Fn() -> View + Send + Sync>;

/// A view made by a function, as a property.
#[derive(Clone)]
pub struct ViewFn(Arc<dyn Fn() -> View + Send + Sync>);

impl ViewFn {
    /// Makes the view.
    pub fn run(&self) -> View {
        (self.0)()
    }
}

impl<F, V> From<F> for ViewFn
where
    F: Fn() -> V + Send + Sync + 'static,
    V: IntoView,
{
    fn from(make: F) -> Self {
        Self(Arc::new(move || make().into_view()))
    }
}

/// What `view!` writes between the tags of a component, as the property `children`.
pub trait ToChildren<F> {
    /// Boxes the function that makes them.
    fn to_children(make: F) -> Self;
}

impl<F: FnOnce() -> View + 'static> ToChildren<F> for Children {
    fn to_children(make: F) -> Self {
        Box::new(make)
    }
}

impl<F: Fn() -> View + Send + Sync + 'static> ToChildren<F> for ChildrenFn {
    fn to_children(make: F) -> Self {
        Arc::new(make)
    }
}
