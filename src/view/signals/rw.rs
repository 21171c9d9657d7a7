use core::any::Any;
use core::marker::PhantomData;
use std::rc::Rc;

use leptos::prelude::{LocalStorage, Set, Update};

use super::{Change, Held, Source, Typed, change_held, readers};

pub(super) type Inner = leptos::prelude::RwSignal<Held, LocalStorage>;

/// A value that can be changed, and whose readers run again when it was.
pub struct RwSignal<T>(Inner, PhantomData<fn() -> T>);

readers!(RwSignal);

impl<T> RwSignal<T> {
    pub(super) fn source(self) -> Source {
        Source::Held(self.0)
    }
}

impl<T: Default + 'static> Default for RwSignal<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

/// Whether both are the same signal.
impl<T> PartialEq for RwSignal<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<T: 'static> RwSignal<T> {
    /// A signal with its first value.
    #[must_use]
    pub fn new(value: T) -> Self {
        Self(Inner::new_local(Rc::new(value)), PhantomData)
    }

    /// Sets the value.
    pub fn set(&self, value: T) {
        self.try_set(value);
    }

    /// Sets the value; gives it back where the signal has ended.
    pub fn try_set(&self, value: T) -> Option<T> {
        match put(self.0, Rc::new(value)) {
            None => None,
            Some(held) => Rc::downcast(held).ok().and_then(Rc::into_inner),
        }
    }

    /// Changes the value in its place.
    pub fn update(&self, change: impl FnOnce(&mut T)) {
        self.try_update(change);
    }

    /// Changes the value in its place, unless the signal has ended.
    pub fn try_update<R>(&self, change: impl FnOnce(&mut T) -> R) -> Option<R> {
        self.try_maybe_update(|held| (true, change(held)))
    }

    /// Changes the value in its place, unless the signal has ended; `change` says whether readers
    /// run again.
    pub fn try_maybe_update<R>(&self, change: impl FnOnce(&mut T) -> (bool, R)) -> Option<R> {
        let mut change = Some(change);
        let mut out = None;
        self.change(&mut |held: &mut T| {
            let Some((told, made)) = change.take().map(|change| change(held)) else {
                return false;
            };
            out = Some(made);
            told
        });
        out
    }

    /// Apart, so that it is compiled once for each type and not for each writer.
    #[inline(never)]
    fn change(self, change: &mut dyn Change<T>) {
        self::change(self.0, &mut Typed(change));
    }
}

/// Puts another value in the place of a signal's; gives it back where the signal has ended.
fn put(signal: Inner, value: Held) -> Option<Held> {
    signal.try_set(value)
}

fn change(signal: Inner, change: &mut dyn Change<dyn Any>) {
    signal.try_maybe_update(|held| (change_held(held, change), ()));
}
