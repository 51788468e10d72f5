//! Servers with certificates, good and bad, which keep every byte that a client says inside TLS.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Condvar, Mutex};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::AMPLE;
use super::servers::response;

/// An authority that signs what it is asked to.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

/// A certificate with its key.
pub struct Identity {
    certificate: CertificateDer<'static>,
    key: KeyPair,
    /// Both as files hold them.
    pub pem: String,
    pub key_pem: String,
}

impl Identity {
    /// Returns how a server shows it.
    pub fn config(self) -> Arc<ServerConfig> {
        let key = PrivateKeyDer::try_from(self.key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![self.certificate], key)
            .unwrap();
        Arc::new(config)
    }
}

impl Authority {
    pub fn new() -> Self {
        Self::named("an authority")
    }

    /// Makes one that certificates name so.
    pub fn named(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    /// Returns its own certificate, as an estate's `ca` holds it.
    pub fn pem(&self) -> Vec<u8> {
        self.pem.clone().into_bytes()
    }

    /// Signs a certificate for a name or an address.
    pub fn certify(&self, name: &str) -> Identity {
        self.certify_until(name, 4000)
    }

    /// Signs one that runs out with the beginning of a year.
    pub fn certify_until(&self, name: &str, year: i32) -> Identity {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(2019, 1, 1);
        params.not_after = rcgen::date_time_ymd(year, 1, 1);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let (pem, key_pem) = (certificate.pem(), key.serialize_pem());
        Identity { certificate: certificate.der().clone(), key, pem, key_pem }
    }
}

/// A server that answers everything with 200, and keeps what it was told.
pub struct Served {
    pub address: SocketAddr,
    told: Arc<(Mutex<Vec<Vec<u8>>>, Condvar)>,
}

impl Served {
    /// Serves with a certificate on loopback until the process ends.
    pub fn with(identity: Identity) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (config, told) =
            (identity.config(), Arc::new((Mutex::new(Vec::new()), Condvar::new())));
        let kept = Arc::clone(&told);
        std::thread::spawn(move || {
            while let Ok((socket, _)) = listener.accept() {
                let session = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
                let mut stream = rustls::StreamOwned::new(session, socket);
                let mut request = vec![0; 4096];
                let count = stream.read(&mut request).unwrap_or(0);
                kept.0.lock().unwrap().push(request[..count].to_vec());
                kept.1.notify_all();
                if count > 0 {
                    let body = br#"{"result":"success","arguments":{}}"#;
                    // The client may have what it wanted.
                    let _ = stream.write_all(&response("200 OK", "Connection: close\r\n", body));
                    stream.conn.send_close_notify();
                    let _ = stream.flush();
                }
            }
        });
        Self { address, told }
    }

    /// Waits for so many connections, and returns what each client said inside TLS; empty where the handshake failed.
    pub fn told(&self, connections: usize) -> Vec<Vec<u8>> {
        let (told, more) = &*self.told;
        let few = |told: &mut Vec<Vec<u8>>| told.len() < connections;
        let (told, waited) = more.wait_timeout_while(told.lock().unwrap(), AMPLE, few).unwrap();
        assert!(!waited.timed_out(), "{} of {connections} came", told.len());
        told.clone()
    }
}
