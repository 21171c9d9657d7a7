//! Reading a request within its limits, and checking which tablet sent it and who unlocked it.

use std::error::Error as _;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::Request;
use axum::http::HeaderMap;
use record::DeviceId;
use serde::de::DeserializeOwned;
use sync::endpoint::{Signer, check_request, signed_by};
use sync::wire::{
    BODY_BYTES_MAX, DEVICE_HEADER, PERSON_HEADER, PERSON_SIGNATURE_HEADER, SIGNATURE_HEADER,
};

use super::fault::Fault;
use crate::state::Endpoint;
use crate::store::Store;

/// How long a request body may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(50);

/// Reads the whole body, at most [`BODY_BYTES_MAX`] after decompression.
///
/// # Errors
/// A fault where it is too large, too slow, cut off or not what its encoding says.
pub async fn read(request: Request) -> Result<(HeaderMap, Bytes), Fault> {
    let (parts, body) = request.into_parts();
    let reading = axum::body::to_bytes(body, BODY_BYTES_MAX);
    let Ok(read) = tokio::time::timeout(BODY_TIMEOUT, reading).await else {
        return Err(Fault::slow());
    };
    match read {
        Ok(bytes) => Ok((parts.headers, bytes)),
        Err(error) => {
            let limit = error
                .source()
                .is_some_and(|source| source.to_string().contains("length limit exceeded"));
            Err(if limit {
                Fault::too_much(format!("the body is larger than {BODY_BYTES_MAX} bytes"))
            } else {
                Fault::malformed("the body was cut off or is not what its encoding says")
            })
        }
    }
}

/// Checks the protocol of a request.
///
/// # Errors
/// A fault where it is another than this endpoint speaks.
pub fn speaks(proto: u32) -> Result<(), Fault> {
    Ok(sync::endpoint::speaks(proto)?)
}

/// Reads a body as JSON.
///
/// # Errors
/// A fault that says at which line and column it is wrong; it does not repeat the content.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Fault> {
    serde_json::from_slice(bytes).map_err(|error| {
        let what = match error.classify() {
            serde_json::error::Category::Data => "a field is missing or of the wrong type",
            _ => "the body is not whole JSON",
        };
        let (line, column) = (error.line(), error.column());
        Fault::malformed(format!("{what} (line {line}, column {column})"))
    })
}

/// Checks that the tablet named in the request signed it; answers who has unlocked it.
///
/// # Errors
/// A fault where the tablet did not, or is not in the roster.
pub async fn authenticate<S: Store>(
    endpoint: &Endpoint<S>,
    path: &str,
    headers: &HeaderMap,
    body: &[u8],
    device: DeviceId,
) -> Result<Signer, Fault> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if text(DEVICE_HEADER) != Some(device.to_string().as_str()) {
        return Err(Fault::unsigned(
            "the header names another device than the body, or none",
        ));
    }
    let signature = text(SIGNATURE_HEADER).unwrap_or_default();
    let mut tx = endpoint.store.read().await?;
    let roster = endpoint.roster(&mut tx).await?;
    let known = roster.device(&device);
    let known = known.ok_or_else(Fault::unknown_device)?;
    check_request(path, &device, body, signature, &known.public_key)
        .map_err(|_| Fault::unsigned("the request's signature does not hold"))?;
    let signature = text(PERSON_SIGNATURE_HEADER).unwrap_or_default();
    let named = text(PERSON_HEADER).map(|staff| (staff, signature));
    Ok(signed_by((path, &device, body), named, &roster))
}
