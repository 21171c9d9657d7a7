//! The certificate authority of a network without internet. Its certificate is installed on each
//! tablet once; it can speak for the names it was made for and for no others, so that a tablet that
//! trusts it gives nothing else away.

use std::net::IpAddr;
use std::path::Path;

use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    NameConstraints, SanType,
};
use record::Hash;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use rustls::sign::CertifiedKey;
use time::OffsetDateTime;

use crate::error::ServerError;
use crate::key_file;

/// Name of the file in the data folder: the names, the certificate and the key.
pub const FILE_NAME: &str = "ca.pem";

/// How long the authority is good, days: installing another on each tablet is work.
const AUTHORITY_DAYS: i64 = 3_650;

/// How long a certificate is good, days. Browsers take at most 398, some of them less to come.
pub const CERTIFICATE_DAYS: i64 = 45;

/// How long before its end a certificate is renewed, days.
pub const RENEWED_DAYS: i64 = 15;

/// How long before now a certificate begins, days: a tablet's clock may be behind.
const BEFORE_DAYS: i64 = 7;

/// Milliseconds of a day.
pub const DAY_MS: i64 = 86_400_000;

/// What stands for a kind of name that none is given of: constraints leave a kind free of which
/// they name nothing. Both are reserved, and nobody's.
const NO_NAME: &str = "none.invalid";
const NO_ADDRESS: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 0));

/// The authority.
pub struct Authority {
    names: Vec<SanType>,
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
}

impl core::fmt::Debug for Authority {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Authority")
    }
}

fn failed(error: impl core::fmt::Display) -> ServerError {
    ServerError::Tls(error.to_string())
}

impl Authority {
    /// The authority of a data folder for these names, made where there is none.
    ///
    /// # Errors
    /// Where a name is none, the one held is for other names, or its file cannot be used.
    pub fn open(data: &Path, names: &[String], now_ms: i64) -> Result<Self, ServerError> {
        let wanted = names.iter().map(|name| san(name));
        let wanted: Vec<SanType> = wanted.collect::<Result<_, _>>()?;
        let path = data.join(FILE_NAME);
        if !path.exists() {
            let made = make(names, &wanted, now_ms)?;
            key_file::keep_text(data, FILE_NAME, &made)?;
        }
        let text = std::fs::read_to_string(&path).map_err(ServerError::file(&path))?;
        let first = text.lines().next().unwrap_or_default();
        let held: Vec<String> = first.split(' ').skip(1).map(str::to_owned).collect();
        if let Some(other) = names.iter().find(|name| !held.contains(name)) {
            return Err(ServerError::Invalid(format!(
                "{} is for {} alone, not for {other}. Tablets trust it for no other name: serve \
                 under one of them, or move the file away; another one is made then, to be \
                 installed on each tablet",
                path.display(),
                held.join(", ")
            )));
        }
        let damaged = |_| ServerError::KeyFile(path.clone());
        let certificate = CertificateDer::from_pem_slice(text.as_bytes()).map_err(damaged)?;
        let key = PrivateKeyDer::from_pem_slice(text.as_bytes()).map_err(damaged)?;
        let key = KeyPair::try_from(&key).map_err(failed)?;
        let all = held.iter().map(|name| san(name));
        let all: Vec<SanType> = all.collect::<Result<_, _>>()?;
        Ok(Self {
            names: wanted,
            issuer: Issuer::new(params(&held, &all, now_ms)?, key),
            certificate,
        })
    }

    /// The authority's certificate, DER: what is installed on tablets.
    #[must_use]
    pub fn certificate(&self) -> &[u8] {
        self.certificate.as_ref()
    }

