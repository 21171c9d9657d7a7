//! What can be shown.

use std::borrow::Cow;

use crate::element::Element;
use crate::keyed::Row;
use crate::signals::{Memo, RwSignal, Signal};

/// A description of what shall stand in the page: nothing, words, elements, or a function that is
/// run again when a signal that it read has changed. One pointer wide: it is handed on everywhere.
#[derive(Default)]
pub struct View(Option<Box<Kind>>);

pub(crate) enum Kind {
    Text(Cow<'static, str>),
    Element(Element),
    Many(Vec<View>),
    Live(Box<dyn Make<View>>),
    Rows(Vec<Row>),
}

impl View {
    pub(crate) fn new(kind: Kind) -> Self {
        Self(Some(Box::new(kind)))
    }

    /// What is shown; nothing is nothing.
    pub(crate) fn kind(self) -> Option<Kind> {
        self.0.map(|kind| *kind)
    }

    // The ways to make a view are no part of those who call them: there are many.
    #[inline(never)]
    fn text(words: Cow<'static, str>) -> Self {
        Self::new(Kind::Text(words))
    }

    /// A view that follows the signals that `make` reads.
    #[inline(never)]
    fn live(make: Box<dyn Make<Self>>) -> Self {
        Self::new(Kind::Live(make))
    }
}

/// A function that makes a `T` again and again. A trait of our own, since `dyn FnMut` brings the
/// code of being called once for every function, which nobody calls.
pub(crate) trait Make<T> {
    fn make(&mut self) -> T;
}

/// A function that makes what becomes a view or a value.
pub(crate) struct By<F>(pub(crate) F);

impl<F, V> Make<View> for By<F>
where
    F: FnMut() -> V,
    V: IntoView,
{
    fn make(&mut self) -> View {
        (self.0)().into_view()
    }
}

impl From<Vec<View>> for View {
    #[inline(never)]
    fn from(parts: Vec<View>) -> Self {
        Self::new(Kind::Many(parts))
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
    #[inline(never)]
    fn into_view(self) -> View {
        View::new(Kind::Element(self))
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
    fn into_view(self) -> View {
        View::live(Box::new(By(self)))
    }
}

macro_rules! signals {
    ($($signal:ident)*) => {$(
        impl<V> IntoView for $signal<V>
        where
            V: IntoView + Clone + Send + Sync + 'static,
        {
            fn into_view(self) -> View {
                (move || self.get()).into_view()
            }
        }
    )*};
}

signals!(Signal RwSignal Memo);

macro_rules! words {
    ($($words:ty)*) => {$(
        impl IntoView for $words {
            fn into_view(self) -> View {
                View::text(self.into())
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
