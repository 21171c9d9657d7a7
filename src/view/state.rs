//! What stands in the page, and how it changes.

use std::borrow::Cow;

use leptos::prelude::document;
use leptos::reactive::effect::RenderEffect;
use wasm_bindgen::JsCast;
use web_sys::Node;

use crate::element::Standing;
use crate::keyed::StandingRow;
use crate::tree::{Kind, View};

/// A view that was made. Each has at least one node of its own, so that its place is known.
pub(crate) enum State {
    /// Holds the place of nothing.
    Nothing(Node),
    Text(Node, Cow<'static, str>),
    Element(Box<Standing>),
    /// The parts, and what holds the place behind them.
    Many(Vec<State>, Node),
    Live(Live),
    Rows(Vec<StandingRow>, Node),
}

/// What a function made. The effect's task holds the value until it is next polled, and what is
/// inside would follow signals that have ended: so the value is taken out when this is dropped.
pub(crate) struct Live(RenderEffect<State>);

impl Drop for Live {
    fn drop(&mut self) {
        drop(self.0.take_value());
    }
}

/// A node that shows nothing: words that are empty.
pub(crate) fn mark() -> Node {
    document().create_text_node("").unchecked_into()
}

impl State {
    /// Makes the nodes of a view at the place that an empty text holds; where that stands nowhere
    /// yet, they do not either.
    pub(crate) fn build(view: View, place: Node) -> Self {
        match view.kind() {
            None => Self::Nothing(place),
            Some(kind) => Self::build_kind(kind, place),
        }
    }

    fn build_kind(kind: Kind, place: Node) -> Self {
        match kind {
            Kind::Text(words) => {
                place.set_node_value(Some(&words));
                Self::Text(place, words)
            }
            Kind::Element(element) => {
                let standing = element.build();
                if let Some(parent) = place.parent_node() {
                    // Fails only where the place has left its parent meanwhile.
                    let _ = parent.replace_child(&standing.node, &place);
                }
                Self::Element(Box::new(standing))
            }
            Kind::Many(parts) => {
                let parent = place.parent_node();
                let built = parts.into_iter().map(|part| {
                    let part = Self::build(part, mark());
                    if let Some(parent) = &parent {
                        part.insert(parent, Some(&place));
                    }
                    part
                });
                Self::Many(built.collect(), place)
            }
            Kind::Live(mut make) => {
                let mut place = Some(place);
                Self::Live(Live(RenderEffect::new(move |before: Option<Self>| {
                    let view = make.make();
                    match before {
                        None => Self::build(view, place.take().unwrap_or_else(mark)),
                        Some(mut state) => {
                            state.rebuild(view);
                            state
                        }
                    }
                })))
            }
            Kind::Rows(rows) => {
                let parent = place.parent_node();
                let built = rows.into_iter().map(|row| {
                    let row = StandingRow::build(row);
                    if let Some(parent) = &parent {
                        row.state.insert(parent, Some(&place));
                    }
                    row
                });
                Self::Rows(built.collect(), place)
            }
        }
    }

    /// Changes what stands in the page into this view; what was written at the same place stays
    /// and with it the focus.
    pub(crate) fn rebuild(&mut self, view: View) {
        let Some(kind) = view.kind() else {
            if !matches!(self, Self::Nothing(_)) {
                self.replace(Self::Nothing(mark()));
            }
            return;
        };
        let kind = match (kind, &mut *self) {
            (Kind::Text(words), Self::Text(node, shown)) => {
                if words != *shown {
                    node.set_node_value(Some(&words));
                    *shown = words;
                }
                return;
            }
            (Kind::Element(element), Self::Element(standing)) => match element.rebuild(standing) {
                Ok(()) => return,
                Err(element) => Kind::Element(element),
            },
            (Kind::Many(parts), Self::Many(states, end)) => {
                rebuild_parts(parts, states, end);
                return;
            }
            (Kind::Rows(rows), Self::Rows(standing, end)) => {
                StandingRow::rebuild(rows, standing, end);
                return;
            }
            // What a function made belongs to that function: its signals ended with it.
            (kind, _) => kind,
        };
        self.replace(Self::build_kind(kind, mark()));
    }

    fn replace(&mut self, new: Self) {
        if let Some(first) = self.first()
            && let Some(parent) = first.parent_node()
        {
            new.insert(&parent, Some(&first));
        }
        self.remove();
        *self = new;
    }

    /// Puts all nodes into `parent` before `before`, or at its end.
    pub(crate) fn insert(&self, parent: &Node, before: Option<&Node>) {
        self.each(&mut |node| {
            // Fails only where `before` has left the parent meanwhile; then the end will do.
            if parent.insert_before(node, before).is_err() {
                let _ = parent.append_child(node);
            }
        });
    }

    /// Takes all nodes out of the page.
    pub(crate) fn remove(&self) {
        self.each(&mut |node| {
            if let Some(parent) = node.parent_node() {
                // The node is a child: it was asked for its parent.
                let _ = parent.remove_child(node);
            }
        });
    }

    /// The first node.
    pub(crate) fn first(&self) -> Option<Node> {
        let mut first = None;
        self.each(&mut |node| {
            first.get_or_insert_with(|| node.clone());
        });
        first
    }

    /// All nodes of the outermost level, in order.
    pub(crate) fn each(&self, see: &mut dyn FnMut(&Node)) {
        match self {
            Self::Nothing(node) | Self::Text(node, _) => see(node),
            Self::Element(standing) => see(&standing.node),
            Self::Many(parts, end) => {
                for part in parts {
                    part.each(see);
                }
                see(end);
            }
            Self::Live(live) => {
                live.0.with_value_mut(|state| state.each(see));
            }
            Self::Rows(rows, end) => {
                for row in rows {
                    row.state.each(see);
                }
                see(end);
            }
        }
    }
}

fn rebuild_parts(parts: Vec<View>, states: &mut Vec<State>, end: &Node) {
    for old in states.drain(parts.len().min(states.len())..) {
        old.remove();
    }
    for (at, part) in parts.into_iter().enumerate() {
        if let Some(state) = states.get_mut(at) {
            state.rebuild(part);
        } else {
            let new = State::build(part, mark());
            if let Some(parent) = end.parent_node() {
                new.insert(&parent, Some(end));
            }
            states.push(new);
        }
    }
}
