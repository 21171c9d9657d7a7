//! What only a browser can show: composition, focus, scrolling, contacts on the pad. Run with
//! `cargo test -p app --target wasm32-unknown-unknown`.

use view::prelude::*;
use view::{Mounted, View, mount_to, view};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Element, Event, HtmlElement, HtmlInputElement};

use super::*;

/// A part on a page of its own; leaving the test takes it away again.
struct Page {
    root: HtmlElement,
    _mounted: Mounted,
}

impl Page {
    async fn show(part: impl FnOnce() -> View + 'static) -> Self {
        let style = document().create_element("style").unwrap();
        style.set_text_content(Some(concat!(
            include_str!("../../../style/tokens.css"),
            include_str!("../../../style/base.css"),
            include_str!("../../../style/components.css"),
        )));
        let root: HtmlElement = document().create_element("div").unwrap().unchecked_into();
        let body = document().body().unwrap();
        body.append_child(&root).unwrap();
        let mounted = mount_to(&root, part);
        root.append_child(&style).unwrap();
        let page = Self {
            root,
            _mounted: mounted,
        };
        settle().await;
        page
    }

    fn all(&self, selector: &str) -> Vec<HtmlElement> {
        let found = self.root.query_selector_all(selector).unwrap();
        (0..found.length())
            .map(|n| found.item(n).unwrap().unchecked_into())
            .collect()
    }

    fn one(&self, selector: &str) -> HtmlElement {
        self.all(selector)
            .into_iter()
            .next()
            .unwrap_or_else(|| panic!("no {selector}"))
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        self.root.remove();
    }
}

/// Waits until effects and the next frame have run.
async fn settle() {
    wait(60).await;
}

async fn wait(milliseconds: i32) {
    let promise = js_sys::Promise::new(&mut |done, _| {
        window()
            .set_timeout_with_callback_and_timeout_and_arguments_0(&done, milliseconds)
            .unwrap();
    });
    wasm_bindgen_futures::JsFuture::from(promise).await.unwrap();
}

/// Sends an event of the named class to the element.
fn send(to: &Element, class: &str, kind: &str, init: &[(&str, JsValue)]) {
    let options = js_sys::Object::new();
    for (name, value) in init
        .iter()
        .chain(&[("bubbles", true.into()), ("cancelable", true.into())])
    {
        js_sys::Reflect::set(&options, &(*name).into(), value).unwrap();
    }
    let make: js_sys::Function = js_sys::Reflect::get(&js_sys::global(), &class.into())
        .unwrap()
        .unchecked_into();
    let arguments = js_sys::Array::of2(&kind.into(), &options);
    let event = js_sys::Reflect::construct(&make, &arguments).unwrap();
    to.dispatch_event(event.unchecked_ref::<Event>()).unwrap();
}

fn focused_text() -> String {
    document()
        .active_element()
        .and_then(|e| e.text_content())
        .unwrap_or_default()
}

#[wasm_bindgen_test]
async fn a_field_leaves_a_composition_alone() {
    let value = RwSignal::new(String::new());
    let entered = RwSignal::new(0);
    let on_enter = Callback::new(move |_: String| entered.update(|n| *n += 1));
    let page = Page::show(move || view! { <Field id="f" label="content" value on_enter /> }).await;
    let input: HtmlInputElement = page.one("input").unchecked_into();

    send(&input, "CompositionEvent", "compositionstart", &[]);
    input.set_value("ㄊㄡˊ");
    send(
        &input,
        "InputEvent",
        "input",
        &[("isComposing", true.into())],
    );
    settle().await;
    assert_eq!(value.get_untracked(), "", "half-composed text is not taken");

    value.set("from elsewhere".to_owned());
    settle().await;
    assert_eq!(
        input.value(),
        "ㄊㄡˊ",
        "nothing is written back in the middle"
    );

    let enter = |code: i32| [("key", "Enter".into()), ("keyCode", code.into())];
    send(&input, "KeyboardEvent", "keydown", &enter(13));
    input.set_value("投訴");
    send(&input, "CompositionEvent", "compositionend", &[]);
    assert_eq!(value.get_untracked(), "投訴");
    send(&input, "KeyboardEvent", "keydown", &enter(229));
    assert_eq!(
        entered.get_untracked(),
        0,
        "Enter of the composition is not Enter"
    );
    send(&input, "KeyboardEvent", "keydown", &enter(13));
    assert_eq!(entered.get_untracked(), 1);

    value.set("corrected".to_owned());
    settle().await;
    assert_eq!(input.value(), "corrected");
}

