//! The server's certificate: its own, made at the first start, or files given. Desks pin its fingerprint.
//!
//! TLS 1.3 only, with the ring provider given explicitly, so that no feature of a dependency can change it.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::wire::link_url::Fingerprint;

/// Folder of the certificate within the server's data folder.
pub const FOLDER: &str = "tls";
/// TLS sessions remembered for resumption: more than one firm has desks.
const SESSIONS: usize = 4_096;

/// What can be wrong with a certificate, in words.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read or written.
    #[error("cannot use {path}: {source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file is not what it should be.
    #[error("{path} holds no {what} in PEM form; give another file, or leave it out to use a certificate of its own")]
    NotPem {
        /// Which.
        path: PathBuf,
        /// What was expected.
        what: &'static str,
    },
    /// One of two files is missing.
    #[error(
        "{path} is missing while its partner is there; put it back, or remove both to make new ones (desks must then join again)"
    )]
    Half {
        /// Which.
        path: PathBuf,
    },
    /// Certificate and key do not belong together, or cannot be used.
    #[error("the certificate cannot be used: {0}")]
    Unusable(String),
}

/// A certificate with its key.
#[derive(Debug)]
pub struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    /// SHA-256 of the first certificate.
    pub fingerprint: Fingerprint,
}

impl Identity {
    /// The certificate of this data folder, made now if there is none. `names` are the host names it speaks for.
    pub fn of_folder(data: &Path, names: &[String]) -> Result<Identity, TlsError> {
        let folder = data.join(FOLDER);
        let (cert, key) = (folder.join("cert.pem"), folder.join("key.pem"));
        match (cert.exists(), key.exists()) {
            (true, true) => {}
            (true, false) => return Err(TlsError::Half { path: key }),
            (false, true) => return Err(TlsError::Half { path: cert }),
            (false, false) => make(&folder, &cert, &key, names)?,
        }
        Identity::of_files(&cert, &key)
    }

    /// The certificate chain and key in these files.
    pub fn of_files(cert: &Path, key: &Path) -> Result<Identity, TlsError> {
        let read = |path: &Path| std::fs::read(path).map_err(|source| TlsError::Io { path: path.to_owned(), source });
        let not_pem = |path: &Path, what| TlsError::NotPem { path: path.to_owned(), what };
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&read(cert)?)
            .collect::<Result<_, _>>()
            .map_err(|_| not_pem(cert, "certificate"))?;
        let first = chain.first().ok_or_else(|| not_pem(cert, "certificate"))?;
        let fingerprint = Fingerprint::of(first);
        let key = PrivateKeyDer::from_pem_slice(&read(key)?).map_err(|_| not_pem(key, "private key"))?;
        Ok(Identity { chain, key, fingerprint })
    }

    /// How the server speaks TLS with it.
    pub fn config(&self) -> Result<Arc<ServerConfig>, TlsError> {
        let unusable = |error: rustls::Error| TlsError::Unusable(error.to_string());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .map_err(unusable)?
            .with_no_client_auth()
            .with_single_cert(self.chain.clone(), self.key.clone_key())
            .map_err(unusable)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        // One ticket resumes one connection; a second one is only bytes on a thin link (spec: sync 2.4).
        config.send_tls13_tickets = 1;
        config.session_storage = rustls::server::ServerSessionMemoryCache::new(SESSIONS);
        Ok(Arc::new(config))
    }
}

fn make(folder: &Path, cert: &Path, key: &Path, names: &[String]) -> Result<(), TlsError> {
    let unusable = |error: rcgen::Error| TlsError::Unusable(error.to_string());
    let mut names: Vec<String> = names.iter().filter(|n| !n.is_empty()).cloned().collect();
    names.push("localhost".into());
    names.sort();
    names.dedup();
    let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).map_err(unusable)?;
    let mut params = rcgen::CertificateParams::new(names).map_err(unusable)?;
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(rcgen::DnType::CommonName, "cordboard");
    let certificate = params.self_signed(&pair).map_err(unusable)?;
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| TlsError::Io { path, source }
    };
    std::fs::create_dir_all(folder).map_err(io(folder))?;
    // The key first: without a certificate beside it the next start says what is missing instead of guessing.
    write_private(key, pair.serialize_pem().as_bytes()).map_err(io(key))?;
    write_private(cert, certificate.pem().as_bytes()).map_err(io(cert))
}

/// Writes a file only its owner may read, whole or not at all.
pub(super) fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let beside = PathBuf::from(name);
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&beside, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_certificate_is_made_once_and_for_its_owner_only() {
        let dir = tempfile::tempdir().expect("a folder");
        let first = Identity::of_folder(dir.path(), &["desk.example".into()]).expect("made");
        let again = Identity::of_folder(dir.path(), &[]).expect("read");
        assert_eq!(first.fingerprint, again.fingerprint);
        first.config().expect("usable");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(dir.path().join("tls/key.pem")).expect("there").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        std::fs::remove_file(dir.path().join("tls/key.pem")).expect("removed");
        let half = Identity::of_folder(dir.path(), &[]).expect_err("half");
        assert!(half.to_string().contains("key.pem is missing"), "{half}");
    }

    #[test]
    fn other_files_are_refused_in_words() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("x.pem");
        std::fs::write(&path, "hello").expect("written");
        let error = Identity::of_files(&path, &path).expect_err("no certificate");
        assert!(error.to_string().contains("holds no certificate"), "{error}");
    }
}
