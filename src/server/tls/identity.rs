//! The certificate that is shown now.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use super::authority::{Authority, CERTIFICATE_DAYS, DAY_MS, RENEWED_DAYS};
use crate::clock::Clock;
use crate::error::ServerError;

/// How often a running endpoint looks whether its certificate is to be renewed or was replaced.
const PAUSE: Duration = Duration::from_secs(60);

/// Who an endpoint shows itself to be, as long as it runs.
#[derive(Debug)]
pub struct Identity {
    source: Source,
    shown: RwLock<Arc<CertifiedKey>>,
}

#[derive(Debug)]
enum Source {
    /// By its own authority; and from when on another certificate is due, milliseconds of UTC.
    Authority(Box<Authority>, Mutex<i64>),
    /// By files; and what they held when they were read last.
    Files([PathBuf; 2], Mutex<[Vec<u8>; 2]>),
}

impl Identity {
    /// An identity certified by the endpoint's own authority.
    ///
    /// # Errors
    /// Where there is no randomness.
    pub fn by(authority: Authority, now_ms: i64) -> Result<Self, ServerError> {
        let shown = Arc::new(authority.certify(now_ms)?);
        Ok(Self {
            source: Source::Authority(Box::new(authority), Mutex::new(due_ms(now_ms))),
            shown: RwLock::new(shown),
        })
    }

    /// An identity in files: certificates, the endpoint's first, and its key.
    ///
    /// # Errors
    /// Where they cannot be read or do not belong together.
    pub fn of_files(certificate: PathBuf, key: PathBuf) -> Result<Self, ServerError> {
        let paths = [certificate, key];
        let read = read(&paths)?;
        Ok(Self {
            shown: RwLock::new(Arc::new(certified(&read)?)),
            source: Source::Files(paths, Mutex::new(read)),
        })
    }

    /// The endpoint's own authority, where it has one.
    #[must_use]
    pub fn authority(&self) -> Option<&Authority> {
        match &self.source {
            Source::Authority(authority, _) => Some(authority),
            Source::Files(..) => None,
        }
    }

    /// What is shown to who connects now.
    #[must_use]
    pub fn shown(&self) -> Arc<CertifiedKey> {
        let shown = self.shown.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&shown)
    }

    /// Shows another certificate where that is due, or the files have changed.
    ///
    /// # Errors
    /// Where there is none to be had; the old one is shown on, and files are told of once.
    pub fn refresh(&self, now_ms: i64) -> Result<(), ServerError> {
        let fresh = match &self.source {
            Source::Authority(authority, due) => {
                let mut due = due.lock().unwrap_or_else(PoisonError::into_inner);
                if now_ms < *due {
                    return Ok(());
                }
                let fresh = authority.certify(now_ms)?;
                *due = due_ms(now_ms);
                fresh
            }
            Source::Files(paths, known) => {
                let found = read(paths)?;
                let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
                if found == *known {
                    return Ok(());
                }
                let fresh = certified(&found);
                *known = found;
                fresh?
            }
        };
        *self.shown.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(fresh);
        Ok(())
    }

    /// Keeps it fresh as long as it is let.
    pub async fn keep_fresh(self: Arc<Self>) {
        let clock = Clock::machine();
        loop {
            tokio::time::sleep(PAUSE).await;
            if let Err(error) = self.refresh(clock.now_ms()) {
                let _unheard = writeln!(std::io::stderr(), "error: {error}");
            }
        }
    }
}

impl ResolvesServerCert for Identity {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.shown())
    }
}

fn due_ms(now_ms: i64) -> i64 {
    now_ms.saturating_add((CERTIFICATE_DAYS - RENEWED_DAYS) * DAY_MS)
}

fn read(paths: &[PathBuf; 2]) -> Result<[Vec<u8>; 2], ServerError> {
    let [certificate, key] = paths;
    let read = |path: &PathBuf| std::fs::read(path).map_err(ServerError::file(path));
    Ok([read(certificate)?, read(key)?])
}

fn certified([certificate, key]: &[Vec<u8>; 2]) -> Result<CertifiedKey, ServerError> {
    let wrong = |error: &dyn core::fmt::Display| {
        ServerError::Tls(format!("--tls-cert and --tls-key: {error}"))
    };
    let chain = CertificateDer::pem_slice_iter(certificate);
    let chain: Vec<_> = chain
        .collect::<Result<_, _>>()
        .map_err(|error| wrong(&error))?;
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|error| wrong(&error))?;
    CertifiedKey::from_der(chain, key, &default_provider()).map_err(|error| wrong(&error))
}

#[cfg(test)]
mod tests {
    use super::super::authority::{folder, trusts};
    use super::*;

    /// 2026-11-24T10:42:00+08:00.
    const NOW_MS: i64 = 1_795_488_120_000;

    #[test]
    fn a_certificate_is_renewed_before_it_ends_by_a_told_clock() {
        let data = folder("renewal");
        let name = "doorstep.lan".to_owned();
        let authority = Authority::open(&data, &[name], NOW_MS).unwrap();
        let root = authority.certificate().to_vec();
        let identity = Identity::by(authority, NOW_MS).unwrap();
        let first = identity.shown();
        for day in 0..400 {
            let now_ms = NOW_MS + day * DAY_MS;
            identity.refresh(now_ms).unwrap();
            trusts(&root, &identity.shown(), "doorstep.lan", now_ms).unwrap();
            let renewed = first.cert != identity.shown().cert;
            assert_eq!(renewed, day >= CERTIFICATE_DAYS - RENEWED_DAYS, "day {day}");
        }
        std::fs::remove_dir_all(data).unwrap();
    }

    #[test]
    fn changed_files_are_read_again_and_bad_ones_are_not_shown() {
        let data = folder("files");
        let write = |name: &str| {
            let pair = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
            std::fs::write(data.join("cert.pem"), pair.cert.pem()).unwrap();
            std::fs::write(data.join("key.pem"), pair.signing_key.serialize_pem()).unwrap();
            pair.cert.der().clone()
        };
        let first = write("first.example");
        let identity = Identity::of_files(data.join("cert.pem"), data.join("key.pem")).unwrap();
        assert_eq!(identity.shown().cert[0], first);
        identity.refresh(NOW_MS).unwrap();
        assert_eq!(identity.shown().cert[0], first);
        let second = write("second.example");
        identity.refresh(NOW_MS).unwrap();
        assert_eq!(identity.shown().cert[0], second);
        // Half of what a renewal writes: a certificate of another key.
        let key = std::fs::read(data.join("key.pem")).unwrap();
        let third = write("third.example");
        let right = std::fs::read(data.join("key.pem")).unwrap();
        std::fs::write(data.join("key.pem"), key).unwrap();
        assert!(identity.refresh(NOW_MS).is_err());
        assert_eq!(identity.shown().cert[0], second);
        std::fs::write(data.join("key.pem"), right).unwrap();
        identity.refresh(NOW_MS).unwrap();
        assert_eq!(identity.shown().cert[0], third);
        std::fs::remove_dir_all(data).unwrap();
    }
}
