//! What the source says of a piece of markup, and how it is made: everything that never changes is
//! made once and copied by one call, then only what changes is visited.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use leptos::prelude::document;
use wasm_bindgen::{JsCast, JsValue, UnwrapThrowExt};
use web_sys::Node;

use crate::value::Slot;

const SVG: &str = "http://www.w3.org/2000/svg";

/// What the source says of an element and what stands in it, once for all that are made of it.
#[derive(PartialEq, Eq, Debug)]
pub struct Markup {
    /// Which markup it was written in.
    pub place: u32,
    /// The nodes and what changes, each a mark and its words; the marks are those of [`Mark`].
    pub text: &'static str,
}

/// What a mark says of the words behind it. `view_macros` writes them.
enum Mark {
    /// An element of HTML begins; its name.
    Html,
    /// An element of SVG begins; its name.
    Svg,
    /// An attribute that never changes; its name.
    Name,
    /// The value of that attribute.
    Value,
    /// A value is set on the element; the name of the attribute, property, class or declaration.
    Set(Slot),
    /// The element listens; the event.
    Listen,
    /// Words that never change.
    Words,
    /// A place for what is shown.
    Child,
    /// Somebody is told of the element.
    Tell,
    /// The element ends.
    End,
}

impl Mark {
    fn of(byte: char) -> Option<Self> {
        Some(match byte {
            '\u{1}' => Self::Html,
            '\u{2}' => Self::Svg,
            '\u{3}' => Self::Name,
            '\u{4}' => Self::Value,
            '\u{5}' => Self::Set(Slot::Attribute),
            '\u{6}' => Self::Set(Slot::Property),
            '\u{7}' => Self::Set(Slot::Class),
            '\u{8}' => Self::Set(Slot::Style),
            '\u{e}' => Self::Listen,
            '\u{f}' => Self::Words,
            '\u{10}' => Self::Child,
            '\u{11}' => Self::Tell,
            '\u{12}' => Self::End,
            _ => return None,
        })
    }
}

/// What is done with one part of a description.
pub(crate) struct Act {
    /// On what a value is set.
    pub(crate) slot: Slot,
    /// The name of what is set, or of the event.
    pub(crate) name: &'static str,
}

/// A node that is visited: how it is come by from one that was visited before.
#[derive(Clone, Copy)]
enum Visit {
    FirstChildOf(usize),
    NextOf(usize),
}

/// How the elements of a markup are made.
pub(crate) struct Plan {
    pub(crate) markup: &'static Markup,
    /// What never changes, to be copied.
    model: Node,
    /// The nodes that are visited, after the first, which is the element itself.
    visits: Vec<Visit>,
    /// What is done at which of the visited nodes, in the order of the source.
    pub(crate) acts: Vec<(usize, Act)>,
}

thread_local! {
    static PLANS: RefCell<HashMap<*const Markup, Rc<Plan>>> = RefCell::default();
}

impl Markup {
    /// The plan, made when it is first asked for.
    pub(crate) fn plan(&'static self) -> Rc<Plan> {
        PLANS.with_borrow_mut(|plans| {
            let plan = plans.entry(self);
            Rc::clone(plan.or_insert_with(|| Rc::new(Plan::of(self))))
        })
    }
}

/// A node while the plan is made.
struct Drawn {
    node: Node,
    from: Option<Visit>,
    visited: bool,
}

/// The plan while it is made.
#[derive(Default)]
struct Drawing {
    /// All nodes, each after those that it is come by from.
    drawn: Vec<Drawn>,
    /// The elements that have not ended, each with the last node in it.
    open: Vec<(usize, Option<usize>)>,
    acts: Vec<(usize, Act)>,
}

