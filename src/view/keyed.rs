//! Lists whose rows stay when others come and go.

use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, Hash};
use std::rc::Rc;

use leptos::prelude::Owner;
use web_sys::Node;

use crate::component;
use crate::state::{State, mark};
use crate::tree::{IntoView, Kind, View};

/// A row: what tells it from others, and what makes it.
pub(crate) struct Row {
    key: u64,
    make: Box<dyn FnOnce() -> View>,
    owner: Owner,
}

/// A row that stands in the page, with the owner of its signals.
pub(crate) struct StandingRow {
    key: u64,
    pub(crate) state: State,
    _owner: Owner,
}

/// Shows a row for each item. A row whose key stays is not made again: give it a signal to follow.
#[component]
pub fn For<T, I, K, Each, Key, Make, V>(
    /// The items, in order.
    each: Each,
    /// What tells items apart.
    key: Key,
    /// Makes the row of an item.
    children: Make,
) -> View
where
    T: 'static,
    I: IntoIterator<Item = T>,
    K: Hash,
    Each: Fn() -> I + 'static,
    Key: Fn(&T) -> K + 'static,
    Make: Fn(T) -> V + 'static,
    V: IntoView,
{
    let parent = Owner::current().unwrap_or_default();
    let make = Rc::new(children);
    (move || {
        let row = |item: T| {
            let make = Rc::clone(&make);
            Row {
                key: BuildHasherDefault::<DefaultHasher>::default().hash_one(key(&item)),
                make: Box::new(move || make(item).into_view()),
                owner: parent.clone(),
            }
        };
        View::new(Kind::Rows(each().into_iter().map(row).collect()))
    })
    .into_view()
}

impl StandingRow {
    pub(crate) fn build(row: Row) -> Self {
        let owner = row.owner.with(Owner::new);
        Self {
            key: row.key,
            state: owner.with(|| State::build((row.make)(), mark())),
            _owner: owner,
        }
    }

    /// Rows that are gone leave, new ones come, all stand in the new order.
    pub(crate) fn rebuild(rows: Vec<Row>, standing: &mut Vec<Self>, end: &Node) {
        let mut old: HashMap<u64, Self> = standing.drain(..).map(|row| (row.key, row)).collect();
        *standing = rows
            .into_iter()
            .map(|row| old.remove(&row.key).unwrap_or_else(|| Self::build(row)))
            .collect();
        for gone in old.values() {
            gone.state.remove();
        }
        let Some(parent) = end.parent_node() else {
            return;
        };
        let mut next = end.clone();
        for row in standing.iter().rev() {
            let mut last = None;
            row.state.each(&mut |node| last = Some(node.clone()));
            if last.and_then(|last| last.next_sibling()).as_ref() != Some(&next) {
                row.state.insert(&parent, Some(&next));
            }
            if let Some(first) = row.state.first() {
                next = first;
            }
        }
    }
}
