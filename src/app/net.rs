//! The endpoint over HTTP. Whether it was reached is judged by its answer alone.

use std::cell::RefCell;
use std::rc::Rc;

use gloo::events::EventListener;
use gloo::net::http::{Request, RequestBuilder};
use js_sys::{Array, Reflect, Uint8Array};
use record::DeviceId;
use record::keys::to_base64;
use record::signed::request_bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sync::tablet::{EventReader, TabletError};
use sync::wire::{
    DEVICE_HEADER, ErrorBody, LIVE_PATH, PERSON_HEADER, PERSON_SIGNATURE_HEADER, SIGNATURE_HEADER,
};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortController, AbortSignal, Blob, ReadableStream, ReadableStreamDefaultReader,
    ReadableWritablePair, Response, StreamPipeOptions, WritableStream,
};

use crate::state::Core;
use crate::storage::{DeviceKey, IdbStorage};

/// Names the build: what was recorded by which version of the app.
pub(crate) const BUILD: &str = env!("CARGO_PKG_VERSION");

/// How long a whole answer may take, milliseconds: a little more than the endpoint gives itself.
const ANSWER_MS_MAX: u32 = 70_000;

/// The status of who did not get the whole request in time.
const TOO_SLOW: u16 = 408;

/// The status of who takes no body of this size: without words a proxy, which takes a smaller one.
const TOO_MUCH: u16 = 413;

/// Shorter bodies go out as they are, bytes: one packet of the network holds them either way.
const PACKED_FROM: usize = 1024;

/// Why a meeting with the endpoint came to nothing. Everything recorded stays where it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NetFault {
    /// No answer.
    #[error("no answer")]
    Offline,
    /// No whole answer in time, or what went out did not arrive in time: less goes out at a time.
    #[error("no answer in time")]
    Slow,
    /// Who asked has left since: nobody waits for an answer.
    #[error("nobody waits for an answer")]
    Left,
    /// The endpoint answered that it does not take this.
    #[error("{}", .0.message)]
    Refused(ErrorBody),
    /// Another endpoint than the one of the link.
    #[error("another endpoint")]
    OtherRoot,
    /// The answer is none of the protocol's.
    #[error("the answer cannot be read")]
    Garbled,
    /// This tablet's own fault.
    #[error(transparent)]
    Tablet(#[from] TabletError),
    /// The meeting went well; of what lies on this tablet, something cannot be listed.
    #[error(transparent)]
    Unlisted(TabletError),
}

/// Posts without a signature: joining.
pub(crate) async fn post_plain<T: Serialize, R: DeserializeOwned>(
    path: &str,
    body: &T,
) -> Result<R, NetFault> {
    let body = serde_json::to_string(body).map_err(|_| NetFault::Garbled)?;
    read(&send(Request::post(path), body, Asker::now()).await?)
}

/// Posts these very bytes, signed by the device's key and by who has unlocked the tablet.
pub(crate) async fn post_signed<R: DeserializeOwned>(
    core: &Core,
    path: &str,
    body: String,
) -> Result<R, NetFault> {
    let request = signed_by_both(core, path, &body).await?;
    read(&send(request, body, core.asker.clone()).await?)
}

async fn signed_by_both(core: &Core, path: &str, body: &str) -> Result<RequestBuilder, NetFault> {
    let tablet = &core.tablet;
    let by_person = tablet.sign_request(path, body);
    let request = signed(tablet.storage(), tablet.device(), path, body).await?;
    Ok(match by_person {
        Some((person, signature)) => request
            .header(PERSON_HEADER, &person.to_string())
            .header(PERSON_SIGNATURE_HEADER, &signature),
        None => request,
    })
}

/// A line on which news or answers come, until this is dropped.
pub(crate) struct Line(AbortController);

