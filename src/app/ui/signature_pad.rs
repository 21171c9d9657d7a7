//! The signature pad: a canvas that only shows, and strokes that are the truth. Nothing is read
//! back from the canvas; it is drawn anew from the strokes whenever its size changes.

use leptos::ev;
use view::html;
use view::prelude::*;
use view::{IntoView, component, view};
use wasm_bindgen::prelude::*;

use super::icon::{Icon, IconSize, IconView};
use super::ink::{
    Fit, LINE_WIDTH, POINT_APART_MIN, PadSize, Piece, Stroke, Strokes, distance, middle, pieces,
};

/// Contacts wider than this many CSS pixels are a palm.
const CONTACT_WIDTH_MAX: i32 = 40;

/// Used until the style sheet's ink colour can be read.
const INK: &str = "#0C1A3A";

/// The words of a pad, in the reader's language.
#[derive(Clone, Copy, Debug)]
pub struct PadWords {
    /// What the pad is for and who signs, read out in place of the drawing.
    pub label: Signal<String>,
    /// Takes back the last stroke.
    pub undo: Signal<String>,
    /// Takes away all strokes.
    pub clear: Signal<String>,
    /// Brings the cleared strokes back.
    pub unclear: Signal<String>,
}

/// What is going on at one pad.
#[derive(Default)]
struct Hand {
    /// The contact that draws.
    pointer: Option<i32>,
    /// Once a pen was seen, fingers and palms are ignored.
    pen_seen: bool,
    /// The stroke being drawn, in pixels of the pad.
    points: Vec<(f64, f64)>,
}

/// A pad. A keyboard cannot use it: the way without a signature always stands next to it.
#[component]
pub fn SignaturePad(
    /// The strokes; the pad writes them at the end of each stroke and shows what others write.
    strokes: RwSignal<Strokes>,
    /// The pad the strokes belong to. It keeps its size while there are strokes, so that turning
    /// the tablet never changes their shape.
    size: RwSignal<PadSize>,
    /// Words.
    words: PadWords,
    /// Told after each stroke, undo and clear, so that the owner can store them.
    #[prop(into)]
    on_change: Callback<Strokes>,
    /// Above the pad, beside the buttons: what the signature states.
    #[prop(optional, into)]
    title: MaybeProp<String>,
    /// After the title, lighter.
    #[prop(optional, into)]
    note: MaybeProp<String>,
    /// Under the line: signer, time, visitor.
    #[prop(optional, into)]
    caption: MaybeProp<String>,
    /// Frame in the colour of an error.
    #[prop(optional, into)]
    bad: Signal<bool>,
    /// `low` or `lowest` for a smaller pad.
    #[prop(optional)]
    class: &'static str,
    /// What the last clear took away, where the owner has the [`PadTools`] in another place.
    #[prop(optional)]
    tools_apart: Option<RwSignal<Option<Strokes>>>,
) -> impl IntoView {
    let node = NodeRef::<html::Canvas>::new();
    let cleared = tools_apart.unwrap_or_default();
    let pad = Pad {
        node,
        strokes,
        size,
        cleared,
        on_change,
        hand: StoredValue::new(Hand::default()),
    };
    Effect::new(move |_| {
        strokes.track();
        pad.draw_all();
    });
    watch_size(pad);
    view! {
        <div class="sgn">
            <div class="row between wrap">
                <div>
                    <b>{move || title.get()}</b>
                    " "
                    <span class="muted sm">{move || note.get()}</span>
                </div>
                {tools_apart
                    .is_none()
                    .then(|| view! { <PadTools strokes cleared words on_change /> })}
            </div>
            <div class=move || format!("sigpad {} {class}", if bad.get() { "bad" } else { "" })>
                <canvas
                    node_ref=node
                    role="img"
                    aria-label=move || words.label.get()
                    on:pointerdown=move |ev| pad.down(&ev)
                    on:pointermove=move |ev| pad.moved(&ev)
                    on:pointerup=move |ev| pad.up(&ev)
                    on:pointercancel=move |ev| pad.up(&ev)
                    on:contextmenu=move |ev| ev.prevent_default()
                ></canvas>
                {move || caption.get().map(|c| view! { <span class="pl">{c}</span> })}
            </div>
        </div>
    }
}

