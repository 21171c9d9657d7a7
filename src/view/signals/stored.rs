use core::any::Any;
use core::marker::PhantomData;
use std::rc::Rc;

use leptos::prelude::{GetValue, LocalStorage, UpdateValue};

use super::{Change, Held, Lent, Typed, change_held, held};

type Inner = leptos::prelude::StoredValue<Held, LocalStorage>;

/// A value that nobody follows, with a handle that is copied.
pub struct StoredValue<T>(Inner, PhantomData<fn() -> T>);

impl<T> Clone for StoredValue<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for StoredValue<T> {}

impl<T: 'static> StoredValue<T> {
    /// Keeps a value.
    #[must_use]
    pub fn new(value: T) -> Self {
        Self(Inner::new_local(Rc::new(value)), PhantomData)
    }

    /// The value. Panics where it has ended.
    #[must_use]
    pub fn get_value(&self) -> T
    where
        T: Clone,
    {
        held(self.try_get_value())
    }

    /// The value, unless it has ended.
    #[must_use]
    pub fn try_get_value(&self) -> Option<T>
    where
        T: Clone,
    {
        self.try_with_value(T::clone)
    }

    /// What `look` makes of the value. Panics where it has ended.
    pub fn with_value<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        held(self.try_with_value(look))
    }

    /// What `look` makes of the value, unless it has ended.
    pub fn try_with_value<R>(&self, look: impl FnOnce(&T) -> R) -> Option<R> {
        Lent::Held(lend(self.0)?).value().map(look)
    }

    /// Sets the value.
    pub fn set_value(&self, value: T) {
        self.try_set_value(value);
    }

    /// Sets the value; gives it back where the place has ended.
    pub fn try_set_value(&self, value: T) -> Option<T> {
        let mut value = Some(value);
        self.try_update_value(|held| value.take().map(|value| *held = value));
        value
    }

    /// Changes the value in its place.
    pub fn update_value(&self, change: impl FnOnce(&mut T)) {
        self.try_update_value(change);
    }

    /// Changes the value in its place, unless it has ended.
    pub fn try_update_value<R>(&self, change: impl FnOnce(&mut T) -> R) -> Option<R> {
        let mut change = Some(change);
        let mut out = None;
        self.change(&mut |held: &mut T| {
            out = change.take().map(|change| change(held));
            true
        });
        out
    }

    // Apart, so that it is compiled once for each type and not for each user.
    #[inline(never)]
    fn change(self, change: &mut dyn Change<T>) {
        self::change(self.0, &mut Typed(change));
    }
}

fn lend(stored: Inner) -> Option<Held> {
    stored.try_get_value()
}

fn change(stored: Inner, change: &mut dyn Change<dyn Any>) {
    stored.try_update_value(|held| change_held(held, change));
}