impl Line {
    /// A line, and the signal by which who reads it hears that it is dropped; `None` where the
    /// browser has none.
    pub(crate) fn new() -> Option<(Self, AbortSignal)> {
        let controller = AbortController::new().ok()?;
        let signal = controller.signal();
        Some((Self(controller), signal))
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Waits for something new and calls `news` each time it is there, until the endpoint or the signal
/// ends it.
pub(crate) async fn wait_for_news(
    core: Rc<Core>,
    signal: &AbortSignal,
    news: impl Fn(),
) -> Result<(), NetFault> {
    let body = core.tablet.live_request()?;
    let request = signed_by_both(&core, LIVE_PATH, &body).await?;
    // What opens the tablet is not held while it waits.
    drop(core);
    let request = request.abort_signal(Some(signal));
    let response = request.body(body).map_err(|_| NetFault::Garbled)?;
    let response = response.send().await.map_err(|_| NetFault::Offline)?;
    let stream = response.body().filter(|_| response.ok());
    let reader = stream.ok_or(NetFault::Offline)?.get_reader();
    let reader: ReadableStreamDefaultReader = reader.unchecked_into();
    let mut events = EventReader::default();
    loop {
        let part = JsFuture::from(reader.read()).await;
        let part = part.map_err(|_| NetFault::Offline)?;
        let value = Reflect::get(&part, &JsValue::from_str("value"));
        // Without a value it is the end.
        let Some(bytes) = value.ok().filter(JsValue::is_object) else {
            return Ok(());
        };
        if events.take(&Uint8Array::new(&bytes).to_vec()) {
            news();
        }
    }
}

/// Posts these very bytes, signed by the device's key alone.
pub(crate) async fn post_as_device<R: DeserializeOwned>(
    storage: &IdbStorage,
    device: DeviceId,
    path: &str,
    body: String,
) -> Result<R, NetFault> {
    let asker = Asker::now();
    let request = signed(storage, device, path, &body).await?;
    read(&send(request, body, asker).await?)
}

async fn signed(
    storage: &IdbStorage,
    device: DeviceId,
    path: &str,
    body: &str,
) -> Result<RequestBuilder, NetFault> {
    let message = request_bytes("POST", path, &device, body.as_bytes());
    let key = DeviceKey::open(storage).await.map_err(TabletError::from)?;
    let signature = key.sign(&message).await.map_err(|_| NetFault::Garbled)?;
    Ok(Request::post(path)
        .header(DEVICE_HEADER, &device.to_string())
        .header(SIGNATURE_HEADER, &to_base64(&signature)))
}

fn read<R: DeserializeOwned>(text: &str) -> Result<R, NetFault> {
    json::read(text).map_err(|_| NetFault::Garbled)
}

#[wasm_bindgen]
extern "C" {
    /// The browser's, which `web-sys` does not have as stable.
    type CompressionStream;

    #[wasm_bindgen(constructor, catch)]
    fn new(format: &str) -> Result<CompressionStream, JsValue>;

    #[wasm_bindgen(method, getter)]
    fn readable(this: &CompressionStream) -> ReadableStream;

    #[wasm_bindgen(method, getter)]
    fn writable(this: &CompressionStream) -> WritableStream;
}

/// A body compressed; `None` where it is short, or the browser has nothing to do it with, or did
/// not do it in time.
async fn packed(body: &str, end: &AbortSignal) -> Option<JsValue> {
    if body.len() < PACKED_FROM {
        return None;
    }
    let gzip = CompressionStream::new("gzip").ok()?;
    let pair = ReadableWritablePair::new(&gzip.readable(), &gzip.writable());
    let plain = Blob::new_with_str_sequence(&Array::of1(&JsValue::from_str(body))).ok()?;
    let within = StreamPipeOptions::new();
    within.set_signal(end);
    let packed = plain.stream().pipe_through_with_options(&pair, &within);
    let whole = Response::new_with_opt_readable_stream(Some(&packed)).ok()?;
    JsFuture::from(whole.array_buffer().ok()?).await.ok()
}

thread_local! {
    /// Ends what was asked since somebody has left.
    static ASKED: RefCell<Option<(Line, AbortSignal)>> = const { RefCell::new(None) };
}

/// Who asks something of the endpoint, until they leave.
#[derive(Clone)]
pub(crate) struct Asker {
    /// `None` where the browser has no such thing: then nothing is asked.
    left: Option<AbortSignal>,
}

impl Asker {
    /// Who asks from now on.
    pub(crate) fn now() -> Self {
        let asked = ASKED.take().or_else(Line::new);
        let left = asked.as_ref().map(|(_, left)| left.clone());
        ASKED.set(asked);
        Self { left }
    }

    /// Whether they have left since ([`hang_up`]).
    pub(crate) fn has_left(&self) -> bool {
        self.left.as_ref().is_some_and(AbortSignal::aborted)
    }
}

/// Ends every request that is under way: who asked has locked the tablet, and what opens it is not
/// held for an answer that may take its time.
pub(crate) fn hang_up() {
    drop(ASKED.take());
}

/// What ends a request without an answer.
struct Bounds {
    /// Tells the request.
    end: AbortSignal,
    /// Its time is over.
    time: AbortSignal,
    /// Who asked may leave.
    asker: Asker,
    /// For as long as it is under way.
    _heard: [EventListener; 2],
}

impl Bounds {
    /// Those of a request. `None` where the browser has no such thing.
    fn of(asker: Asker) -> Option<Self> {
        let request = AbortController::new().ok()?;
        let (end, left) = (request.signal(), asker.left.as_ref()?);
        let time = AbortSignal::timeout_with_u32(ANSWER_MS_MAX);
        let heard = [&time, left].map(|signal| {
            let request = request.clone();
            EventListener::once(signal, "abort", move |_| request.abort())
        });
        Some(Self {
            end,
            time,
            asker,
            _heard: heard,
        })
    }

    /// Whether it was ended, and by what.
    fn passed(&self) -> Result<(), NetFault> {
        match (self.asker.has_left(), self.time.aborted()) {
            (true, _) => Err(NetFault::Left),
            (false, true) => Err(NetFault::Slow),
            (false, false) => Ok(()),
        }
    }
}

async fn send(request: RequestBuilder, body: String, asker: Asker) -> Result<String, NetFault> {
    let bounds = Bounds::of(asker).ok_or(NetFault::Offline)?;
    // It may have been made ready before they left.
    bounds.passed()?;
    let request = request
        .header("content-type", "application/json")
        .abort_signal(Some(&bounds.end));
    let request = match packed(&body, &bounds.end).await {
        Some(packed) => request.header("content-encoding", "gzip").body(packed),
        None => request.body(body),
    };
    let response = request.map_err(|_| NetFault::Garbled)?.send().await;
    let text = match &response {
        Ok(response) => response.text().await,
        Err(_) => Ok(String::new()),
    };
    bounds.passed()?;
    let response = response.map_err(|_| NetFault::Offline)?;
    if response.ok() {
        return text.map_err(|_| NetFault::Garbled);
    }
    let refusal: Option<ErrorBody> = text.ok().and_then(|text| json::read(&text).ok());
    Err(match (refusal, response.status()) {
        (_, TOO_SLOW) | (None, TOO_MUCH) => NetFault::Slow,
        (Some(refusal), _) => NetFault::Refused(refusal),
        // A proxy's own page: the endpoint itself did not answer.
        (None, _) => NetFault::Offline,
    })
}
