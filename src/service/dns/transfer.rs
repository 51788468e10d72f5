//! A zone transfer (AXFR, RFC 5936) of which only some record sets are kept: for what no answer shows.

use super::sight;
use super::signed::Talk;
use super::update_error::UpdateError;
use crate::model::{DnsRecord, Remote, RrKey, Rrset};
use crate::wire::dns::{DnsError, Query, decode, encode_query};

/// The longest zone that is read, in bytes of messages.
const CAP: usize = 64 << 20;

/// How many messages in a row may be unsigned (RFC 8945 §5.3.1).
const UNSIGNED: usize = 99;

/// A transfer under way.
struct Transfer<'a> {
    zone: &'a str,
    keys: &'a [RrKey],
    kept: Vec<DnsRecord>,
    soas: u8,
    size: usize,
    /// The last signature, and the messages since.
    mac: Vec<u8>,
    unsigned: Vec<u8>,
    in_a_row: usize,
    began: bool,
}

/// Reads record sets out of a transfer of their zone, in the order of `keys`.
pub(super) async fn read(
    talk: &Talk<'_>,
    zone: &str,
    keys: &[RrKey],
) -> Result<Vec<Rrset>, UpdateError> {
    let query = Query { payload: None, ..Query::to_authority(zone, "AXFR") };
    let id = talk.id()?;
    let message = encode_query(id, &query).map_err(|error| talk.unwritable(error))?;
    let mut asked = talk.send(&message).await?;
    let mut transfer = Transfer {
        zone,
        keys,
        kept: Vec::new(),
        soas: 0,
        size: 0,
        mac: asked.mac.clone(),
        unsigned: Vec::new(),
        in_a_row: 0,
        began: false,
    };
    while !transfer.is_whole() {
        let reply = talk.receive(&mut asked).await?;
        transfer.take(talk, id, &reply, asked.at)?;
    }
    Ok(keys.iter().map(|key| sight::picked(&transfer.kept, key)).collect())
}

impl Transfer<'_> {
    /// The zone's SOA comes first and last (RFC 5936 §2.2), and the last message is signed.
    fn is_whole(&self) -> bool {
        self.soas == 2 && self.in_a_row == 0
    }

    fn take(&mut self, talk: &Talk<'_>, id: u16, reply: &[u8], at: u64) -> Result<(), UpdateError> {
        let odd = |what: &str| talk.malformed(DnsError::Malformed(Remote::new(what)));
        self.size += reply.len();
        let (own, answer) = decode(reply).map_err(|error| talk.malformed(error))?;
        if own != id || self.size > CAP || self.soas == 2 {
            return Err(odd("a transfer of another shape, or longer than 64 MiB"));
        }
        self.prove(talk, reply, &answer.rcode, at)?;
        for record in answer.answers {
            if record.kind == "SOA" {
                self.soas += 1;
            }
            if self.soas == 0 || (record.kind == "SOA" && record.name != self.zone) {
                return Err(odd("a transfer that does not begin and end with the zone's SOA"));
            }
            if self.keys.iter().any(|key| key.name == record.name && key.kind == record.kind) {
                self.kept.push(record);
            }
        }
        Ok(())
    }

    /// Holds a message's signature against the last one.
    fn prove(
        &mut self,
        talk: &Talk<'_>,
        reply: &[u8],
        code: &str,
        at: u64,
    ) -> Result<(), UpdateError> {
        let proof = match self.began {
            false => talk.key.check(reply, &self.mac),
            true => talk.key.check_next(reply, &self.unsigned, &self.mac),
        };
        let proof = proof.map_err(|error| talk.malformed(error))?;
        if self.began && proof.is_bare() && code == "NOERROR" && self.in_a_row < UNSIGNED {
            self.unsigned.extend(reply);
            self.in_a_row += 1;
            return Ok(());
        }
        talk.judge(&proof, code, self.zone, at)?;
        (self.mac, self.began, self.in_a_row) = (proof.mac, true, 0);
        self.unsigned.clear();
        Ok(())
    }
}