/// Takes back the last stroke, or all of them until the next one.
#[component]
pub fn PadTools(
    /// The strokes of the pad.
    strokes: RwSignal<Strokes>,
    /// What the last clear took away, until the next stroke.
    cleared: RwSignal<Option<Strokes>>,
    /// Words.
    words: PadWords,
    /// Told after each press that changes the strokes.
    #[prop(into)]
    on_change: Callback<Strokes>,
) -> impl IntoView {
    let empty = Memo::new(move |_| strokes.with(Vec::is_empty));
    let idle = move || empty.get().then_some("true");
    let is_cleared = move || cleared.with(Option::is_some);
    let undo = move |_| {
        if strokes.try_update(Strokes::pop).flatten().is_some() {
            on_change.run(strokes.get_untracked());
        }
    };
    let clear_or_bring_back = move |_| {
        let kept = cleared.get_untracked();
        let now = strokes.get_untracked();
        if kept.is_none() && now.is_empty() {
            return;
        }
        cleared.set(kept.is_none().then_some(now));
        strokes.set(kept.unwrap_or_default());
        on_change.run(strokes.get_untracked());
    };
    view! {
        <span class="sigtools">
            <button type="button" class="btn" aria-disabled=idle on:click=undo>
                <IconView icon=Icon::Undo size=IconSize::Small />
                {move || words.undo.get()}
            </button>
            <button
                type="button"
                class="btn"
                aria-disabled=move || (empty.get() && !is_cleared()).then_some("true")
                on:click=clear_or_bring_back
            >
                {move || if is_cleared() { words.unclear.get() } else { words.clear.get() }}
            </button>
        </span>
    }
}

#[derive(Clone, Copy)]
struct Pad {
    node: NodeRef<html::Canvas>,
    strokes: RwSignal<Strokes>,
    size: RwSignal<PadSize>,
    /// What the last clear took away, until the next stroke.
    cleared: RwSignal<Option<Strokes>>,
    on_change: Callback<Strokes>,
    hand: StoredValue<Hand>,
}

impl Pad {
    fn down(self, ev: &ev::PointerEvent) {
        let kind = ev.pointer_type();
        let pen = kind == "pen";
        let palm = kind == "touch"
            && (ev.width() > CONTACT_WIDTH_MAX || self.hand.with_value(|h| h.pen_seen));
        let busy = self.hand.with_value(|h| h.pointer.is_some());
        if busy || palm || !ev.is_primary() || ev.button() != 0 {
            return;
        }
        ev.prevent_default();
        let Some(canvas) = self.node.get_untracked() else {
            return;
        };
        // Without capture a stroke that leaves the pad ends there; it is kept either way.
        let _ = canvas.set_pointer_capture(ev.pointer_id());
        self.take_size(&canvas);
        self.cleared.set(None);
        let at = self.at(&canvas, ev);
        self.hand.update_value(|h| {
            h.pointer = Some(ev.pointer_id());
            h.pen_seen |= pen;
            h.points = at.into_iter().collect();
        });
        self.draw_tail(&canvas);
    }

    fn moved(self, ev: &ev::PointerEvent) {
        if self.hand.with_value(|h| h.pointer) != Some(ev.pointer_id()) {
            return;
        }
        let Some(canvas) = self.node.get_untracked() else {
            return;
        };
        for point in coalesced(ev).iter().filter_map(|ev| self.at(&canvas, ev)) {
            let added = self.hand.try_update_value(|h| {
                let far = h
                    .points
                    .last()
                    .is_none_or(|l| distance(*l, point) >= POINT_APART_MIN);
                if far {
                    h.points.push(point);
                }
                far
            });
            if added == Some(true) {
                self.draw_tail(&canvas);
            }
        }
    }

    /// The end of a stroke; a contact the system took away keeps the stroke so far.
    fn up(self, ev: &ev::PointerEvent) {
        if self.hand.with_value(|h| h.pointer) != Some(ev.pointer_id()) {
            return;
        }
        let drawn = self.hand.try_update_value(|h| {
            h.pointer = None;
            std::mem::take(&mut h.points)
        });
        let size = self.size.get_untracked();
        let stroke: Stroke = drawn
            .unwrap_or_default()
            .into_iter()
            .map(|p| size.to_point(p))
            .collect();
        if !stroke.is_empty() {
            self.strokes.update(|s| s.push(stroke));
            self.on_change.run(self.strokes.get_untracked());
        }
    }

    /// The pad is as large as the canvas for as long as nothing is drawn on it.
    fn take_size(self, canvas: &web_sys::HtmlCanvasElement) {
        let rect = canvas.get_bounding_client_rect();
        let laid_out = rect.width() >= 1.0 && rect.height() >= 1.0;
        let free = self.strokes.with_untracked(Vec::is_empty)
            && self.cleared.with_untracked(Option::is_none);
        let now = PadSize::of(rect.width(), rect.height());
        if laid_out && free && self.size.get_untracked() != now {
            self.size.set(now);
        }
    }

    fn fit(self, canvas: &web_sys::HtmlCanvasElement) -> Fit {
        let rect = canvas.get_bounding_client_rect();
        Fit::new(self.size.get_untracked(), rect.width(), rect.height())
    }

    /// Where the contact lies, in pixels of the pad. Fractions of a pixel are kept where the
    /// browser gives them.
    fn at(self, canvas: &web_sys::HtmlCanvasElement, ev: &ev::PointerEvent) -> Option<(f64, f64)> {
        let rect = canvas.get_bounding_client_rect();
        let read = |name: &str| js_sys::Reflect::get(ev, &name.into()).ok()?.as_f64();
        let on_page = (
            read("clientX")? - rect.left(),
            read("clientY")? - rect.top(),
        );
        Some(self.fit(canvas).to_pad(on_page))
    }

