use core::any::Any;
use core::marker::PhantomData;
use std::sync::Arc;

use super::{Source, readers};

/// A value made of others, kept until one of them changes; its readers run again only when it
/// came out different.
pub struct Memo<T>(leptos::prelude::Memo<Kept>, PhantomData<fn() -> T>);

readers!(Memo);

/// The value of a memo.
#[derive(Clone)]
pub(super) struct Kept(Arc<dyn Comparable>);

trait Comparable: Any + Send + Sync {
    fn any(&self) -> &dyn Any;
    fn same(&self, other: &dyn Any) -> bool;
}

impl<T: PartialEq + Send + Sync + 'static> Comparable for T {
    fn any(&self) -> &dyn Any {
        self
    }

    fn same(&self, other: &dyn Any) -> bool {
        other.downcast_ref() == Some(self)
    }
}

impl Kept {
    pub(super) fn any(&self) -> &dyn Any {
        self.0.any()
    }
}

impl PartialEq for Kept {
    fn eq(&self, other: &Self) -> bool {
        self.0.same(other.any())
    }
}

/// A function that makes the value, told of the one before.
trait Make: Send + Sync {
    fn make(&self, before: Option<&Kept>) -> Kept;
}

struct Typed<F, T>(F, PhantomData<fn() -> T>);

impl<F, T> Make for Typed<F, T>
where
    F: Fn(Option<&T>) -> T + Send + Sync,
    T: PartialEq + Send + Sync + 'static,
{
    fn make(&self, before: Option<&Kept>) -> Kept {
        Kept(Arc::new((self.0)(
            before.and_then(|kept| kept.any().downcast_ref()),
        )))
    }
}

impl<T> Memo<T> {
    pub(super) fn source(self) -> Source {
        Source::Memo(self.0)
    }
}

impl<T: PartialEq + Send + Sync + 'static> Memo<T> {
    /// A memo of what `make` makes; it is told what it made last.
    #[must_use]
    pub fn new(make: impl Fn(Option<&T>) -> T + Send + Sync + 'static) -> Self {
        Self(kept(Box::new(Typed(make, PhantomData))), PhantomData)
    }
}

fn kept(make: Box<dyn Make>) -> leptos::prelude::Memo<Kept> {
    leptos::prelude::Memo::new(move |before| make.make(before))
}
