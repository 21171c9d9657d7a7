//! A list that lays only the rows near the screen, so that ten thousand rows scroll like ten. The
//! page itself scrolls; a row's height is fixed by the style sheet (`--row-h`) and measured here.

use std::hash::Hash;
use std::ops::Range;

use leptos::ev;
use view::html;
use view::prelude::*;
use view::{For, IntoView, component, view};

/// Most rows in the page at a time while the list is windowed.
pub const ROWS_MAX: usize = 40;

/// Longest list that is laid out whole.
pub const WHOLE_MAX: usize = 60;

/// Rows laid beyond each edge of the screen, so that Tab and a quick finger find one there.
const ROWS_BEYOND: usize = 8;

/// Row height in CSS pixels until one was measured.
const ROW_HEIGHT_FIRST: f64 = 95.0;

/// Height of a screen in CSS pixels where the browser does not tell.
const SCREEN_HEIGHT_FIRST: f64 = 1_200.0;

/// Where the list lies, in CSS pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Lay {
    /// How far the list's top lies above the top of the screen; negative below it.
    above: f64,
    /// Height of the screen.
    screen: f64,
    /// Height of a row.
    row: f64,
    /// Rows to lay beyond each edge of the screen: none at first, so that what is seen comes first.
    beyond: usize,
}

impl Lay {
    /// Before anything was measured: no place on the screen, so that one row is laid to measure.
    const UNKNOWN: Self = Self {
        above: 0.0,
        screen: 0.0,
        row: ROW_HEIGHT_FIRST,
        beyond: 0,
    };
}

/// One row that is in the page: its key, its place in the list, its data.
type Laid<T, K> = (K, usize, T);

/// A windowed list. `row` gets a signal of its data, so that a change of data redraws the row in
/// place and the focus stays; a row that has the focus stays in the page wherever the list scrolls.
#[component]
pub fn LongList<T, K, KeyOf, Row, V>(
    /// All rows in order.
    #[prop(into)]
    items: Signal<Vec<T>>,
    /// What tells rows apart, whatever their data.
    key: KeyOf,
    /// Makes the inside of a row.
    row: Row,
    /// What the list holds, read out.
    #[prop(into)]
    label: Signal<String>,
) -> impl IntoView
where
    T: Clone + PartialEq + Send + Sync + 'static,
    K: Clone + Eq + Hash + Send + Sync + 'static,
    KeyOf: Fn(&T) -> K + Clone + Send + Sync + 'static,
    Row: Fn(Signal<T>) -> V + Clone + Send + Sync + 'static,
    V: IntoView + 'static,
{
    let node = NodeRef::<html::Ul>::new();
    let lay = RwSignal::new(Lay::UNKNOWN);
    let focused = RwSignal::new(None::<K>);
    let count = Memo::new(move |_| items.with(Vec::len));
    let windowed = Memo::new(move |_| count.get() > WHOLE_MAX);
    follow_the_page(node, lay, windowed, count);
    let range = Memo::new(move |_| {
        if windowed.get() {
            window(count.get(), lay.get())
        } else {
            0..count.get()
        }
    });
    let laid =
        Memo::new(move |_| items.with(|rows| lay_rows(rows, range.get(), focused.get(), &key)));
    let row_height = Memo::new(move |_| lay.with(|l| l.row));
    let height = move || {
        windowed
            .get()
            .then(|| format!("{}px", whole(pixels(count.get(), row_height.get()).round())))
    };
    view! {
        <ul
            class=move || if windowed.get() { "list ll win" } else { "list ll" }
            node_ref=node
            aria-label=move || label.get()
            style:height=height
        >
            <For
                each=move || laid.get()
                key=|(key, ..)| key.clone()
                children=move |first| {
                    let place = Place { count, windowed, row_height };
                    one_row(first, laid, place, focused, row.clone())
                }
            />
        </ul>
    }
}

/// What every row needs to know of the list to find its place.
#[derive(Clone, Copy)]
struct Place {
    count: Memo<usize>,
    windowed: Memo<bool>,
    row_height: Memo<f64>,
}

