//! One element.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;
use std::marker::PhantomData;
use std::rc::Rc;

use leptos::ev::EventDescriptor;
use leptos::prelude::document;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, UnwrapThrowExt};
use web_sys::{Event, Node};

use crate::signals::NodeRef;
use crate::state::State;
use crate::tree::{IntoView, View};
use crate::value::{Held, IntoValue, Slot, Value};

const SVG: &str = "http://www.w3.org/2000/svg";

/// What the source says of an element, once for all that are made of it.
#[derive(PartialEq, Eq, Debug)]
pub struct Markup {
    /// The name of the element.
    pub tag: &'static str,
    /// Whether it is one of SVG.
    pub svg: bool,
    /// Which markup it was written in.
    pub place: u32,
    /// Attributes that never change, with their values.
    pub fixed: &'static [(&'static str, &'static str)],
    /// What the values are set on, in their order.
    pub values: &'static [(Slot, &'static str)],
}

thread_local! {
    /// An element of each markup with its fixed attributes, to be copied: one call to the page
    /// instead of one for each attribute.
    static MODELS: RefCell<HashMap<*const Markup, Node>> = RefCell::default();
}

impl Markup {
    /// A new element with the fixed attributes.
    fn copy(&'static self) -> web_sys::Element {
        let copied = MODELS.with_borrow_mut(|models| {
            let model = models.entry(self).or_insert_with(|| self.model());
            model.clone_node()
        });
        copied.unwrap_throw().unchecked_into()
    }

    fn model(&self) -> Node {
        let made = if self.svg {
            document().create_element_ns(Some(SVG), self.tag)
        } else {
            document().create_element(self.tag)
        };
        let model = made.unwrap_throw();
        for (name, value) in self.fixed {
            model.set_attribute(name, value).unwrap_throw();
        }
        model.unchecked_into()
    }
}

/// A function that is told of an event.
trait Hear {
    fn hear(&self, event: Event);
}

struct Typed<F, E>(F, PhantomData<fn(E)>);

impl<F: Fn(E), E: JsCast> Hear for Typed<F, E> {
    fn hear(&self, event: Event) {
        (self.0)(event.unchecked_into());
    }
}

/// Is told of the element once it is made.
type Tell = Box<dyn FnOnce(&web_sys::Element)>;

/// The description of an element, as `view!` builds it.
pub struct Element(Box<Description>);

struct Description {
    markup: &'static Markup,
    values: Vec<Value>,
    listeners: Vec<(Cow<'static, str>, Rc<dyn Hear>)>,
    tells: Vec<Tell>,
    children: Vec<View>,
}

// The ways to build one are no part of those who call them: there are many.
impl Element {
    /// An element without values, listeners and children yet.
    #[inline(never)]
    #[must_use]
    pub fn new(markup: &'static Markup) -> Self {
        Self(Box::new(Description {
            markup,
            values: Vec::new(),
            listeners: Vec::new(),
            tells: Vec::new(),
            children: Vec::new(),
        }))
    }

    /// Sets the next of the values.
    #[must_use]
    pub fn value(self, value: impl IntoValue) -> Self {
        self.set(value.into_value())
    }

    #[inline(never)]
    fn set(mut self, value: Value) -> Self {
        self.0.values.push(value);
        self
    }

    /// Listens to an event.
    #[must_use]
    pub fn on<E: EventDescriptor>(self, event: E, listener: impl Fn(E::EventType) + 'static) -> Self
    where
        E::EventType: JsCast + 'static,
    {
        self.listen(event.name(), Rc::new(Typed(listener, PhantomData)))
    }

    #[inline(never)]
    fn listen(mut self, event: Cow<'static, str>, listener: Rc<dyn Hear>) -> Self {
        self.0.listeners.push((event, listener));
        self
    }

    /// Tells where the element is once it is made.
    #[must_use]
    pub fn node_ref<E: JsCast + Clone + 'static>(mut self, node: NodeRef<E>) -> Self {
        self.0
            .tells
            .push(Box::new(move |element| node.load(element)));
        self
    }

    /// Adds a child.
    #[must_use]
    pub fn child(self, child: impl IntoView) -> Self {
        self.push(child.into_view())
    }

    #[inline(never)]
    fn push(mut self, child: View) -> Self {
        self.0.children.push(child);
        self
    }
}

/// An element that was made.
pub(crate) struct Standing {
    pub(crate) node: web_sys::Element,
    markup: &'static Markup,
    values: Vec<Held>,
    listeners: Vec<Listening>,
    children: Vec<State>,
}

/// A listener whose function can be exchanged.
struct Listening {
    event: Cow<'static, str>,
    listener: Rc<RefCell<Rc<dyn Hear>>>,
    _call: Closure<dyn Fn(Event)>,
}

impl Element {
    /// Makes the element.
    pub(crate) fn build(self) -> Standing {
        let new = *self.0;
        let node = new.markup.copy();
        let values = new.markup.values.iter().zip(new.values);
        let values = values
            .map(|((slot, name), value)| value.hold(&node, *slot, name, None))
            .collect();
        let listeners = new
            .listeners
            .into_iter()
            .map(|(event, listener)| Listening::begin(&node, event, listener))
            .collect();
        let children = new.children.into_iter().map(|child| {
            let child = State::build(child);
            child.insert(&node, None);
            child
        });
        let children = children.collect();
        for tell in new.tells {
            tell(&node);
        }
        Standing {
            markup: new.markup,
            node,
            values,
            listeners,
            children,
        }
    }

    /// Changes the element that stands there into this one, if it was written at the same place;
    /// gives the description back if not.
    pub(crate) fn rebuild(self, standing: &mut Standing) -> Result<(), Self> {
        let same = self.0.markup == standing.markup
            && self.0.children.len() == standing.children.len()
            && standing.hears(&self.0);
        if !same {
            return Err(self);
        }
        let new = *self.0;
        let held = std::mem::take(&mut standing.values);
        let values = new.markup.values.iter().zip(new.values).zip(held);
        standing.values = values
            .map(|(((slot, name), value), held)| {
                value.hold(&standing.node, *slot, name, Some(held))
            })
            .collect();
        for ((_, listener), standing) in new.listeners.into_iter().zip(&standing.listeners) {
            standing.listener.replace(listener);
        }
        for (child, state) in new.children.into_iter().zip(&mut standing.children) {
            state.rebuild(child);
        }
        for tell in new.tells {
            tell(&standing.node);
        }
        Ok(())
    }
}

impl Standing {
    /// Whether it has the listeners of `element` and no others, whatever they are now.
    fn hears(&self, element: &Description) -> bool {
        let listeners = self.listeners.iter().map(|listening| &listening.event);
        listeners.eq(element.listeners.iter().map(|(event, _)| event))
    }
}

impl Listening {
    fn begin(node: &web_sys::Element, event: Cow<'static, str>, listener: Rc<dyn Hear>) -> Self {
        let listener = Rc::new(RefCell::new(listener));
        let current = Rc::clone(&listener);
        let call = Closure::new(move |event| {
            let listener = Rc::clone(&current.borrow());
            listener.hear(event);
        });
        node.add_event_listener_with_callback(&event, call.as_ref().unchecked_ref())
            .unwrap_throw();
        Self {
            event,
            listener,
            _call: call,
        }
    }
}
