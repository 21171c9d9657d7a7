//! Signals that are compiled once, whatever they hold.
//!
//! They are Leptos's, with the value behind `dyn Any`: Leptos writes the code of a signal, a memo
//! or an effect anew for each type, which was a sixth of the client's download. What they do, when
//! they run and when they end is Leptos's; a handle outlives what it names, and then `get` panics
//! and `try_get` is `None`, as there.

mod callback;
mod effect;
mod memo;
mod node_ref;
mod prop;
mod rw;
mod signal;
mod stored;

use core::any::Any;
use std::rc::Rc;

use leptos::prelude::{GetUntracked, GetValue, LocalStorage, untrack};

pub use callback::Callback;
pub use effect::Effect;
pub use memo::Memo;
pub use node_ref::NodeRef;
pub use prop::{IntoProp, MaybeProp};
pub use rw::RwSignal;
pub use signal::Signal;
pub use stored::StoredValue;

/// A value of any type. Who looks at it holds it meanwhile, so that looking needs no function to
/// be handed on: that was code for each look.
type Held = Rc<dyn Any>;

/// A function that makes a value. This and the other traits of one function stand where `dyn Fn`
/// would: that brings the code of being called once for every function, which nobody calls.
trait Make {
    fn make(&self) -> Held;
}

/// Changes a value; says whether readers run again.
trait Change<T: ?Sized> {
    fn change(&mut self, held: &mut T) -> bool;
}

impl<T: ?Sized, F: FnMut(&mut T) -> bool> Change<T> for F {
    fn change(&mut self, held: &mut T) -> bool {
        self(held)
    }
}

type Made = leptos::prelude::StoredValue<Rc<dyn Make>, LocalStorage>;

/// What a reader follows.
#[derive(Clone, Copy)]
enum Source {
    Held(rw::Inner),
    Memo(leptos::prelude::Memo<memo::Kept>),
    Made(Made),
}

/// Whether the reader runs again when the value changes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reading {
    Tracked,
    Untracked,
}

/// A value while somebody looks at it.
enum Lent {
    Held(Held),
    Kept(memo::Kept),
}

impl Lent {
    /// The value. Apart, so that it is compiled once for each type.
    #[inline(never)]
    fn value<T: 'static>(&self) -> Option<&T> {
        match self {
            Self::Held(held) => held.downcast_ref(),
            Self::Kept(kept) => kept.any().downcast_ref(),
        }
    }
}

impl Source {
    /// What is there, cloned; nothing where the source has ended.
    #[inline(never)]
    fn get<T: Clone + 'static>(self, reading: Reading) -> Option<T> {
        self.lend(reading)?.value().cloned()
    }

    /// What `look` makes of the value.
    fn with<T: 'static, R>(self, reading: Reading, look: impl FnOnce(&T) -> R) -> Option<R> {
        self.lend(reading)?.value().map(look)
    }

    fn lend(self, reading: Reading) -> Option<Lent> {
        match self {
            Self::Held(signal) => {
                self.track(reading);
                signal.try_get_untracked().map(Lent::Held)
            }
            Self::Memo(memo) => {
                self.track(reading);
                memo.try_get_untracked().map(Lent::Kept)
            }
            Self::Made(make) => run(make, reading).map(Lent::Held),
        }
    }

    /// Makes the reader run again when the value changes.
    fn track(self, reading: Reading) {
        use leptos::prelude::Track;

        if reading == Reading::Untracked {
            return;
        }
        match self {
            Self::Held(signal) => signal.track(),
            Self::Memo(memo) => {
                memo.track();
                // A memo that nobody has read yet follows nothing, and would never tell.
                drop(memo.try_get_untracked());
            }
            Self::Made(make) => drop(run(make, reading)),
        }
    }
}

fn run(make: Made, reading: Reading) -> Option<Held> {
    let make = make.try_get_value()?;
    Some(match reading {
        Reading::Tracked => make.make(),
        Reading::Untracked => untrack(|| make.make()),
    })
}

/// Changes a value in its place; says whether readers run again.
#[expect(
    clippy::panic,
    reason = "a programming error: it would change under its reader"
)]
fn change_held(held: &mut Held, change: &mut dyn Change<dyn Any>) -> bool {
    let Some(held) = Rc::get_mut(held) else {
        panic!("a signal was changed by a function that looks at it");
    };
    change.change(held)
}

/// Changes a value of a type.
struct Typed<'c, T>(&'c mut dyn Change<T>);

impl<T: 'static> Change<dyn Any> for Typed<'_, T> {
    fn change(&mut self, held: &mut dyn Any) -> bool {
        held.downcast_mut().is_some_and(|held| self.0.change(held))
    }
}

/// What a reader gets, or a panic that names the cause: the scope that made the value has ended.
#[expect(clippy::panic, reason = "as Leptos does: a programming error")]
fn held<T>(value: Option<T>) -> T {
    match value {
        Some(value) => value,
        None => panic!("a signal was read after the scope that made it had ended"),
    }
}