fn one_row<T, K, Row, V>(
    first: Laid<T, K>,
    laid: Memo<Vec<Laid<T, K>>>,
    place: Place,
    focused: RwSignal<Option<K>>,
    row: Row,
) -> impl IntoView
where
    T: Clone + PartialEq + Send + Sync + 'static,
    K: Clone + Eq + Send + Sync + 'static,
    Row: Fn(Signal<T>) -> V,
    V: IntoView + 'static,
{
    let (key, first_at, first_item) = first;
    let own = StoredValue::new(key.clone());
    let find = move |laid: &[Laid<T, K>]| {
        own.with_value(|key| {
            laid.iter()
                .find(|l| l.0 == *key)
                .map(|l| (l.1, l.2.clone()))
        })
    };
    // A row on its way out of the page keeps what it last showed.
    let data = Memo::new(move |before: Option<&(usize, T)>| {
        laid.with(|l| find(l))
            .or_else(|| before.cloned())
            .unwrap_or_else(|| (first_at, first_item.clone()))
    });
    let at = Memo::new(move |_| data.with(|d| d.0));
    let item = Memo::new(move |_| data.with(|d| d.1.clone()));
    let moved = move || {
        place.windowed.get().then(|| {
            let down = whole(pixels(at.get(), place.row_height.get()).round());
            format!("translateY({down}px)")
        })
    };
    let leave = move |_| {
        let mine = own.try_with_value(Clone::clone);
        if focused.try_with_untracked(|f| *f == mine) == Some(true) {
            focused.set(None);
        }
    };
    view! {
        <li
            class="ll-row"
            style:transform=moved
            aria-posinset=move || (at.get() + 1).to_string()
            aria-setsize=move || place.count.get().to_string()
            on:focusin=move |_| focused.set(Some(key.clone()))
            on:focusout=leave
        >
            {row(item.into())}
        </li>
    }
}

/// The rows of the window, and the one that has the focus, in the order of the list.
fn lay_rows<T: Clone, K: PartialEq>(
    items: &[T],
    range: Range<usize>,
    focused: Option<K>,
    key: impl Fn(&T) -> K,
) -> Vec<Laid<T, K>> {
    let range = range.start.min(items.len())..range.end.min(items.len());
    let take = |at: usize| items.get(at).map(|item| (key(item), at, item.clone()));
    let kept = focused
        .and_then(|f| items.iter().position(|item| key(item) == f))
        .filter(|at| !range.contains(at));
    let before = kept.filter(|at| *at < range.start);
    let after = kept.filter(|at| *at >= range.end);
    before
        .into_iter()
        .chain(range)
        .chain(after)
        .filter_map(take)
        .collect()
}

/// Which rows to lay: those on the screen and some beyond, never more than [`ROWS_MAX`]; the one
/// nearest to the screen where none is on it.
fn window(count: usize, lay: Lay) -> Range<usize> {
    let row = lay.row.max(1.0);
    let seen = whole((lay.screen / row).ceil())
        .saturating_add(1)
        .min(ROWS_MAX);
    let beyond = pixels(lay.beyond.min((ROWS_MAX - seen) / 2), 1.0);
    let start = whole((lay.above / row).floor() - beyond).min(count.saturating_sub(1));
    let end = whole(((lay.above + lay.screen) / row).ceil() + beyond);
    let end = end.clamp(start.saturating_add(1), start.saturating_add(ROWS_MAX));
    start..end.min(count)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "rows or pixels of a page, never negative"
)]
fn whole(value: f64) -> usize {
    value.max(0.0) as usize
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a list is far shorter than 2^52 rows"
)]
fn pixels(count: usize, row: f64) -> f64 {
    count as f64 * row
}

