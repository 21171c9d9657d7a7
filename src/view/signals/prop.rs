use super::{Callback, RwSignal, Signal};

/// A property that may be missing, now or always.
pub struct MaybeProp<T>(Option<Signal<Option<T>>>);

impl<T> Clone for MaybeProp<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for MaybeProp<T> {}

impl<T> Default for MaybeProp<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T: Clone + 'static> MaybeProp<T> {
    /// What `make` makes, each time it is read.
    #[must_use]
    pub fn derive(make: impl Fn() -> Option<T> + 'static) -> Self {
        Self(Some(Signal::derive(make)))
    }

    /// The value; the reader runs again when it changes.
    #[must_use]
    pub fn get(&self) -> Option<T> {
        self.0.and_then(|signal| signal.get())
    }
}

impl<T: Clone + 'static> From<T> for MaybeProp<T> {
    fn from(value: T) -> Self {
        Self(Some(Signal::stored(Some(value))))
    }
}

impl<T: Clone + 'static> From<Option<T>> for MaybeProp<T> {
    fn from(value: Option<T>) -> Self {
        Self(value.map(|value| Signal::stored(Some(value))))
    }
}

impl<T: Clone + 'static> From<Signal<T>> for MaybeProp<T> {
    fn from(signal: Signal<T>) -> Self {
        Self::derive(move || Some(signal.get()))
    }
}

impl<T> From<Signal<Option<T>>> for MaybeProp<T> {
    fn from(signal: Signal<Option<T>>) -> Self {
        Self(Some(signal))
    }
}

impl<T> From<RwSignal<Option<T>>> for MaybeProp<T> {
    fn from(signal: RwSignal<Option<T>>) -> Self {
        Self(Some(signal.into()))
    }
}

impl From<&'static str> for MaybeProp<String> {
    fn from(words: &'static str) -> Self {
        words.to_owned().into()
    }
}

/// What can be written for a property of a component that is `into`: what `Into` takes, or a
/// function.
pub trait IntoProp<T, Marker> {
    /// The property.
    fn into_prop(self) -> T;
}

/// Taken by `Into`.
#[derive(Debug)]
pub struct Plain;

/// A function.
#[derive(Debug)]
pub struct Function;

impl<T, V: Into<T>> IntoProp<T, Plain> for V {
    fn into_prop(self) -> T {
        self.into()
    }
}

impl<T: 'static, F: Fn() -> T + 'static> IntoProp<Signal<T>, Function> for F {
    fn into_prop(self) -> Signal<T> {
        Signal::derive(self)
    }
}

impl<T: Clone + 'static, F: Fn() -> Option<T> + 'static> IntoProp<MaybeProp<T>, Function> for F {
    fn into_prop(self) -> MaybeProp<T> {
        MaybeProp::derive(self)
    }
}

impl<In, Out, F> IntoProp<Callback<In, Out>, Function> for F
where
    In: 'static,
    Out: 'static,
    F: Fn(In) -> Out + 'static,
{
    fn into_prop(self) -> Callback<In, Out> {
        Callback::new(self)
    }
}
