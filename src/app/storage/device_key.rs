//! The device's signing key: Ed25519 of WebCrypto, not extractable, kept by the browser.

use js_sys::{Array, Object, Reflect, Uint8Array};
use sync::storage::StorageError;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{CryptoKey, SubtleCrypto};

use super::idb::IdbStorage;
use super::schema::said;
use crate::platform;

/// Name of the pair among what the browser keeps.
const DEVICE: &str = "device";
/// The algorithm's name in WebCrypto.
const ED25519: &str = "Ed25519";

/// The signing key of this tablet.
#[derive(Clone)]
pub(crate) struct DeviceKey {
    private: CryptoKey,
    public: [u8; 32],
}

impl DeviceKey {
    /// Opens the tablet's key, making it at the first start.
    ///
    /// # Errors
    /// The browser has no Ed25519, or refuses storage.
    pub(crate) async fn open(storage: &IdbStorage) -> Result<Self, StorageError> {
        if let Some(key) = storage.kept(DEVICE).await?.as_ref().and_then(Self::of) {
            return Ok(key);
        }
        let made = Self::make().await.map_err(refused)?;
        let record = made.record().map_err(refused)?;
        storage.keep(DEVICE, Some(&record)).await?;
        Ok(made)
    }

    /// The public half.
    pub(crate) fn public(&self) -> [u8; 32] {
        self.public
    }

    /// Signs `message`.
    ///
    /// # Errors
    /// The browser refuses.
    pub(crate) async fn sign(&self, message: &[u8]) -> Result<[u8; 64], JsValue> {
        let promise = subtle()?.sign_with_str_and_u8_array(ED25519, &self.private, message)?;
        let buffer = JsFuture::from(promise).await?;
        let mut signature = [0; 64];
        let bytes = Uint8Array::new(&buffer).to_vec();
        if bytes.len() != signature.len() {
            return Err(JsValue::from_str("a signature of the wrong length"));
        }
        signature.copy_from_slice(&bytes);
        Ok(signature)
    }

    async fn make() -> Result<Self, JsValue> {
        let usages = Array::of2(&"sign".into(), &"verify".into());
        let subtle = subtle()?;
        let promise = subtle.generate_key_with_str(ED25519, false, &usages)?;
        let pair = JsFuture::from(promise).await?;
        let private: CryptoKey = Reflect::get(&pair, &"privateKey".into())?.unchecked_into();
        let public: CryptoKey = Reflect::get(&pair, &"publicKey".into())?.unchecked_into();
        let raw = JsFuture::from(subtle.export_key("raw", &public)?).await?;
        let bytes = Uint8Array::new(&raw).to_vec();
        let public = <[u8; 32]>::try_from(bytes.as_slice())
            .map_err(|_| JsValue::from_str("a public key of the wrong length"))?;
        Ok(Self { private, public })
    }

    fn record(&self) -> Result<JsValue, JsValue> {
        let record = Object::new();
        Reflect::set(&record, &"private".into(), &self.private)?;
        Reflect::set(
            &record,
            &"public".into(),
            &Uint8Array::from(self.public.as_slice()),
        )?;
        Ok(record.into())
    }

    fn of(record: &JsValue) -> Option<Self> {
        let private = Reflect::get(record, &"private".into())
            .ok()?
            .dyn_into()
            .ok()?;
        let public = Reflect::get(record, &"public".into()).ok()?;
        let public = <[u8; 32]>::try_from(platform::bytes_of(&public)?.as_slice()).ok()?;
        Some(Self { private, public })
    }
}

#[expect(clippy::needless_pass_by_value, reason = "used with map_err")]
fn refused(error: JsValue) -> StorageError {
    said(platform::words_of(&error))
}

fn subtle() -> Result<SubtleCrypto, JsValue> {
    Ok(view::prelude::window().crypto()?.subtle())
}