    /// The fingerprint of that, as the systems of tablets show it: SHA-256, pairs of digits.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let digest = *Hash::of(self.certificate()).bytes();
        let pairs: Vec<String> = digest.iter().map(|byte| format!("{byte:02X}")).collect();
        pairs.join(":")
    }

    /// A new key, certified for the names from a little before `now_ms` on.
    ///
    /// # Errors
    /// Where there is no randomness.
    pub fn certify(&self, now_ms: i64) -> Result<CertifiedKey, ServerError> {
        let mut params = CertificateParams::default();
        params.subject_alt_names.clone_from(&self.names);
        params.distinguished_name = DistinguishedName::new();
        params
            .distinguished_name
            .push(DnType::CommonName, "Doorstep");
        params.not_before = day(now_ms, -BEFORE_DAYS)?;
        params.not_after = day(now_ms, CERTIFICATE_DAYS)?;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate().map_err(failed)?;
        let certificate = params.signed_by(&key, &self.issuer).map_err(failed)?;
        let chain = vec![certificate.der().clone(), self.certificate.clone()];
        let key = PrivatePkcs8KeyDer::from(key.serialize_der());
        CertifiedKey::from_der(chain, key.into(), &default_provider()).map_err(failed)
    }
}

/// A new authority, as its file has it.
fn make(names: &[String], sans: &[SanType], now_ms: i64) -> Result<String, ServerError> {
    let key = KeyPair::generate().map_err(failed)?;
    let certificate = params(names, sans, now_ms)?
        .self_signed(&key)
        .map_err(failed)?;
    let (names, pem) = (names.join(" "), certificate.pem());
    Ok(format!("names {names}\n{pem}{}", key.serialize_pem()))
}

/// What an authority for these names is. Which it is to those who trust it follows from the first
/// of them and its key.
fn params(
    names: &[String],
    sans: &[SanType],
    now_ms: i64,
) -> Result<CertificateParams, ServerError> {
    let first = names.first().map_or("", String::as_str);
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    let name = format!("Doorstep CA {first}");
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = day(now_ms, -BEFORE_DAYS)?;
    params.not_after = day(now_ms, AUTHORITY_DAYS)?;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let mut permitted: Vec<GeneralSubtree> = sans.iter().filter_map(subtree).collect();
    if !permitted
        .iter()
        .any(|one| matches!(one, GeneralSubtree::DnsName(_)))
    {
        permitted.push(GeneralSubtree::DnsName(NO_NAME.to_owned()));
    }
    if !permitted
        .iter()
        .any(|one| matches!(one, GeneralSubtree::IpAddress(_)))
    {
        permitted.push(of_address(NO_ADDRESS));
    }
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: permitted,
        excluded_subtrees: Vec::new(),
    });
    Ok(params)
}

/// A name as certificates have it.
fn san(name: &str) -> Result<SanType, ServerError> {
    if let Ok(address) = name.parse::<IpAddr>() {
        return Ok(SanType::IpAddress(address));
    }
    let what = || ServerError::Invalid(format!("{name:?} is no name or address of a machine"));
    ServerName::try_from(name).map_err(|_| what())?;
    Ok(SanType::DnsName(name.try_into().map_err(|_| what())?))
}

fn subtree(name: &SanType) -> Option<GeneralSubtree> {
    match name {
        SanType::DnsName(name) => Some(GeneralSubtree::DnsName(name.to_string())),
        SanType::IpAddress(address) => Some(of_address(*address)),
        _ => None,
    }
}

fn of_address(address: IpAddr) -> GeneralSubtree {
    let bits = if address.is_ipv4() { 32 } else { 128 };
    GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(address, bits))
}

fn day(now_ms: i64, days: i64) -> Result<OffsetDateTime, ServerError> {
    let at_ms = now_ms.saturating_add(days.saturating_mul(DAY_MS));
    OffsetDateTime::from_unix_timestamp(at_ms.div_euclid(1000)).map_err(failed)
}

