//! Whom TLS trusts: the public authorities compiled in, or one private authority; never the system's store.

use std::sync::{Arc, OnceLock};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::{Deadline, NetError};
use crate::model::Remote;

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

/// A name, or an address, that a peer must prove, and who vouches for it.
pub(super) struct Demand {
    connector: TlsConnector,
    name: ServerName<'static>,
}

impl Demand {
    /// Makes the demand; sends nothing.
    pub fn of(name: &str, ca: Option<&[u8]>) -> Result<Self, NetError> {
        let plain = name.strip_suffix('.').unwrap_or(name).to_owned();
        let name = ServerName::try_from(plain);
        let name = name.map_err(|_| NetError::BadRequest("no certificate has such a name"))?;
        Ok(Self { connector: TlsConnector::from(Arc::new(config(ca)?)), name })
    }

    /// Holds the peer of a connection to it. Nothing of ours is said before.
    pub async fn shake(
        self,
        stream: TcpStream,
        deadline: Deadline,
    ) -> Result<TlsStream<TcpStream>, NetError> {
        let shaken = deadline.run(self.connector.connect(self.name, stream)).await;
        shaken.ok_or(NetError::ConnectTimedOut)?.map_err(|error| {
            let named = NetError::of_connect(&error).filter(NetError::surely_not_sent);
            named.unwrap_or(NetError::Tls(Remote::new("closed")))
        })
    }
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
