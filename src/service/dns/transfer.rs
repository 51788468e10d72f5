//! A zone transfer (AXFR, RFC 5936): for a whole copy, and for record sets that no answer shows.

use super::sight;
use super::signed::Talk;
use super::update_error::UpdateError;
use crate::model::{DnsRecord, Remote, RrKey, Rrset, ZoneCopy};
use crate::wire::dns::{Copier, CopyFault, DnsError, Query, Worded, decode, encode_query};

/// The longest zone that is read, in bytes of messages.
const CAP: usize = 64 << 20;

/// How many messages in a row may be unsigned (RFC 8945 §5.3.1).
const UNSIGNED: usize = 99;

/// A transfer under way.
struct Transfer<'a> {
    zone: &'a str,
    keep: &'a mut (dyn FnMut(DnsRecord) + Send),
    /// The SOA that it began with.
    soa: Option<Remote>,
    ended: bool,
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
    let mut kept = Vec::new();
    let mut keep = |record: DnsRecord| {
        if keys.iter().any(|key| key.name == record.name && key.kind == record.kind) {
            kept.push(record);
        }
    };
    gather(talk, zone, &mut keep).await?;
    Ok(keys.iter().map(|key| sight::picked(&kept, key)).collect())
}

/// Copies a whole zone; what came is no copy where the fault says so.
pub(super) async fn copy(
    talk: &Talk<'_>,
    zone: &str,
) -> Result<Result<ZoneCopy, CopyFault>, UpdateError> {
    let mut copier = Copier::new(zone).map_err(|error| talk.unwritable(error))?;
    let mut fault = None;
    let mut keep = |record: DnsRecord| {
        let DnsRecord { name, kind, ttl, data } = &record;
        let worded = Worded { name, kind, ttl: *ttl, data: data.raw(), apart: None };
        if fault.is_none() {
            fault = copier.take(&worded).err();
        }
    };
    gather(talk, zone, &mut keep).await?;
    Ok(match fault {
        Some(fault) => Err(fault),
        None => copier.done_whole(),
    })
}

/// Hands out every record of a transfer, each SOA too.
async fn gather(
    talk: &Talk<'_>,
    zone: &str,
    keep: &mut (dyn FnMut(DnsRecord) + Send),
) -> Result<(), UpdateError> {
    let query = Query { payload: None, ..Query::to_authority(zone, "AXFR") };
    let id = talk.id()?;
    let message = encode_query(id, &query).map_err(|error| talk.unwritable(error))?;
    let mut asked = talk.send(&message).await?;
    let mut transfer = Transfer {
        zone,
        keep,
        soa: None,
        ended: false,
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
    Ok(())
}

impl Transfer<'_> {
    /// The zone's SOA comes first and last (RFC 5936 §2.2), and the last message is signed.
    fn is_whole(&self) -> bool {
        self.ended && self.in_a_row == 0
    }

    fn take(&mut self, talk: &Talk<'_>, id: u16, reply: &[u8], at: u64) -> Result<(), UpdateError> {
        let odd = |what: &str| talk.malformed(DnsError::Malformed(Remote::new(what)));
        self.size += reply.len();
        let (own, answer) = decode(reply).map_err(|error| talk.malformed(error))?;
        if own != id || self.size > CAP || self.ended {
            return Err(odd("a transfer of another shape, or longer than 64 MiB"));
        }
        self.prove(talk, reply, &answer.rcode, at)?;
        answer.answers.into_iter().try_for_each(|record| self.pass(record).map_err(odd))
    }

    /// Passes a record on, if it stands where it may.
    fn pass(&mut self, record: DnsRecord) -> Result<(), &'static str> {
        const ENDS: &str = "a transfer that does not begin and end with the zone's SOA";
        let is_soa = record.kind == "SOA";
        match &self.soa {
            None if !is_soa || record.name != self.zone => return Err(ENDS),
            Some(_) if self.ended || (is_soa && record.name != self.zone) => return Err(ENDS),
            None => self.soa = Some(record.data.clone()),
            Some(first) if is_soa && *first != record.data => {
                return Err(
                    "a transfer whose last SOA is not its first: the zone changed meanwhile",
                );
            }
            Some(_) => self.ended = is_soa,
        }
        (self.keep)(record);
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
