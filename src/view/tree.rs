//! What can be shown.

use std::borrow::Cow;

use leptos::prelude::{Get, Memo, RwSignal, Signal};

use crate::element::Element;
use crate::keyed::Row;

/// A description of what shall stand in the page: nothing, words, elements, or a function that is
/// run again when a signal that it read has changed.
#[derive(Default)]
pub struct View(pub(crate) Kind);

#[derive(Default)]
pub(crate) enum Kind {
    #[default]
    Nothing,
    Text(Cow<'static, str>),
    Element(Box<Element>),
    Many(Vec<View>),
    Live(Box<dyn FnMut() -> View>),
    Rows(Vec<Row>),
}

impl View {
    /// A view that follows the signals that `make` reads.
    pub(crate) fn live(make: impl FnMut() -> View + 'static) -> Self {
        Self(Kind::Live(Box::new(make)))
    }
}

impl From<Vec<View>> for View {
    fn from(parts: Vec<View>) -> Self {
        Self(Kind::Many(parts))
    }
}

/// What can stand in a `view!`.
pub trait IntoView {
    /// The view.
    fn into_view(self) -> View;
}

impl IntoView for View {
    fn into_view(self) -> View {
        self
    }
}

impl IntoView for Element {
    fn into_view(self) -> View {
        View(Kind::Element(Box::new(self)))
    }
}

impl IntoView for () {
    fn into_view(self) -> View {
        View::default()
    }
}

impl<V: IntoView> IntoView for Option<V> {
    fn into_view(self) -> View {
        self.map_or_else(View::default, IntoView::into_view)
    }
}

impl<V: IntoView> IntoView for Vec<V> {
    fn into_view(self) -> View {
        self.into_iter()
            .map(IntoView::into_view)
            .collect::<Vec<_>>()
            .into()
    }
}

impl<V: IntoView, const N: usize> IntoView for [V; N] {
    fn into_view(self) -> View {
        Vec::from(self.map(IntoView::into_view)).into()
    }
}

impl<A: IntoView, B: IntoView> IntoView for (A, B) {
    fn into_view(self) -> View {
        vec![self.0.into_view(), self.1.into_view()].into()
    }
}

impl<F, V> IntoView for F
where
    F: FnMut() -> V + 'static,
    V: IntoView,
{
    fn into_view(mut self) -> View {
        View::live(move || self().into_view())
    }
}

macro_rules! signals {
    ($($signal:ident)*) => {$(
        impl<V> IntoView for $signal<V>
        where
            V: IntoView + Clone + Send + Sync + 'static,
        {
            fn into_view(self) -> View {
                View::live(move || self.get().into_view())
            }
        }
    )*};
}

signals!(Signal RwSignal Memo);

macro_rules! words {
    ($($words:ty)*) => {$(
        impl IntoView for $words {
            fn into_view(self) -> View {
                View(Kind::Text(self.into()))
            }
        }
    )*};
}

words!(&'static str String Cow<'static, str>);

macro_rules! numbers {
    ($($number:ty)*) => {$(
        impl IntoView for $number {
            fn into_view(self) -> View {
                self.to_string().into_view()
            }
        }
    )*};
}

numbers!(u8 u32 u64 usize i64 char);