macro_rules! readers {
    ($signal:ident) => {
        impl<T: 'static> $signal<T> {
            /// The value; the reader runs again when it changes. Panics where it has ended.
            #[must_use]
            pub fn get(&self) -> T
            where
                T: Clone,
            {
                crate::signals::held(self.source().get(crate::signals::Reading::Tracked))
            }

            /// The value as it is now. Panics where it has ended.
            #[must_use]
            pub fn get_untracked(&self) -> T
            where
                T: Clone,
            {
                crate::signals::held(self.source().get(crate::signals::Reading::Untracked))
            }

            /// The value as it is now, unless it has ended.
            #[must_use]
            pub fn try_get_untracked(&self) -> Option<T>
            where
                T: Clone,
            {
                self.source().get(crate::signals::Reading::Untracked)
            }

            /// What `look` makes of the value; the reader runs again when it changes. Panics where
            /// it has ended.
            pub fn with<R>(&self, look: impl FnOnce(&T) -> R) -> R {
                crate::signals::held(self.source().with(crate::signals::Reading::Tracked, look))
            }

            /// What `look` makes of the value as it is now. Panics where it has ended.
            pub fn with_untracked<R>(&self, look: impl FnOnce(&T) -> R) -> R {
                crate::signals::held(self.source().with(crate::signals::Reading::Untracked, look))
            }

            /// What `look` makes of the value as it is now, unless it has ended.
            pub fn try_with_untracked<R>(&self, look: impl FnOnce(&T) -> R) -> Option<R> {
                self.source().with(crate::signals::Reading::Untracked, look)
            }

            /// Makes the reader run again when the value changes.
            pub fn track(&self) {
                self.source().track(crate::signals::Reading::Tracked);
            }
        }

        impl<T> Clone for $signal<T> {
            fn clone(&self) -> Self {
                *self
            }
        }

        impl<T> Copy for $signal<T> {}

        impl<T> core::fmt::Debug for $signal<T> {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(stringify!($signal))
            }
        }
    };
}
use readers;

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use leptos::prelude::Owner;

    use super::*;

    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn a_memo_is_made_again_only_for_another_value() {
        let owner = Owner::new();
        owner.with(|| {
            let made = Arc::new(AtomicUsize::new(0));
            let count = Arc::clone(&made);
            let words = RwSignal::new("one".to_owned());
            let length = Memo::new(move |_| words.with(String::len));
            let doubled = Memo::new(move |before: Option<&usize>| {
                count.fetch_add(1, Ordering::Relaxed);
                length.get() * 2 + before.copied().unwrap_or(0)
            });
            assert_eq!((doubled.get(), doubled.get()), (6, 6));
            words.set("two".to_owned());
            assert_eq!(doubled.get(), 6);
            assert_eq!(made.load(Ordering::Relaxed), 1);
            words.update(|words| words.push('s'));
            assert_eq!(doubled.get(), 14);
        });
    }

    #[test]
    fn whatever_is_read_is_a_signal() {
        let owner = Owner::new();
        owner.with(|| {
            let number = RwSignal::new(2);
            let memo = Memo::new(move |_| number.get() + 1);
            let of_each: [Signal<i32>; 4] = [
                number.into(),
                memo.into(),
                7.into(),
                Signal::derive(move || number.get() * 10),
            ];
            let values = || of_each.map(|signal| (signal.get(), signal.with(|n| *n)));
            assert_eq!(values(), [(2, 2), (3, 3), (7, 7), (20, 20)]);
            number.set(4);
            assert_eq!(values(), [(4, 4), (5, 5), (7, 7), (40, 40)]);
            assert_eq!(of_each.map(|signal| signal.get_untracked()), [4, 5, 7, 40]);
            assert_eq!(number.try_maybe_update(|n| (false, *n)), Some(4));
        });
    }

    #[test]
    fn who_follows_a_memo_without_reading_it_runs_again() {
        let owner = Owner::new();
        owner.with(|| {
            let number = RwSignal::new(1);
            let halved = Memo::new(move |_| number.get() / 2);
            let runs = Arc::new(AtomicUsize::new(0));
            let count = Arc::clone(&runs);
            let follower = Memo::new(move |_| {
                halved.track();
                count.fetch_add(1, Ordering::Relaxed)
            });
            for (to, expected) in [(1, 0), (4, 1), (5, 1), (6, 2)] {
                number.set(to);
                assert_eq!(follower.get(), expected, "after {to}");
            }
            assert_eq!(runs.load(Ordering::Relaxed), 3);
        });
    }

    #[test]
    fn a_handle_outlives_its_value() {
        let owner = Owner::new();
        let (signal, stored, called) = owner.with(|| {
            let called = Rc::new(Cell::new(0));
            let count = Rc::clone(&called);
            let call = Callback::new(move |n: i32| count.set(count.get() + n));
            call.run(2);
            call.run(3);
            (RwSignal::new(1), StoredValue::new("kept"), called)
        });
        assert_eq!(called.get(), 5);
        assert_eq!(
            (signal.try_set(2), stored.try_get_value()),
            (None, Some("kept"))
        );
        owner.cleanup();
        assert_eq!(
            (signal.try_get_untracked(), signal.try_set(3)),
            (None, Some(3))
        );
        assert_eq!(
            (stored.try_get_value(), stored.try_set_value("x")),
            (None, Some("x"))
        );
        assert_eq!(stored.try_update_value(|_| ()), None);
    }
}