/// Shared by the tests of this folder.
#[cfg(test)]
pub(super) fn folder(name: &str) -> std::path::PathBuf {
    let folder = std::env::temp_dir().join(format!("doorstep-tls-{name}-{}", std::process::id()));
    let _none = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// How long a certificate is good for a server of this name, by what rustls says to clients.
#[cfg(test)]
pub(super) fn trusts(
    root: &[u8],
    shown: &CertifiedKey,
    name: &str,
    at_ms: i64,
) -> Result<(), rustls::Error> {
    use std::sync::Arc;

    use rustls::client::danger::ServerCertVerifier as _;
    use rustls::pki_types::UnixTime;
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from(root)).unwrap();
    let provider = Arc::new(default_provider());
    let builder =
        rustls::client::WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider);
    let (end, chain) = shown.cert.split_first().unwrap();
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let seconds = u64::try_from(at_ms / 1000).unwrap();
    let at = UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds));
    let verifier = builder.build().unwrap();
    verifier
        .verify_server_cert(end, chain, &name, &[], at)
        .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-24T10:42:00+08:00.
    const NOW_MS: i64 = 1_795_488_120_000;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn it_speaks_for_its_names_and_for_no_other() {
        let data = folder("names");
        let mine = names(&["doorstep.lan", "192.168.1.5"]);
        let authority = Authority::open(&data, &mine, NOW_MS).unwrap();
        let shown = authority.certify(NOW_MS).unwrap();
        let root = authority.certificate().to_vec();
        for name in ["doorstep.lan", "192.168.1.5"] {
            trusts(&root, &shown, name, NOW_MS).unwrap();
        }
        assert!(trusts(&root, &shown, "bank.example", NOW_MS).is_err());
        // Even where somebody has its key.
        for name in ["bank.example", "lan", "10.0.0.1", "2001:db8::1"] {
            let stolen = Authority {
                names: vec![san(name).unwrap()],
                ..Authority::open(&data, &mine, NOW_MS).unwrap()
            };
            let forged = stolen.certify(NOW_MS).unwrap();
            assert!(trusts(&root, &forged, name, NOW_MS).is_err(), "{name}");
        }
        std::fs::remove_dir_all(data).unwrap();
    }

    #[test]
    fn a_kind_of_name_that_is_not_given_is_not_free() {
        for (given, other) in [("doorstep.lan", "10.0.0.1"), ("10.0.0.1", "bank.example")] {
            let data = folder(given);
            let authority = Authority::open(&data, &names(&[given]), NOW_MS).unwrap();
            let root = authority.certificate().to_vec();
            let stolen = Authority {
                names: vec![san(other).unwrap()],
                ..authority
            };
            let forged = stolen.certify(NOW_MS).unwrap();
            assert!(trusts(&root, &forged, other, NOW_MS).is_err(), "{other}");
            std::fs::remove_dir_all(data).unwrap();
        }
    }

    #[test]
    fn it_is_made_once_and_certifies_for_years() {
        let data = folder("once");
        let mine = names(&["doorstep.lan", "192.168.1.5"]);
        let first = Authority::open(&data, &mine, NOW_MS).unwrap();
        let root = first.certificate().to_vec();
        let later_ms = NOW_MS + 9 * 365 * DAY_MS;
        let again = Authority::open(&data, &mine, later_ms).unwrap();
        assert_eq!(again.certificate(), root);
        assert_eq!(again.fingerprint(), first.fingerprint());
        let shown = again.certify(later_ms).unwrap();
        trusts(&root, &shown, "doorstep.lan", later_ms).unwrap();
        assert!(trusts(&root, &shown, "doorstep.lan", NOW_MS).is_err());
        // One of its names is enough, and another one is refused in words.
        Authority::open(&data, &names(&["192.168.1.5"]), NOW_MS).unwrap();
        let error = Authority::open(&data, &names(&["new.lan"]), NOW_MS).unwrap_err();
        assert!(error.to_string().contains("doorstep.lan"), "{error}");
        assert!(Authority::open(&data, &names(&["no name"]), NOW_MS).is_err());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(data.join(FILE_NAME)).unwrap();
            assert_eq!(mode.permissions().mode() & 0o777, 0o600);
        }
        std::fs::remove_dir_all(data).unwrap();
    }
}
