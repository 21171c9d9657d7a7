//! What may go wrong outside a request: at the start, in a command. Each message says what to do.

use std::path::PathBuf;

use crate::site::table::TableError;
use crate::store::StoreError;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// A file or folder cannot be read or written.
    #[error("{path}: {error}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// Nobody of this name is in the roster.
    #[error("nobody in the roster is named {0}; import a site file that names the person")]
    NoSuchPerson(String),
    /// The file of a key holds something else.
    #[error("{0} holds no key; restore it from its copy, no other key will do")]
    KeyFile(PathBuf),
    /// A database without its keys.
    #[error("{0} is missing; put its copy back, no other key will do")]
    KeyMissing(PathBuf),
    /// Tablets have their keys from another secret.
    #[error("the database's tablets have their keys from another scope.key; restore that one")]
    OtherScopeSecret,
    /// What is confidential lies sealed under another key.
    #[error(
        "what is confidential in the database lies under another handling.key; restore that one"
    )]
    OtherHandlingKey,
    /// The database was begun under another root key.
    #[error("the database was begun under another root key ({0}); restore that root.key")]
    OtherRoot(String),
    /// No randomness.
    #[error("the operating system gives no random bytes: {0}")]
    Random(String),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The folder of the attachments.
    #[error(transparent)]
    Attachments(#[from] object_store::Error),
    /// An entry of the endpoint's own could not be made.
    #[error("an entry cannot be written: {0}")]
    Entry(#[from] record::EntryError),
    /// A receipt could not be made.
    #[error("a receipt cannot be written: {0}")]
    Receipt(#[from] record::receipt::ReceiptError),
    /// The site file as a whole.
    #[error(transparent)]
    Table(#[from] TableError),
    /// Rows of a site file.
    #[error("{0} rows were refused, see above; the others count. Mend them and import again")]
    RowsRefused(usize),
    /// An evidence file in which something is wrong.
    #[error("{0} faults, see above: this file is no evidence of the lines named")]
    NotSound(usize),
    /// No site yet.
    #[error("no site yet; import one with: doorstep site import FILE")]
    NoSite,
    /// Another site than the one of this data folder.
    #[error("there is no site {found}, only {held}; to add another one say --new-site")]
    OtherSite {
        /// The sites held.
        held: String,
        /// The site of the file.
        found: String,
    },
    /// A file that does not say which site it is for.
    #[error("the file states no site, and there are several: {0}; add its row")]
    WhichSite(String),
    /// Something asked for is not there.
    #[error("{0}")]
    NotFound(String),
    /// Something given cannot be used.
    #[error("{0}")]
    Invalid(String),
    /// No certificate, or one that cannot be used.
    #[error("TLS: {0}")]
    Tls(String),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {error}")]
    Listen {
        /// The address asked for.
        address: String,
        /// Why.
        error: std::io::Error,
    },
}

impl ServerError {
    /// An input or output error with its path.
    pub fn file(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |error| Self::File { path, error }
    }
}