/// Keeps `lay` in step with scrolling, resizing and the first rows that are laid.
fn follow_the_page(
    node: NodeRef<html::Ul>,
    lay: RwSignal<Lay>,
    windowed: Memo<bool>,
    count: Memo<usize>,
) {
    let measure = move || {
        let Some(list) = node.get_untracked() else {
            return;
        };
        let screen = window_height().unwrap_or(SCREEN_HEIGHT_FIRST);
        let above = -list.get_bounding_client_rect().top();
        let row = list
            .first_element_child()
            .map(|first| first.get_bounding_client_rect().height())
            .filter(|height| *height > 0.0);
        let _ = lay.try_maybe_update(|l| {
            let is_first = *l == Lay::UNKNOWN;
            let now = Lay {
                above,
                screen,
                row: row.unwrap_or(l.row),
                beyond: if is_first { 0 } else { ROWS_BEYOND },
            };
            let changed = *l != now;
            *l = now;
            (changed, ())
        });
    };
    let follow = move || {
        if windowed.try_get_untracked() == Some(true) {
            measure();
        }
    };
    let scroll = window_event_listener(ev::scroll, move |_| follow());
    let resize = window_event_listener(ev::resize, move |_| follow());
    on_cleanup(move || {
        scroll.remove();
        resize.remove();
    });
    Effect::new(move |_| {
        node.track();
        count.track();
        if windowed.get() {
            request_animation_frame(move || {
                measure();
                // What is on the screen is painted first, then the rows beyond are laid.
                request_animation_frame(measure);
            });
        }
    });
}

fn window_height() -> Option<f64> {
    view::prelude::window().inner_height().ok()?.as_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn lay(above: f64) -> Lay {
        Lay {
            above,
            screen: 820.0,
            row: 95.0,
            beyond: ROWS_BEYOND,
        }
    }

    #[test]
    fn the_window_covers_the_screen_wherever_it_lies() {
        for count in [61, 62, 100, 10_000] {
            for step in 0..2_000 {
                let above = f64::from(step) * 500.0 - 900.0;
                let range = window(count, lay(above));
                assert!(range.len() <= ROWS_MAX, "{range:?}");
                assert!(range.end <= count);
                let top = whole(above.max(0.0) / 95.0);
                let bottom = whole((above + 820.0).max(0.0) / 95.0);
                for seen in [top, bottom] {
                    assert!(
                        seen >= count || range.contains(&seen),
                        "{count} {above} {range:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn beyond_the_end_the_last_row_stays() {
        assert_eq!(window(100, lay(1e9)), 99..100);
        assert_eq!(window(0, lay(0.0)), 0..0);
    }

    #[test]
    fn a_list_far_from_the_screen_lays_one_row() {
        assert_eq!(window(100, lay(-820.0 - 95.0 * 20.0)), 0..1);
        assert_eq!(window(100, lay(-820.0 - 95.0 * 5.0)), 0..3);
        assert_eq!(window(100, Lay::UNKNOWN), 0..1);
    }

    #[test]
    fn a_tall_screen_of_low_rows_stays_within_the_limit() {
        let range = window(
            10_000,
            Lay {
                above: 5_000.0,
                screen: 4_000.0,
                row: 20.0,
                beyond: ROWS_BEYOND,
            },
        );
        assert_eq!(range.len(), ROWS_MAX);
    }

    #[test]
    fn the_focused_row_is_kept_in_its_order() {
        let items: Vec<u32> = (0..100).collect();
        let at = |focus| {
            lay_rows(&items, 40..43, focus, |n| *n)
                .into_iter()
                .map(|l| l.1)
                .collect::<Vec<_>>()
        };
        assert_eq!(at(None), [40, 41, 42]);
        assert_eq!(at(Some(3)), [3, 40, 41, 42]);
        assert_eq!(at(Some(99)), [40, 41, 42, 99]);
        assert_eq!(at(Some(41)), [40, 41, 42]);
        assert_eq!(at(Some(500)), [40, 41, 42]);
    }

    #[test]
    fn a_list_that_shrank_lays_what_is_left() {
        let items: Vec<u32> = (0..5).collect();
        assert_eq!(lay_rows(&items, 0..40, None::<u32>, |n| *n).len(), 5);
        assert_eq!(lay_rows(&items, 30..70, None::<u32>, |n| *n).len(), 0);
    }
}
