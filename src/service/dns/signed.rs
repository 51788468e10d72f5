//! One signed message to one server over TCP, and its reply held against the key (RFC 8945 §5.3).

use std::net::SocketAddr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::update_error::{Said, UpdateError};
use crate::host::random;
use crate::model::{Id, Tsig};
use crate::net::{Deadline, NetError, Origin, Stream, Transport};
use crate::service::Field;
use crate::wire::dns::{DnsError, FUDGE, Hash, Key, Proof, Signed};

/// A server and the key that it knows us by, as the estate describes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// The estate's id of the service.
    pub id: Id,
    pub(super) address: SocketAddr,
    pub(super) tsig: Tsig,
}

/// A server with its key at hand, until a deadline.
pub(super) struct Talk<'a> {
    pub field: &'a Field,
    pub server: &'a Server,
    pub key: Key,
    pub until: Deadline,
}

/// A request on its way: the connection, and what its reply is held against.
pub(super) struct Asked {
    pub stream: Stream,
    pub mac: Vec<u8>,
    pub at: u64,
}

impl Server {
    /// Fetches the key.
    ///
    /// # Errors
    /// [`UpdateError::NotUsable`] for an algorithm or a secret that is none, [`UpdateError::Here`].
    pub(super) async fn talk<'a>(
        &'a self,
        field: &'a Field,
        within: Duration,
    ) -> Result<Talk<'a>, UpdateError> {
        let service = || self.id.clone();
        let unusable = |because| UpdateError::NotUsable { service: service(), because };
        let hash = Hash::named(&self.tsig.algorithm)
            .ok_or_else(|| unusable("its `tsig.algorithm` is none of `hmac-sha224`, `hmac-sha256`, `hmac-sha384`, `hmac-sha512`"))?;
        let until = Deadline::after(within);
        let here = |source| UpdateError::Here { service: service(), source };
        let secret = field.secrets.read(&self.tsig.secret, within).await.map_err(here)?;
        let bytes = STANDARD.decode(secret.expose().trim()).map(Zeroizing::new);
        let bytes = bytes.ok().filter(|bytes| !bytes.is_empty());
        let bytes = bytes.ok_or_else(|| unusable("what `tsig.secret` leads to is no base 64"))?;
        let key = Key::new(&self.tsig.name, hash, bytes);
        let key = key.map_err(|source| UpdateError::Unwritable { service: service(), source })?;
        Ok(Talk { field, server: self, key, until })
    }
}

impl Talk<'_> {
    /// Returns the id for a new message.
    pub fn id(&self) -> Result<u16, UpdateError> {
        random::u16().map_err(|source| UpdateError::Here { service: self.service(), source })
    }

    pub fn service(&self) -> Id {
        self.server.id.clone()
    }

    /// Returns the clock, in seconds since 1970.
    fn now(&self) -> u64 {
        u64::try_from(self.field.clock.now().as_second()).unwrap_or_default()
    }

    /// Signs a message and sends it, once.
    pub async fn send(&self, message: &[u8]) -> Result<Asked, UpdateError> {
        let at = self.now();
        let Signed { bytes, mac } = self.key.sign(message, at);
        let not_sent = |source| UpdateError::NotSent { service: self.service(), source };
        let length = u16::try_from(bytes.len())
            .map_err(|_| not_sent(NetError::BadRequest("more than one message holds")))?;
        let door = &self.field.door;
        let peer =
            door.admit(self.server.address, Transport::Tcp, Origin::Estate).map_err(not_sent)?;
        let mut stream = door.tcp(&peer, self.until).await.map_err(not_sent)?;
        // From here on the server may have it.
        let whole = [&length.to_be_bytes()[..], &bytes].concat();
        let sent = stream.write_all(&whole, self.until).await;
        sent.map_err(|source| self.no_reply(source))?;
        Ok(Asked { stream, mac, at })
    }

    /// Reads one message (RFC 1035 §4.2.2).
    pub async fn receive(&self, asked: &mut Asked) -> Result<Vec<u8>, UpdateError> {
        let stream = &mut asked.stream;
        let length = stream.read_exact(2, self.until).await.map_err(|e| self.no_reply(e))?;
        let length = length.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
        stream.read_exact(length, self.until).await.map_err(|e| self.no_reply(e))
    }

    fn no_reply(&self, source: NetError) -> UpdateError {
        UpdateError::NoReply { service: self.service(), source }
    }

    pub fn malformed(&self, source: DnsError) -> UpdateError {
        UpdateError::Malformed { service: self.service(), source }
    }

    pub fn unwritable(&self, source: DnsError) -> UpdateError {
        UpdateError::Unwritable { service: self.service(), source }
    }

    /// Judges a reply by its code and its proof: only a signed one counts, as a yes and as a no.
    pub fn judge(&self, proof: &Proof, code: &str, zone: &str, at: u64) -> Result<(), UpdateError> {
        let (service, key) = (self.service(), self.key.name().to_owned());
        let fresh = proof.time.abs_diff(self.now()) <= u64::from(FUDGE);
        let signed = proof.signed && fresh;
        let names = (self.key.name(), self.key.hash().name());
        match Said::of(names, code, (signed, proof.blame), zone, at) {
            Some(said) => Err(UpdateError::Said { service, said, signed }),
            None if !signed => Err(UpdateError::Unsigned { service, code: code.to_owned(), key }),
            None => Ok(()),
        }
    }
}
