//! What only the browser can tell or do: time, randomness, storage space, printing.

use js_sys::{Date, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// Bytes of the stack that are overwritten: a quarter of it.
const CLEARED: usize = 256 * 1024;

/// The tablet's wall clock, milliseconds of UTC, as it stands.
#[must_use]
pub(crate) fn wall_ms() -> i64 {
    whole(Date::now())
}

/// Milliseconds since the page was opened; never goes back.
#[must_use]
pub(crate) fn monotonic_ms() -> u64 {
    let ms = view::prelude::window()
        .performance()
        .map_or(0.0, |p| p.now());
    u64::try_from(whole(ms)).unwrap_or(0)
}

/// Waits so many milliseconds.
pub(crate) async fn pause(ms: i32) {
    let waited = js_sys::Promise::new(&mut |done, _| {
        let window = view::prelude::window();
        // A browser that sets no timers runs no app.
        drop(window.set_timeout_with_callback_and_timeout_and_arguments_0(&done, ms));
    });
    drop(JsFuture::from(waited).await);
}

/// Overwrites what calls before have left on the stack: keys are signed with there. What is freed
/// elsewhere the allocator overwrites.
#[inline(never)]
pub(crate) fn clear_stack() {
    let mut unused = [0_u8; CLEARED];
    core::hint::black_box(&mut unused);
}

/// Whole milliseconds of a JavaScript number.
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    reason = "saturates, which is what is wanted"
)]
fn whole(ms: f64) -> i64 {
    ms as i64
}

/// Fills `bytes` from the browser's cryptographic source.
///
/// # Errors
/// The browser has none, or refuses.
pub(crate) fn fill_random(bytes: &mut [u8]) -> Result<(), JsValue> {
    view::prelude::window()
        .crypto()?
        .get_random_values_with_u8_array(bytes)?;
    Ok(())
}

/// Whether anybody can see the page: no other tab or app lies over it.
pub(crate) fn is_seen() -> bool {
    view::prelude::document().visibility_state() == web_sys::VisibilityState::Visible
}

/// Asks that the browser does not clear this tablet's data by itself; its answer.
pub(crate) async fn persist() -> bool {
    let storage = view::prelude::window().navigator().storage();
    match storage.persist() {
        Ok(promise) => JsFuture::from(promise).await.is_ok_and(|v| v.is_truthy()),
        Err(_) => false,
    }
}

/// Whether the browser has promised not to clear this tablet's data by itself.
pub(crate) async fn persisted() -> bool {
    let storage = view::prelude::window().navigator().storage();
    match storage.persisted() {
        Ok(promise) => JsFuture::from(promise).await.is_ok_and(|v| v.is_truthy()),
        Err(_) => false,
    }
}

/// Storage used and allowed, bytes; `None` where the browser does not tell.
pub(crate) async fn space() -> Option<(u64, u64)> {
    let storage = view::prelude::window().navigator().storage();
    let estimate = JsFuture::from(storage.estimate().ok()?).await.ok()?;
    let number = |key: &str| {
        let value = js_sys::Reflect::get(&estimate, &JsValue::from_str(key))
            .ok()?
            .as_f64()?;
        u64::try_from(whole(value)).ok()
    };
    Some((number("usage")?, number("quota")?))
}

/// Puts the focus on the element of this id, where it is and can take it; without scrolling where
/// `still`.
pub(crate) fn focus(id: &str, still: bool) {
    let element = view::prelude::document().get_element_by_id(id);
    if let Some(element) = element.and_then(|e| e.dyn_into::<web_sys::HtmlElement>().ok()) {
        let options = web_sys::FocusOptions::new();
        options.set_prevent_scroll(still);
        // What cannot take the focus is on the screen all the same.
        let _ = element.focus_with_options(&options);
    }
}

/// The id of the element that an event came from.
pub(crate) fn target_id(event: &web_sys::Event) -> Option<String> {
    let element = event.target()?.dyn_into::<web_sys::Element>().ok()?;
    Some(element.id())
}

/// Opens the browser's print dialog.
pub(crate) fn print() {
    // A browser without a print dialog has nothing to fall back to.
    drop(view::prelude::window().print());
}

/// Copies bytes out of a JavaScript value that holds a `Uint8Array`.
#[must_use]
pub(crate) fn bytes_of(value: &JsValue) -> Option<Vec<u8>> {
    value.dyn_ref::<Uint8Array>().map(Uint8Array::to_vec)
}

