//! One element with what stands in it as far as it was written in one markup.

use std::cell::RefCell;
use std::marker::PhantomData;
use std::rc::Rc;

use leptos::ev::EventDescriptor;
use leptos::prelude::{IsDisposed, StoredValue};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, UnwrapThrowExt};
use web_sys::{Event, Node};

use crate::markup::{Act, Markup, Plan};
use crate::signals::NodeRef;
use crate::state::State;
use crate::tree::{IntoView, View};
use crate::value::{self, IntoValue, Value};

/// A function that is told of an event.
trait Hear {
    fn hear(&self, event: Event);
}

/// A listener with the scope whose signals it reads: an element that leaves the page while it has
/// the focus is left by it too, when the scope has ended.
struct Listener {
    hear: Rc<dyn Hear>,
    scope: StoredValue<()>,
}

impl Listener {
    fn hear(&self, event: Event) {
        if !self.scope.is_disposed() {
            self.hear.hear(event);
        }
    }
}

struct Typed<F, E>(F, PhantomData<fn(E)>);

impl<F: Fn(E), E: JsCast> Hear for Typed<F, E> {
    fn hear(&self, event: Event) {
        (self.0)(event.unchecked_into());
    }
}

/// What changes in a markup, in the order of its acts.
enum Part {
    Value(Value),
    Listener(Listener),
    Child(View),
    /// Is told of the element once it is made.
    Tell(Box<dyn FnOnce(&web_sys::Element)>),
}

/// The description of an element, as `view!` builds it.
pub struct Element(Box<Description>);

struct Description {
    markup: &'static Markup,
    parts: Vec<Part>,
}

// The ways to build one are no part of those who call them: there are many.
impl Element {
    /// An element of which only what never changes is known yet. Each of the calls below gives
    /// what the next act of the markup asks for.
    #[inline(never)]
    #[must_use]
    pub fn new(markup: &'static Markup) -> Self {
        Self(Box::new(Description {
            markup,
            parts: Vec::new(),
        }))
    }

    #[inline(never)]
    fn part(mut self, part: Part) -> Self {
        self.0.parts.push(part);
        self
    }

    /// Sets the next of the values.
    #[must_use]
    pub fn value(self, value: impl IntoValue) -> Self {
        self.set(value.into_value())
    }

    #[inline(never)]
    fn set(self, value: Value) -> Self {
        self.part(Part::Value(value))
    }

    /// Listens to the next of the events, which is `event`.
    #[must_use]
    pub fn on<E: EventDescriptor>(self, event: E, listener: impl Fn(E::EventType) + 'static) -> Self
    where
        E::EventType: JsCast + 'static,
    {
        drop(event);
        self.listen(Rc::new(Typed(listener, PhantomData)))
    }

    #[inline(never)]
    fn listen(self, listener: Rc<dyn Hear>) -> Self {
        let scope = StoredValue::new(());
        self.part(Part::Listener(Listener {
            hear: listener,
            scope,
        }))
    }

    /// Tells where the element is once it is made.
    #[must_use]
    pub fn node_ref<E: JsCast + Clone + 'static>(self, node: NodeRef<E>) -> Self {
        self.part(Part::Tell(Box::new(move |element| node.load(element))))
    }

    /// Gives what stands at the next place.
    #[must_use]
    pub fn child(self, child: impl IntoView) -> Self {
        self.push(child.into_view())
    }

    #[inline(never)]
    fn push(self, child: View) -> Self {
        self.part(Part::Child(child))
    }
}

/// An element that was made.
pub(crate) struct Standing {
    pub(crate) node: web_sys::Element,
    plan: Rc<Plan>,
    held: Vec<Held>,
}

/// What a part became.
enum Held {
    Value(web_sys::Element, value::Held),
    Listener(Listening),
    Child(State),
    Told(web_sys::Element),
}

/// A listener whose function can be exchanged; it ends with the element.
struct Listening {
    node: Node,
    event: &'static str,
    listener: Rc<RefCell<Rc<Listener>>>,
    call: Closure<dyn Fn(Event)>,
}

impl Drop for Listening {
    /// An event that was on its way when the element left, such as the closing of a dialog, finds
    /// nobody.
    fn drop(&mut self) {
        let call = self.call.as_ref().unchecked_ref();
        // What is not there to be removed needs nothing.
        let _ = self
            .node
            .remove_event_listener_with_callback(self.event, call);
    }
}

impl Element {
    /// Makes the element.
    pub(crate) fn build(self) -> Standing {
        let plan = self.0.markup.plan();
        let nodes = plan.copy();
        let acts = plan.acts.iter().zip(self.0.parts);
        let held = acts
            .filter_map(|((at, act), part)| Some(Held::begin(nodes.get(*at)?, act, part)))
            .collect();
        let node = nodes.into_iter().next().unwrap_throw();
        Standing {
            node: node.unchecked_into(),
            plan,
            held,
        }
    }

    /// Changes the element that stands there into this one, if it was written at the same place;
    /// gives the description back if not.
    pub(crate) fn rebuild(self, standing: &mut Standing) -> Result<(), Self> {
        if self.0.markup != standing.plan.markup {
            return Err(self);
        }
        let held = std::mem::take(&mut standing.held);
        let acts = standing.plan.acts.iter().zip(self.0.parts).zip(held);
        standing.held = acts
            .map(|(((_, act), part), held)| held.change(act, part))
            .collect();
        Ok(())
    }
}

impl Held {
    fn begin(node: &Node, act: &Act, part: Part) -> Self {
        let element = || node.unchecked_ref::<web_sys::Element>().clone();
        match part {
            Part::Value(value) => {
                let element = element();
                let held = value.hold(&element, act.slot, act.name, None);
                Self::Value(element, held)
            }
            Part::Listener(listener) => Self::Listener(Listening::begin(node, act.name, listener)),
            Part::Child(view) => Self::Child(State::build(view, node.clone())),
            Part::Tell(tell) => {
                let element = element();
                tell(&element);
                Self::Told(element)
            }
        }
    }

    fn change(self, act: &Act, part: Part) -> Self {
        match (self, part) {
            (Self::Value(element, held), Part::Value(value)) => {
                let held = value.hold(&element, act.slot, act.name, Some(held));
                Self::Value(element, held)
            }
            (Self::Listener(listening), Part::Listener(listener)) => {
                listening.listener.replace(Rc::new(listener));
                Self::Listener(listening)
            }
            (Self::Child(mut state), Part::Child(view)) => {
                state.rebuild(view);
                Self::Child(state)
            }
            (Self::Told(element), Part::Tell(tell)) => {
                tell(&element);
                Self::Told(element)
            }
            // One markup has the same parts in the same order.
            (held, _) => held,
        }
    }
}

impl Listening {
    fn begin(node: &Node, event: &'static str, listener: Listener) -> Self {
        let listener = Rc::new(RefCell::new(Rc::new(listener)));
        let current = Rc::clone(&listener);
        let call = Closure::new(move |event| {
            let listener = Rc::clone(&current.borrow());
            listener.hear(event);
        });
        node.add_event_listener_with_callback(event, call.as_ref().unchecked_ref())
            .unwrap_throw();
        Self {
            node: node.clone(),
            event,
            listener,
            call,
        }
    }
}
