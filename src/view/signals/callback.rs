use std::rc::Rc;

use super::StoredValue;

/// A function that is called again and again.
trait Call<In, Out> {
    fn call(&self, input: In) -> Out;
}

impl<In, Out, F: Fn(In) -> Out> Call<In, Out> for F {
    fn call(&self, input: In) -> Out {
        self(input)
    }
}

/// A function behind a handle that is copied.
pub struct Callback<In, Out = ()>(StoredValue<Rc<dyn Call<In, Out>>>);

impl<In, Out> Clone for Callback<In, Out> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<In, Out> Copy for Callback<In, Out> {}

impl<In: 'static, Out: 'static> Callback<In, Out> {
    /// Keeps a function.
    #[must_use]
    pub fn new(function: impl Fn(In) -> Out + 'static) -> Self {
        Self(StoredValue::new(Rc::new(function)))
    }

    /// Calls it. Panics where it has ended.
    pub fn run(&self, input: In) -> Out {
        self.0.get_value().call(input)
    }
}