/// What an error of the browser says.
pub(crate) fn words_of(error: &JsValue) -> String {
    match error.dyn_ref::<js_sys::Error>() {
        Some(error) => format!("{}: {}", error.name(), error.message()),
        None => error.as_string().unwrap_or_default(),
    }
}

/// Tells the boot script that the person wants the new version now.
pub(crate) fn activate_update() {
    // Nobody listens where no worker runs: then there is no new version either.
    tell_boot("doorstep-activate");
}

/// Whether this page is the one that writes. Without the boot script, as in tests of a part, it is.
pub(crate) fn has_turn() -> bool {
    turn().is_none()
}

/// How the lock stands, as the boot script says: `asked`, `elsewhere`, nothing where it is held.
pub(crate) fn turn() -> Option<String> {
    let page = view::prelude::document().document_element()?;
    page.get_attribute("data-turn")
}

/// Makes this page the one that writes, whichever is.
pub(crate) fn take_turn() {
    tell_boot("doorstep-take");
}

fn tell_boot(what: &str) {
    if let Ok(event) = web_sys::Event::new(what) {
        drop(view::prelude::window().dispatch_event(&event));
    }
}

/// What tells this build from every other: the address of its WebAssembly, which names the digest.
pub(crate) fn build() -> String {
    let script = view::prelude::document().query_selector("script[data-wasm]");
    let address = script
        .ok()
        .flatten()
        .and_then(|script| script.get_attribute("data-wasm"));
    address.unwrap_or_default()
}

/// From now on a panic is told to the boot script, which shows the plain page for it.
pub(crate) fn tell_of_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let detail = web_sys::CustomEventInit::new();
        detail.set_detail(&JsValue::from_str(&panic.to_string()));
        let told = web_sys::CustomEvent::new_with_event_init_dict("doorstep-crash", &detail);
        if let (Ok(event), Some(window)) = (told, web_sys::window()) {
            // Nothing is left to do where even this fails.
            drop(window.dispatch_event(&event));
        }
    }));
}

/// Presses the element of this id, where it is: opens the choice of a file.
pub(crate) fn press(id: &str) {
    let element = view::prelude::document().get_element_by_id(id);
    if let Some(element) = element.and_then(|e| e.dyn_into::<web_sys::HtmlElement>().ok()) {
        element.click();
    }
}

/// The bytes of the file that a person chose in the field an event came from; `None` where none
/// was. The field is empty afterwards, so that the same file can be chosen again.
///
/// # Errors
/// The file cannot be read, with what the browser says of it.
pub(crate) async fn chosen_file(event: web_sys::Event) -> Option<Result<Vec<u8>, String>> {
    let field = event
        .target()?
        .dyn_into::<web_sys::HtmlInputElement>()
        .ok()?;
    let file = field.files()?.get(0)?;
    let bytes = JsFuture::from(file.array_buffer()).await;
    field.set_value("");
    let bytes = bytes.map(|buffer| Uint8Array::new(&buffer).to_vec());
    Some(bytes.map_err(|error| words_of(&error)))
}

/// Longest side of a photo as it is kept, pixels: what stands on a form can be read on it.
const PHOTO_SIDE_MAX: f64 = 1_600.0;

/// How well a photo is kept, of 1.
const PHOTO_QUALITY: f64 = 0.8;

/// A picture that a person chose or took.
pub(crate) struct Picture(web_sys::File);

/// The pictures that a person chose or took in the field an event came from. The field is empty
/// afterwards.
pub(crate) fn chosen_pictures(event: &web_sys::Event) -> Vec<Picture> {
    let target = event.target().and_then(|field| field.dyn_into().ok());
    let Some(field): Option<web_sys::HtmlInputElement> = target else {
        return Vec::new();
    };
    let files = field.files();
    let count = files.as_ref().map_or(0, web_sys::FileList::length);
    let files: Vec<_> = (0..count)
        .filter_map(|at| files.as_ref()?.get(at).map(Picture))
        .collect();
    field.set_value("");
    files
}

