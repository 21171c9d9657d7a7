use core::marker::PhantomData;
use std::rc::Rc;

use super::{Held, Make, Memo, RwSignal, Source, readers};

/// Something that can be read and followed: a signal, a memo, a function or a plain value.
pub struct Signal<T>(Source, PhantomData<fn() -> T>);

readers!(Signal);

impl<T> Signal<T> {
    pub(super) fn source(self) -> Source {
        self.0
    }
}

impl<T: 'static> Signal<T> {
    /// What `make` makes, each time it is read.
    #[must_use]
    pub fn derive(make: impl Fn() -> T + 'static) -> Self {
        Self(made(Rc::new(Derived(make))), PhantomData)
    }

    /// A value that never changes.
    #[must_use]
    pub fn stored(value: T) -> Self
    where
        T: Clone,
    {
        Self::derive(move || value.clone())
    }
}

/// Something with a function that makes the value.
struct Derived<F>(F);

impl<F: Fn() -> T, T: 'static> Make for Derived<F> {
    fn make(&self) -> Held {
        Rc::new((self.0)())
    }
}

fn made(make: Rc<dyn Make>) -> Source {
    Source::Made(leptos::prelude::StoredValue::new_local(make))
}

impl<T: Clone + Default + 'static> Default for Signal<T> {
    fn default() -> Self {
        Self::stored(T::default())
    }
}

impl<T> From<RwSignal<T>> for Signal<T> {
    fn from(signal: RwSignal<T>) -> Self {
        Self(signal.source(), PhantomData)
    }
}

impl<T> From<Memo<T>> for Signal<T> {
    fn from(memo: Memo<T>) -> Self {
        Self(memo.source(), PhantomData)
    }
}

impl<T: Clone + 'static> From<T> for Signal<T> {
    fn from(value: T) -> Self {
        Self::stored(value)
    }
}

impl From<&'static str> for Signal<String> {
    fn from(words: &'static str) -> Self {
        Self::derive(move || words.to_owned())
    }
}