    /// Draws all strokes anew, at the resolution of the screen.
    fn draw_all(self) {
        let Some(canvas) = self.node.get_untracked() else {
            return;
        };
        self.take_size(&canvas);
        let rect = canvas.get_bounding_client_rect();
        let ratio = window().device_pixel_ratio().max(1.0);
        let pixels = PadSize::of(rect.width() * ratio, rect.height() * ratio);
        canvas.set_width(u32::from(pixels.width));
        canvas.set_height(u32::from(pixels.height));
        let Some(context) = self.brush(&canvas) else {
            return;
        };
        let size = self.size.get_untracked();
        self.strokes.with_untracked(|strokes| {
            for stroke in strokes {
                trace(&context, &pieces(stroke, size));
            }
        });
    }

    /// Draws the newest piece of the stroke in progress.
    fn draw_tail(self, canvas: &web_sys::HtmlCanvasElement) {
        let tail = self.hand.with_value(|h| tail_of(&h.points));
        if let (Some(context), false) = (self.brush(canvas), tail.is_empty()) {
            trace(&context, &tail);
        }
    }

    /// A context that draws in pixels of the pad.
    fn brush(
        self,
        canvas: &web_sys::HtmlCanvasElement,
    ) -> Option<web_sys::CanvasRenderingContext2d> {
        let context: web_sys::CanvasRenderingContext2d =
            canvas.get_context("2d").ok()??.dyn_into().ok()?;
        let ratio = window().device_pixel_ratio().max(1.0);
        let fit = self.fit(canvas);
        let scale = fit.scale * ratio;
        context
            .set_transform(scale, 0.0, 0.0, scale, fit.left * ratio, fit.top * ratio)
            .ok()?;
        context.set_line_width(LINE_WIDTH);
        context.set_line_cap("round");
        context.set_line_join("round");
        context.set_stroke_style_str(&ink_colour(canvas).unwrap_or_else(|| INK.to_owned()));
        Some(context)
    }
}

fn ink_colour(canvas: &web_sys::HtmlCanvasElement) -> Option<String> {
    let style = window().get_computed_style(canvas).ok()??;
    style
        .get_property_value("color")
        .ok()
        .filter(|c| !c.is_empty())
}

/// The piece between the last two midpoints, or the dot a stroke begins with.
fn tail_of(points: &[(f64, f64)]) -> Vec<Piece> {
    match points {
        [] => Vec::new(),
        [only] => vec![Piece::Move(*only), Piece::Line(*only)],
        [first, second] => vec![Piece::Move(*first), Piece::Line(middle(*first, *second))],
        [.., before, around, last] => {
            vec![
                Piece::Move(middle(*before, *around)),
                Piece::Bend(*around, middle(*around, *last)),
            ]
        }
    }
}

fn trace(context: &web_sys::CanvasRenderingContext2d, line: &[Piece]) {
    context.begin_path();
    for piece in line {
        match *piece {
            Piece::Move((x, y)) => context.move_to(x, y),
            Piece::Bend((ax, ay), (x, y)) => context.quadratic_curve_to(ax, ay, x, y),
            Piece::Line((x, y)) => context.line_to(x, y),
        }
    }
    context.stroke();
}

/// The contacts between two frames, where the browser gives any; else the event itself.
fn coalesced(ev: &ev::PointerEvent) -> Vec<ev::PointerEvent> {
    let known = js_sys::Reflect::has(ev, &"getCoalescedEvents".into()).unwrap_or(false);
    let mut all: Vec<ev::PointerEvent> = if known {
        ev.get_coalesced_events()
            .iter()
            .filter_map(|e| e.dyn_into().ok())
            .collect()
    } else {
        Vec::new()
    };
    if all.is_empty() {
        all.push(ev.clone());
    }
    all
}

/// Draws anew when the canvas is laid out, turned or resized: a canvas clears when its size is set.
fn watch_size(pad: Pad) {
    type Watch = (web_sys::ResizeObserver, Closure<dyn FnMut()>);
    let watch = StoredValue::new(None::<Watch>);
    Effect::new(move |_| {
        let Some(canvas) = pad.node.get() else { return };
        let redraw = Closure::<dyn FnMut()>::new(move || pad.draw_all());
        if let Ok(observer) = web_sys::ResizeObserver::new(redraw.as_ref().unchecked_ref()) {
            observer.observe(&canvas);
            watch.set_value(Some((observer, redraw)));
        }
    });
    on_cleanup(move || {
        if let Some(Some((observer, _redraw))) = watch.try_update_value(Option::take) {
            observer.disconnect();
        }
    });
}