impl Picture {
    /// A picture made smaller and written anew as a JPEG: of what the camera noted in it, the place
    /// too, nothing is left.
    ///
    /// # Errors
    /// The file is no picture that this browser reads.
    pub(crate) async fn photo(&self) -> Result<Vec<u8>, JsValue> {
        let bitmap = view::prelude::window().create_image_bitmap_with_blob(&self.0)?;
        let bitmap: web_sys::ImageBitmap = JsFuture::from(bitmap).await?.dyn_into()?;
        let (width, height) = (f64::from(bitmap.width()), f64::from(bitmap.height()));
        let scale = (PHOTO_SIDE_MAX / width.max(height).max(1.0)).min(1.0);
        let (width, height) = ((width * scale).round(), (height * scale).round());
        let canvas = view::prelude::document().create_element("canvas")?;
        let canvas: web_sys::HtmlCanvasElement = canvas.dyn_into()?;
        canvas.set_width(pixels(width));
        canvas.set_height(pixels(height));
        let context = canvas.get_context("2d")?.ok_or(JsValue::NULL)?;
        let context: web_sys::CanvasRenderingContext2d = context.dyn_into()?;
        // What is transparent would be black.
        context.set_fill_style_str("#fff");
        context.fill_rect(0.0, 0.0, width, height);
        context.draw_image_with_image_bitmap_and_dw_and_dh(&bitmap, 0.0, 0.0, width, height)?;
        bitmap.close();
        let quality = JsValue::from_f64(PHOTO_QUALITY);
        let url = canvas.to_data_url_with_type_and_encoder_options(JPEG, &quality)?;
        let content = url.strip_prefix("data:image/jpeg;base64,");
        content
            .and_then(record::keys::from_base64)
            .ok_or_else(|| JsValue::from_str("no JPEG"))
    }
}

fn pixels(side: f64) -> u32 {
    u32::try_from(whole(side)).unwrap_or(1).max(1)
}

/// The media type of photos.
const JPEG: &str = "image/jpeg";

/// How long a file that is offered can be fetched.
const OFFERED_FOR: std::time::Duration = std::time::Duration::from_secs(60);

/// Offers a file of these texts, one after the other, for saving.
///
/// # Errors
/// The browser makes no files of it.
pub(crate) fn offer_file(name: &str, parts: &js_sys::Array) -> Result<(), JsValue> {
    let blob = web_sys::Blob::new_with_str_sequence(parts)?;
    let url = web_sys::Url::create_object_url_with_blob(&blob)?;
    let link = view::prelude::document().create_element("a")?;
    link.set_attribute("href", &url)?;
    link.set_attribute("download", name)?;
    link.unchecked_ref::<web_sys::HtmlElement>().click();
    // A browser may begin to read it after this has returned.
    let forget = move || drop(web_sys::Url::revoke_object_url(&url));
    leptos::leptos_dom::helpers::set_timeout(forget, OFFERED_FOR);
    Ok(())
}

/// Under which name the browser remembers, beside the database, that it holds a tablet.
const TABLET: &str = "tablet";

/// The code of the tablet that this browser holds, or did: the database may have been cleared.
#[must_use]
pub(crate) fn remembered() -> Option<String> {
    local_storage()?.get_item(TABLET).ok()?
}

/// Remembers that this browser holds a tablet of this code; `None` forgets it.
pub(crate) fn remember(code: Option<&str>) {
    if let Some(storage) = local_storage() {
        // A browser that keeps nothing beside the database tells nothing of its loss.
        drop(match code {
            Some(code) => storage.set_item(TABLET, code),
            None => storage.remove_item(TABLET),
        });
    }
}

/// Name of the setting and of the attribute of the page: `dark`, `light`, absent for the system's.
const THEME: &str = "theme";

/// The theme chosen on this tablet; `None` follows the system.
#[must_use]
pub(crate) fn theme() -> Option<String> {
    local_storage()?.get_item(THEME).ok()?
}

/// Chooses a theme, at once and for later starts.
pub(crate) fn set_theme(theme: Option<&str>) {
    if let Some(storage) = local_storage() {
        // A browser that keeps no settings follows the system at its next start.
        drop(match theme {
            Some(theme) => storage.set_item(THEME, theme),
            None => storage.remove_item(THEME),
        });
    }
    show_theme(theme);
}

/// Puts the chosen theme on the page.
pub(crate) fn show_theme(theme: Option<&str>) {
    let page = view::prelude::document().document_element();
    if let Some(page) = page {
        // The attribute's name is a valid one: nothing can fail.
        drop(match theme {
            Some(theme) => page.set_attribute("data-theme", theme),
            None => page.remove_attribute("data-theme"),
        });
    }
}

fn local_storage() -> Option<web_sys::Storage> {
    view::prelude::window().local_storage().ok()?
}
