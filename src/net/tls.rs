//! Whom TLS trusts: the public authorities compiled in, or one private authority; never the system's store.

use std::sync::{Arc, OnceLock};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use super::NetError;

/// Returns a configuration that trusts the given authority (PEM), else the public ones.
pub(super) fn config(ca: Option<&[u8]>) -> Result<ClientConfig, NetError> {
    static PUBLIC: OnceLock<ClientConfig> = OnceLock::new();
    let Some(pem) = ca else {
        return Ok(PUBLIC.get_or_init(|| of(public())).clone());
    };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|_| NetError::BadRequest("`ca` is no PEM"))?;
        roots.add(certificate).map_err(|_| NetError::BadRequest("`ca` holds no authority"))?;
    }
    if roots.is_empty() {
        return Err(NetError::BadRequest("`ca` holds no certificate"));
    }
    Ok(of(roots))
}

fn public() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().cloned());
    roots
}

fn of(roots: RootCertStore) -> ClientConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring speaks TLS 1.2 and 1.3")
        .with_root_certificates(roots)
        .with_no_client_auth()
}