impl Plan {
    fn of(markup: &'static Markup) -> Self {
        let mut drawing = Drawing::default();
        let mut name = "";
        let mut rest = markup.text.chars();
        while let Some(mark) = rest.next().and_then(Mark::of) {
            let words = rest.as_str();
            let end = words.find(|c| Mark::of(c).is_some());
            let (words, next) = words.split_at(end.unwrap_or(words.len()));
            rest = next.chars();
            match mark {
                Mark::Html => drawing.begin(document().create_element(words)),
                Mark::Svg => drawing.begin(document().create_element_ns(Some(SVG), words)),
                Mark::Name => name = words,
                Mark::Value => drawing.fix(name, words),
                Mark::Set(slot) => drawing.act(Act { slot, name: words }),
                Mark::Listen | Mark::Tell => drawing.act(Act {
                    slot: Slot::Attribute,
                    name: words,
                }),
                Mark::Words => drop(drawing.words(words)),
                Mark::Child => drawing.child(),
                Mark::End => drop(drawing.open.pop()),
            }
        }
        drawing.finish(markup)
    }

    /// The element and those of its nodes that are visited, new and standing nowhere.
    pub(crate) fn copy(&self) -> Vec<Node> {
        let element = self.model.clone_node_with_deep(true).unwrap_throw();
        let mut nodes = vec![element];
        for visit in &self.visits {
            let node = match visit {
                Visit::FirstChildOf(at) => nodes.get(*at).and_then(Node::first_child),
                Visit::NextOf(at) => nodes.get(*at).and_then(Node::next_sibling),
            };
            nodes.push(node.unwrap_throw());
        }
        nodes
    }
}

impl Drawing {
    /// Puts a node at the end of the element that is open.
    fn add(&mut self, node: Node) -> usize {
        let at = self.drawn.len();
        let from = self.open.last_mut().map(|(parent, last)| {
            if let Some(parent) = self.drawn.get(*parent) {
                parent.node.append_child(&node).unwrap_throw();
            }
            last.replace(at)
                .map_or(Visit::FirstChildOf(*parent), Visit::NextOf)
        });
        self.drawn.push(Drawn {
            node,
            from,
            visited: false,
        });
        at
    }

    fn begin(&mut self, made: Result<web_sys::Element, JsValue>) {
        let at = self.add(made.unwrap_throw().unchecked_into());
        self.open.push((at, None));
    }

    fn words(&mut self, words: &str) -> usize {
        self.add(document().create_text_node(words).unchecked_into())
    }

    /// A place is words that are empty: they show nothing, and a copy has them too.
    fn child(&mut self) {
        let at = self.words("");
        self.acts.push((
            at,
            Act {
                slot: Slot::Attribute,
                name: "",
            },
        ));
    }

    fn open_element(&self) -> usize {
        self.open.last().map_or(0, |(at, _)| *at)
    }

    fn fix(&self, name: &str, value: &str) {
        if let Some(drawn) = self.drawn.get(self.open_element()) {
            let element: &web_sys::Element = drawn.node.unchecked_ref();
            element.set_attribute(name, value).unwrap_throw();
        }
    }

    fn act(&mut self, act: Act) {
        self.acts.push((self.open_element(), act));
    }

    fn finish(mut self, markup: &'static Markup) -> Plan {
        for (at, _) in &self.acts {
            let mut next = Some(*at);
            while let Some(drawn) = next.and_then(|at| self.drawn.get_mut(at)) {
                if drawn.visited {
                    break;
                }
                drawn.visited = true;
                next = drawn.from.map(Visit::start);
            }
        }
        // What number each node has among those that are visited; the first is the element.
        let mut numbers = vec![0];
        let mut visits = Vec::new();
        for drawn in self.drawn.iter().skip(1) {
            let number = |at: usize| numbers.get(at).copied().unwrap_or_default();
            if let Some(from) = drawn.from.filter(|_| drawn.visited) {
                visits.push(from.map(number));
            }
            numbers.push(visits.len());
        }
        let acts = self.acts.into_iter();
        let acts = acts
            .map(|(at, act)| (numbers.get(at).copied().unwrap_or_default(), act))
            .collect();
        let model = self.drawn.swap_remove(0).node;
        Plan {
            markup,
            model,
            visits,
            acts,
        }
    }
}

impl Visit {
    /// The node that was visited before.
    fn start(self) -> usize {
        match self {
            Self::FirstChildOf(at) | Self::NextOf(at) => at,
        }
    }

    fn map(self, number: impl Fn(usize) -> usize) -> Self {
        match self {
            Self::FirstChildOf(at) => Self::FirstChildOf(number(at)),
            Self::NextOf(at) => Self::NextOf(number(at)),
        }
    }
}