#[wasm_bindgen_test]
async fn a_message_comes_on_leaving_and_names_its_field() {
    let value = RwSignal::new(String::new());
    let check = Callback::new(|text: String| text.is_empty().then(|| "missing".to_owned()));
    let page = Page::show(move || {
        view! { <Field id="f" label="content" hint="as said" value check kind=FieldKind::Area /> }
    })
    .await;
    let area = page.one("textarea");
    assert_eq!(
        area.get_attribute("aria-describedby").as_deref(),
        Some("f-hint")
    );
    send(&area, "FocusEvent", "blur", &[]);
    settle().await;
    assert_eq!(
        area.get_attribute("aria-describedby").as_deref(),
        Some("f-error f-hint")
    );
    assert_eq!(area.get_attribute("aria-invalid").as_deref(), Some("true"));
    assert_eq!(
        page.one("#f-error").text_content().as_deref(),
        Some("missing")
    );
}

#[wasm_bindgen_test]
async fn arrows_choose_and_nothing_is_chosen_before() {
    let chosen = RwSignal::new(None::<u8>);
    let options = vec![
        SegOption::new(1, "one"),
        SegOption::new(2, "two"),
        SegOption::new(3, "three"),
    ];
    let on_choose = Callback::new(move |n| chosen.set(Some(n)));
    let page = Page::show(move || view! { <Seg label="which" options chosen on_choose /> }).await;
    assert!(page.all("[aria-checked=true]").is_empty());
    let buttons = page.all("[role=radio]");
    buttons[0].focus().unwrap();
    send(
        &buttons[0],
        "KeyboardEvent",
        "keydown",
        &[("key", "ArrowLeft".into())],
    );
    settle().await;
    assert_eq!(chosen.get_untracked(), Some(3));
    assert_eq!(focused_text(), "three");
    assert_eq!(page.all("[tabindex='0']").len(), 1, "one stop for Tab");
}

#[wasm_bindgen_test]
async fn a_sheet_takes_the_focus_and_gives_it_back() {
    let open = RwSignal::new(false);
    let page = Page::show(move || {
        view! {
            <button id="before">"open"</button>
            <Sheet id="s" open title="Call" close_label="close">
                <p>"inside"</p>
            </Sheet>
        }
    })
    .await;
    page.one("#before").focus().unwrap();
    assert!(page.all("dialog p").is_empty(), "made at the opening");
    open.set(true);
    settle().await;
    assert!(page.one("dialog").has_attribute("open"));
    assert_eq!(focused_text(), "Call");
    page.one("dialog .icon").click();
    settle().await;
    assert!(!page.one("dialog").has_attribute("open"));
    assert_eq!(focused_text(), "open");
    assert!(!open.get_untracked());
}

