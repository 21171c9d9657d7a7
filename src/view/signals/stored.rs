use core::any::Any;
use core::marker::PhantomData;

use leptos::prelude::{LocalStorage, UpdateValue, WithValue};

use super::{Change, Held, See, held};

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
        Self(Inner::new_local(Box::new(value)), PhantomData)
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
        let mut look = Some(look);
        let mut out = None;
        self.see(&mut |held: &T| out = look.take().map(|look| look(held)));
        out
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

    // Apart, so that they are compiled once for each type and not for each user.
    #[inline(never)]
    fn see(self, see: &mut dyn See<T>) {
        self::see(self.0, &mut |held: &dyn Any| {
            if let Some(held) = held.downcast_ref() {
                see.see(held);
            }
        });
    }

    #[inline(never)]
    fn change(self, change: &mut dyn Change<T>) {
        self::change(self.0, &mut |held: &mut dyn Any| {
            held.downcast_mut().is_some_and(|held| change.change(held))
        });
    }
}

fn see(stored: Inner, see: &mut dyn See<dyn Any>) {
    let _ = stored.try_with_value(|held| see.see(&**held));
}

fn change(stored: Inner, change: &mut dyn Change<dyn Any>) {
    let _ = stored.try_update_value(|held| change.change(&mut **held));
}
