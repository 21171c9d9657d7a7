//! A folder of the tablet that somebody has chosen: it lies outside of what the browser may clear.
//! File System Access, which Chromium has.

use js_sys::{Object, Promise, Reflect};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_name = showDirectoryPicker)]
    fn show_directory_picker(options: &JsValue) -> Result<Promise, JsValue>;

    /// `FileSystemDirectoryHandle`. The browser keeps it, and asks again before it is written to.
    #[derive(Clone)]
    pub(crate) type Folder;
    /// Its name, without where it lies.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn name(this: &Folder) -> String;
    #[wasm_bindgen(method, catch, js_name = queryPermission)]
    fn query_permission(this: &Folder, mode: &JsValue) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, catch, js_name = requestPermission)]
    fn request_permission(this: &Folder, mode: &JsValue) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, catch, js_name = getFileHandle)]
    fn get_file(this: &Folder, name: &str, options: &JsValue) -> Result<Promise, JsValue>;

    /// `FileSystemFileHandle`.
    type File;
    #[wasm_bindgen(method, catch, js_name = createWritable)]
    fn create_writable(this: &File) -> Result<Promise, JsValue>;

    /// `FileSystemWritableFileStream`: the file is as it was until it is closed.
    type Writable;
    #[wasm_bindgen(method, catch)]
    fn write(this: &Writable, text: &str) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn close(this: &Writable) -> Result<Promise, JsValue>;
}

/// Whether the browser lets a folder be chosen.
#[must_use]
pub(crate) fn can_be_chosen() -> bool {
    Reflect::has(&js_sys::global(), &"showDirectoryPicker".into()).unwrap_or(false)
}

/// Whether the person closed the window in which a folder is chosen.
#[must_use]
pub(crate) fn was_cancelled(why: &JsValue) -> bool {
    Reflect::get(why, &"name".into()).is_ok_and(|name| name == "AbortError")
}

/// An object of one field.
fn with(field: &str, value: &JsValue) -> JsValue {
    let object = Object::new();
    // A new object takes any field.
    drop(Reflect::set(&object, &field.into(), value));
    object.into()
}

fn to_write() -> JsValue {
    with("mode", &"readwrite".into())
}

impl Folder {
    /// Asks for a folder; to be called while a press of a button is handled.
    ///
    /// # Errors
    /// None was chosen, or the browser refuses.
    pub(crate) async fn choose() -> Result<Self, JsValue> {
        let chosen = JsFuture::from(show_directory_picker(&to_write())?).await?;
        Ok(chosen.unchecked_into())
    }

    /// Whether it may be written to without asking.
    pub(crate) async fn is_open(&self) -> bool {
        granted(self.query_permission(&to_write())).await
    }

    /// Asks whether it may be written to; to be called while a press of a button is handled.
    pub(crate) async fn ask(&self) -> bool {
        granted(self.request_permission(&to_write())).await
    }

    /// Begins to write a file: it is as it was until that has ended.
    ///
    /// # Errors
    /// The browser refuses.
    pub(crate) async fn begin(&self, name: &str) -> Result<Writing, JsValue> {
        let create = with("create", &JsValue::TRUE);
        let file = JsFuture::from(self.get_file(name, &create)?).await?;
        let file: File = file.unchecked_into();
        let writable = JsFuture::from(file.create_writable()?).await?;
        Ok(Writing(writable.unchecked_into()))
    }
}

/// A file that is being written.
pub(crate) struct Writing(Writable);

impl Writing {
    /// Writes the next piece.
    ///
    /// # Errors
    /// The browser refuses, or there is no room.
    pub(crate) async fn put(&self, text: &str) -> Result<(), JsValue> {
        JsFuture::from(self.0.write(text)?).await.map(drop)
    }

    /// Puts what was written in the file's place.
    ///
    /// # Errors
    /// As [`Self::put`].
    pub(crate) async fn end(&self) -> Result<(), JsValue> {
        JsFuture::from(self.0.close()?).await.map(drop)
    }
}

async fn granted(asked: Result<Promise, JsValue>) -> bool {
    match asked {
        Ok(asked) => JsFuture::from(asked)
            .await
            .is_ok_and(|said| said == "granted"),
        Err(_) => false,
    }
}