#[wasm_bindgen_test]
async fn ten_thousand_rows_are_forty_in_the_page() {
    let items = RwSignal::new((0..10_000_u32).map(|n| (n, 0_u32)).collect::<Vec<_>>());
    let page = Page::show(move || {
        let row = |item: Signal<(u32, u32)>| {
            let words = move || item.with(|(n, change)| format!("{n}/{change}"));
            view! { <div class="wr"><button>{words}</button></div> }
        };
        view! { <LongList items key=|i: &(u32, u32)| i.0 row label="cases" /> }
    })
    .await;
    let shown = || -> Vec<String> {
        page.all("li")
            .iter()
            .map(|r| r.text_content().unwrap())
            .collect()
    };
    assert!(shown().len() <= 40 && shown()[0] == "0/0", "{:?}", shown());
    let row = page.one("li").get_bounding_client_rect().height();
    let list = page.one("ul").get_bounding_client_rect().height();
    assert!((list - row * 10_000.0).abs() < 20.0, "{list} of {row}");

    page.one("li button").focus().unwrap();
    window().scroll_to_with_x_and_y(0.0, row * 5_000.0);
    wait(200).await;
    let rows = shown();
    assert!(
        rows.len() <= 41 && rows.contains(&"5003/0".to_owned()),
        "{rows:?}"
    );
    assert_eq!(focused_text(), "0/0", "the row with the focus stays");

    items.update(|all| all[0].1 = 7);
    settle().await;
    assert_eq!(focused_text(), "0/7", "and is redrawn in place");
    let rows = page.all("li");
    let top = rows
        .iter()
        .find(|r| r.text_content().as_deref() == Some("5003/0"))
        .unwrap();
    let top = top.get_bounding_client_rect().top();
    assert!(
        (0.0..row * 5.0).contains(&top),
        "row 5003 lies on the screen: {top}"
    );
    window().scroll_to_with_x_and_y(0.0, 0.0);
}

fn contact(canvas: &Element, kind: &str, at: (f64, f64), pointer: &str, width: f64) {
    let rect = canvas.get_bounding_client_rect();
    let init = [
        ("clientX", (rect.left() + at.0).into()),
        ("clientY", (rect.top() + at.1).into()),
        ("pointerType", pointer.into()),
        ("width", width.into()),
        ("isPrimary", true.into()),
        ("pointerId", 1.into()),
        ("button", 0.into()),
    ];
    send(canvas, "PointerEvent", kind, &init);
}

fn draw(canvas: &Element, pointer: &str, width: f64, last: &str) {
    contact(canvas, "pointerdown", (20.0, 20.0), pointer, width);
    contact(canvas, "pointermove", (20.4, 20.0), pointer, width);
    contact(canvas, "pointermove", (120.0, 80.0), pointer, width);
    contact(canvas, last, (120.0, 80.0), pointer, width);
}

#[wasm_bindgen_test]
async fn the_pad_keeps_strokes_and_ignores_palms() {
    let strokes = RwSignal::new(Strokes::new());
    let size = RwSignal::new(PadSize::default());
    let told = RwSignal::new(0);
    let words = PadWords {
        label: Signal::stored("signature".to_owned()),
        undo: Signal::stored("undo".to_owned()),
        clear: Signal::stored("clear".to_owned()),
        unclear: Signal::stored("bring back".to_owned()),
    };
    let on_change = Callback::new(move |_: Strokes| told.update(|n| *n += 1));
    let page = Page::show(move || view! { <SignaturePad strokes size words on_change /> }).await;
    let canvas = page.one("canvas");
    assert!(size.get_untracked().known());

    draw(&canvas, "touch", 60.0, "pointerup");
    assert!(strokes.get_untracked().is_empty(), "a palm is no stroke");
    draw(&canvas, "touch", 8.0, "pointercancel");
    assert_eq!(
        strokes.with_untracked(Vec::len),
        1,
        "a contact taken away keeps its stroke"
    );
    assert_eq!(
        strokes.with_untracked(|s| s[0].len()),
        2,
        "points closer than a pixel are dropped"
    );
    draw(&canvas, "pen", 1.0, "pointerup");
    draw(&canvas, "touch", 8.0, "pointerup");
    assert_eq!(
        strokes.with_untracked(Vec::len),
        2,
        "after a pen touch is ignored"
    );
    let point = size
        .get_untracked()
        .to_pixels(strokes.with_untracked(|s| s[0][1]));
    assert!(
        (point.0 - 120.0).abs() < 0.6 && (point.1 - 80.0).abs() < 0.6,
        "{point:?}"
    );

    let buttons = page.all(".sigtools button");
    buttons[0].click();
    assert_eq!(strokes.with_untracked(Vec::len), 1);
    buttons[1].click();
    settle().await;
    assert!(strokes.get_untracked().is_empty());
    assert_eq!(buttons[1].text_content().as_deref(), Some("bring back"));
    buttons[1].click();
    assert_eq!(strokes.with_untracked(Vec::len), 1);
    assert_eq!(told.get_untracked(), 5);
}
