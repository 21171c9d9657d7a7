//! What an attribute can be.

use std::borrow::Cow;

use crate::signals::{Memo, RwSignal, Signal};
use crate::tree::{By, Make};
use js_sys::Reflect;
use leptos::reactive::effect::RenderEffect;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, HtmlElement};

/// The value of an attribute, a property, a class switch or a style declaration.
#[derive(Default)]
pub struct Value(Kind);

#[derive(Default)]
enum Kind {
    #[default]
    Absent,
    Flag(bool),
    Text(Cow<'static, str>),
    Live(Box<dyn Make<Value>>),
}

/// Where on the element a value goes.
#[derive(Clone, Copy)]
pub(crate) enum Slot {
    /// An attribute.
    Attribute,
    /// A property of the object.
    Property,
    /// A class that is switched.
    Class,
    /// A declaration of the style.
    Style,
}

/// One value that is set on an element.
pub(crate) enum Held {
    Fixed(Value),
    Live(RenderEffect<Value>),
}

impl Value {
    /// Sets the value, knowing what was set before; a function sets it again when a signal that it
    /// read has changed.
    pub(crate) fn hold(
        self,
        element: &Element,
        slot: Slot,
        name: &'static str,
        before: Option<Held>,
    ) -> Held {
        let before = before.and_then(|held| match held {
            Held::Fixed(value) => Some(value),
            Held::Live(effect) => effect.take_value(),
        });
        match self.0 {
            Kind::Live(mut make) => {
                let element = element.clone();
                Held::Live(RenderEffect::new_with_value(
                    move |before| {
                        let value = make.make().settled();
                        value.change(&element, slot, name, before.as_ref());
                        value
                    },
                    before,
                ))
            }
            kind => {
                let value = Self(kind);
                value.change(element, slot, name, before.as_ref());
                Held::Fixed(value)
            }
        }
    }

    fn settled(mut self) -> Self {
        while let Kind::Live(mut make) = self.0 {
            self = make.make();
        }
        self
    }

    fn same(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Kind::Absent, Kind::Absent) => true,
            (Kind::Flag(one), Kind::Flag(other)) => one == other,
            (Kind::Text(one), Kind::Text(other)) => one == other,
            _ => false,
        }
    }

    /// The words of an attribute; a flag that is set has none, one that is not is absent.
    fn words(&self) -> Option<&str> {
        match &self.0 {
            Kind::Text(words) => Some(words),
            Kind::Flag(true) => Some(""),
            Kind::Flag(false) | Kind::Absent | Kind::Live(_) => None,
        }
    }

    fn change(&self, element: &Element, slot: Slot, name: &str, before: Option<&Self>) {
        if before.map_or(matches!(self.0, Kind::Absent), |before| self.same(before)) {
            return;
        }
        let words = self.words();
        // Each of these fails for a name that is none, and names are written in the source.
        let _: Result<(), JsValue> = match (slot, words) {
            (Slot::Attribute, Some(words)) => element.set_attribute(name, words),
            (Slot::Attribute, None) => element.remove_attribute(name),
            (Slot::Property, words) => {
                let value = match &self.0 {
                    Kind::Flag(on) => JsValue::from_bool(*on),
                    _ => JsValue::from_str(words.unwrap_or_default()),
                };
                Reflect::set(element, &JsValue::from_str(name), &value).map(drop)
            }
            (Slot::Class, Some(_)) => element.class_list().add_1(name),
            (Slot::Class, None) => element.class_list().remove_1(name),
            (Slot::Style, words) => {
                let style = element.unchecked_ref::<HtmlElement>().style();
                match words {
                    Some(words) => style.set_property(name, words),
                    None => style.remove_property(name).map(drop),
                }
            }
        };
    }
}

impl<F, V> Make<Value> for By<F>
where
    F: FnMut() -> V,
    V: IntoValue,
{
    fn make(&mut self) -> Value {
        (self.0)().into_value()
    }
}

/// What can be the value of an attribute.
pub trait IntoValue {
    /// The value.
    fn into_value(self) -> Value;
}

impl IntoValue for bool {
    fn into_value(self) -> Value {
        Value(Kind::Flag(self))
    }
}

impl<V: IntoValue> IntoValue for Option<V> {
    fn into_value(self) -> Value {
        self.map_or_else(Value::default, IntoValue::into_value)
    }
}

impl<F, V> IntoValue for F
where
    F: FnMut() -> V + 'static,
    V: IntoValue,
{
    fn into_value(self) -> Value {
        Value(Kind::Live(Box::new(By(self))))
    }
}

macro_rules! signals {
    ($($signal:ident)*) => {$(
        impl<V> IntoValue for $signal<V>
        where
            V: IntoValue + Clone + Send + Sync + 'static,
        {
            fn into_value(self) -> Value {
                (move || self.get()).into_value()
            }
        }
    )*};
}

signals!(Signal RwSignal Memo);

macro_rules! words {
    ($($words:ty)*) => {$(
        impl IntoValue for $words {
            fn into_value(self) -> Value {
                Value(Kind::Text(self.into()))
            }
        }
    )*};
}

words!(&'static str String Cow<'static, str>);

macro_rules! numbers {
    ($($number:ty)*) => {$(
        impl IntoValue for $number {
            fn into_value(self) -> Value {
                self.to_string().into_value()
            }
        }
    )*};
}

numbers!(u32 usize i32);
