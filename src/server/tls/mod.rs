//! TLS. A browser starts the app only over it, or on the machine itself. Where the network has no
//! public name the endpoint is its own certificate authority; elsewhere it reads files, or a proxy
//! before it does all this.
//!
//! * [`authority`] the certificate authority of a network without internet
//! * [`identity`] the certificate shown now: renewed before it ends, read again where files changed
//! * [`listener`] connections over TLS
//! * [`page`] the page, over plain HTTP, from which tablets get the authority's certificate

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::ring::default_provider;

use crate::error::ServerError;
use authority::Authority;
use identity::Identity;

pub mod authority;
pub mod identity;
pub mod listener;
pub mod page;

/// What is said where tablets will not start the app.
pub const PLAIN: &str = "warning: this address is open to the network without TLS. Browsers start \
    the app over https only: use --tls-names (a network without internet), --tls-cert and \
    --tls-key, or a proxy that has TLS and is named with --proxy; see docs/operating.md";

/// How the endpoint comes by its certificate.
#[derive(Clone, Debug, Default, clap::Args)]
#[group(skip)]
pub struct Options {
    /// Names and addresses under which tablets reach the endpoint in a network without internet: it
    /// makes its own certificate authority for these alone, kept in the data folder.
    #[arg(long = "tls-names", value_name = "NAME", value_delimiter = ',')]
    #[arg(conflicts_with_all = ["certificate", "key"])]
    pub names: Vec<String>,
    /// Address of the page, over plain HTTP, that installs the authority on tablets; one port above
    /// that of --listen where nothing is said.
    #[arg(long = "ca-listen", value_name = "ADDRESS", requires = "names")]
    pub page: Option<SocketAddr>,
    /// Certificate and the chain that belongs to it, PEM; read again when it changes.
    #[arg(long = "tls-cert", value_name = "FILE", requires = "key")]
    pub certificate: Option<PathBuf>,
    /// Its private key, PEM.
    #[arg(long = "tls-key", value_name = "FILE", requires = "certificate")]
    pub key: Option<PathBuf>,
}

impl Options {
    /// The identity asked for; `None` for plain HTTP.
    ///
    /// # Errors
    /// Where it cannot be made or read.
    pub fn identity(&self, data: &Path, now_ms: i64) -> Result<Option<Identity>, ServerError> {
        if !self.names.is_empty() {
            let authority = Authority::open(data, &self.names, now_ms)?;
            return Identity::by(authority, now_ms).map(Some);
        }
        match (&self.certificate, &self.key) {
            (Some(certificate), Some(key)) => {
                Identity::of_files(certificate.clone(), key.clone()).map(Some)
            }
            _ => Ok(None),
        }
    }
}

/// How TLS is spoken by who has this identity.
///
/// # Errors
/// Never, with the ciphers this program is built with.
pub fn config(identity: Arc<Identity>) -> Result<ServerConfig, ServerError> {
    let builder = ServerConfig::builder_with_provider(Arc::new(default_provider()));
    let builder = builder.with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| ServerError::Tls(error.to_string()))?;
    let mut config = builder.with_no_client_auth().with_cert_resolver(identity);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}
