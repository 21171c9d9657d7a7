//! Real browsers against a real endpoint, for journeys and for the pictures of the screens.
//!
//! * [`Endpoint`] the endpoint as a process: started, stopped, killed, started again where it was;
//!   [`import_site`] reads a site file into its folder
//! * [`Proxy`] what stands between a tablet and the endpoint, and may answer in its stead or keep
//!   what passes, each [`Exchange`]
//! * [`Browser`] one browser of an [`Engine`] with a profile of its own, which is one tablet;
//!   [`Size`] its screens
//! * [`tablet`] what a person does first: join, pick who is acting, open a place
//!
//! Offline is an endpoint that is not running; a cold start is a browser killed and opened again
//! on the same profile. Nothing here is mocked.

mod endpoint;
mod engine;
mod page;
mod proxy;
pub mod tablet;

pub use endpoint::{Endpoint, Site, import_site, said};
pub use engine::{Engine, downloads};
pub use page::{Browser, ENTER, LAN_HOST, Size};
pub use proxy::{Answer, Exchange, Proxy};

use std::path::PathBuf;

use anyhow::{Result, bail};

/// The root of the repository.
#[must_use]
pub fn root() -> PathBuf {
    let package = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    package.parent().map(PathBuf::from).unwrap_or(package)
}

/// What an environment variable names, else a place under the root.
fn place(variable: &str, place: &str) -> Result<PathBuf> {
    if let Some(path) = std::env::var_os(variable) {
        return Ok(path.into());
    }
    let path = root().join(place);
    if !path.exists() {
        bail!("set {variable}, or run `cargo xtask run` once");
    }
    Ok(path)
}
