use wasm_bindgen::JsCast;

use super::RwSignal;

/// The element of the page that a piece of markup became.
pub struct NodeRef<E>(RwSignal<Option<E>>);

impl<E> Clone for NodeRef<E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for NodeRef<E> {}

impl<E: 'static> Default for NodeRef<E> {
    fn default() -> Self {
        Self(RwSignal::new(None))
    }
}

impl<E: Clone + 'static> NodeRef<E> {
    /// A reference to no element yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The element; the reader runs again when there is another.
    #[must_use]
    pub fn get(&self) -> Option<E> {
        self.0.get()
    }

    /// The element as it is now; none where the scope has ended, too.
    #[must_use]
    pub fn get_untracked(&self) -> Option<E> {
        self.0.try_get_untracked().flatten()
    }

    /// Makes the reader run again when there is another element.
    pub fn track(&self) {
        self.0.track();
    }
}

impl<E: JsCast + Clone + 'static> NodeRef<E> {
    pub(crate) fn load(self, element: &web_sys::Element) {
        self.0.set(Some(element.clone().unchecked_into()));
    }
}
