//! One element.

use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;

use leptos::ev::EventDescriptor;
use leptos::html::ElementType;
use leptos::prelude::NodeRef;
use leptos::prelude::document;
use leptos::tachys::html::node_ref::NodeRefContainer;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, UnwrapThrowExt};
use web_sys::Event;

use crate::state::State;
use crate::tree::{IntoView, View};
use crate::value::{Held, IntoValue, Slot, Value};

const SVG: &str = "http://www.w3.org/2000/svg";

/// Attributes that never change, with their values.
type Fixed = &'static [(&'static str, &'static str)];

type Listener = Rc<dyn Fn(Event)>;

/// Is told of the element once it is made.
type Tell = Box<dyn FnOnce(&web_sys::Element)>;

/// The description of an element, as `view!` builds it.
pub struct Element {
    tag: &'static str,
    svg: bool,
    place: u32,
    fixed: Fixed,
    values: Vec<(Slot, &'static str, Value)>,
    listeners: Vec<(Cow<'static, str>, Listener)>,
    tells: Vec<Tell>,
    children: Vec<View>,
}

impl Element {
    /// An element of HTML.
    #[must_use]
    pub fn html(tag: &'static str, fixed: &'static [(&'static str, &'static str)]) -> Self {
        Self::new(tag, false, fixed)
    }

    /// An element of SVG.
    #[must_use]
    pub fn svg(tag: &'static str, fixed: &'static [(&'static str, &'static str)]) -> Self {
        Self::new(tag, true, fixed)
    }

    fn new(tag: &'static str, svg: bool, fixed: Fixed) -> Self {
        Self {
            tag,
            svg,
            place: 0,
            fixed,
            values: Vec::new(),
            listeners: Vec::new(),
            tells: Vec::new(),
            children: Vec::new(),
        }
    }

    /// Which markup this element was written in.
    #[must_use]
    pub fn place(mut self, place: u32) -> Self {
        self.place = place;
        self
    }

    /// Sets an attribute.
    #[must_use]
    pub fn attr(self, name: &'static str, value: impl IntoValue) -> Self {
        self.value(Slot::Attribute, name, value.into_value())
    }

    /// Sets a property.
    #[must_use]
    pub fn prop(self, name: &'static str, value: impl IntoValue) -> Self {
        self.value(Slot::Property, name, value.into_value())
    }

    /// Switches a class.
    #[must_use]
    pub fn class(self, name: &'static str, value: impl IntoValue) -> Self {
        self.value(Slot::Class, name, value.into_value())
    }

    /// Sets a style declaration.
    #[must_use]
    pub fn style(self, name: &'static str, value: impl IntoValue) -> Self {
        self.value(Slot::Style, name, value.into_value())
    }

    fn value(mut self, slot: Slot, name: &'static str, value: Value) -> Self {
        self.values.push((slot, name, value));
        self
    }

    /// Listens to an event.
    #[must_use]
    pub fn on<E: EventDescriptor>(self, event: E, listener: impl Fn(E::EventType) + 'static) -> Self
    where
        E::EventType: JsCast,
    {
        let listener = Rc::new(move |event: Event| listener(event.unchecked_into()));
        self.listen(event.name(), listener)
    }

    fn listen(mut self, event: Cow<'static, str>, listener: Listener) -> Self {
        self.listeners.push((event, listener));
        self
    }

    /// Tells where the element is once it is made.
    #[must_use]
    pub fn node_ref<E>(mut self, node: NodeRef<E>) -> Self
    where
        E: ElementType,
        NodeRef<E>: NodeRefContainer<E> + 'static,
    {
        self.tells.push(Box::new(move |element| node.load(element)));
        self
    }

    /// Adds a child.
    #[must_use]
    pub fn child(self, child: impl IntoView) -> Self {
        self.push(child.into_view())
    }

    fn push(mut self, child: View) -> Self {
        self.children.push(child);
        self
    }
}

/// An element that was made.
pub(crate) struct Standing {
    pub(crate) node: web_sys::Element,
    tag: &'static str,
    place: u32,
    fixed: Fixed,
    values: Vec<(Slot, &'static str, Held)>,
    listeners: Vec<Listening>,
    children: Vec<State>,
}

/// A listener whose function can be exchanged.
struct Listening {
    event: Cow<'static, str>,
    listener: Rc<RefCell<Listener>>,
    _call: Closure<dyn Fn(Event)>,
}

impl Element {
    /// Makes the element.
    pub(crate) fn build(self) -> Standing {
        let made = if self.svg {
            document().create_element_ns(Some(SVG), self.tag)
        } else {
            document().create_element(self.tag)
        };
        let node = made.unwrap_throw();
        for (name, value) in self.fixed {
            node.set_attribute(name, value).unwrap_throw();
        }
        let values = self.values.into_iter().map(|(slot, name, value)| {
            let held = value.hold(&node, slot, name, None);
            (slot, name, held)
        });
        let values = values.collect();
        let listeners = self.listeners.into_iter();
        let listeners = listeners
            .map(|(event, listener)| Listening::begin(&node, event, listener))
            .collect();
        let children = self.children.into_iter().map(|child| {
            let child = State::build(child);
            child.insert(&node, None);
            child
        });
        let children = children.collect();
        for tell in self.tells {
            tell(&node);
        }
        Standing {
            tag: self.tag,
            place: self.place,
            fixed: self.fixed,
            node,
            values,
            listeners,
            children,
        }
    }

    /// Changes the element that stands there into this one, if it was written at the same place;
    /// gives the description back if not.
    pub(crate) fn rebuild(self: Box<Self>, standing: &mut Standing) -> Result<(), Box<Self>> {
        let same = self.tag == standing.tag
            && self.place == standing.place
            && self.fixed == standing.fixed
            && self.children.len() == standing.children.len()
            && standing.takes(&self);
        if !same {
            return Err(self);
        }
        let held = std::mem::take(&mut standing.values);
        standing.values = self
            .values
            .into_iter()
            .zip(held)
            .map(|((slot, name, value), (.., held))| {
                let held = value.hold(&standing.node, slot, name, Some(held));
                (slot, name, held)
            })
            .collect();
        for ((_, listener), standing) in self.listeners.into_iter().zip(&standing.listeners) {
            standing.listener.replace(listener);
        }
        for (child, state) in self.children.into_iter().zip(&mut standing.children) {
            state.rebuild(child);
        }
        for tell in self.tells {
            tell(&standing.node);
        }
        Ok(())
    }
}

impl Standing {
    /// Whether it has the values and listeners of `element` and no others, whatever they are now.
    fn takes(&self, element: &Element) -> bool {
        let values = self.values.iter().map(|(slot, name, _)| (slot, name));
        let listeners = self.listeners.iter().map(|listening| &listening.event);
        values.eq(element.values.iter().map(|(slot, name, _)| (slot, name)))
            && listeners.eq(element.listeners.iter().map(|(event, _)| event))
    }
}

impl Listening {
    fn begin(node: &web_sys::Element, event: Cow<'static, str>, listener: Listener) -> Self {
        let listener = Rc::new(RefCell::new(listener));
        let current = Rc::clone(&listener);
        let call = Closure::new(move |event| {
            let listener = Rc::clone(&current.borrow());
            listener(event);
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
