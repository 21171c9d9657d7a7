//! The tablet's storage in the browser.

mod device_key;
mod idb;
mod kept;
mod schema;

pub(crate) use device_key::DeviceKey;
pub use idb::IdbStorage;
