//! Name servers written by signed DNS UPDATE (RFC 2136, RFC 8945): knot, BIND, PowerDNS and their like.
//!
//! **Read**: questions to the same server, over TCP, signed with the same key, so that views and access lists
//! fit. What lies below a delegation, what another zone of the server answers for, and many sets at once are read out
//! of a transfer. DNS has no comments and no disabled records, and names inside data are shown in lower case.
//! **Write**: one message. Its prerequisites state every record set as it was read, so the server itself checks
//! them in the same step: a native condition. A TTL is no part of a prerequisite; one that drifted
//! alone is seen by the look before the write. The message is done whole or not at all.
//! A yes and a no count only with a good signature.

use std::time::Duration;

use super::edits;
use super::hosted_words::canonical;
use super::sight::{self, Place};
use super::signed::{Server, Talk};
use super::transfer;
use super::update_error::UpdateError;
use super::whole::of_copy;
use crate::model::{
    Address, Bulk, Declaration, DnsAnswer, DnsProvider, DnsProviderKind, FEW, Id, Registrar,
    RegistrarKind, Remote, RequestKind, RrKey, Rrset, Sent, Span, Tsig, Value, ZoneCopy,
    fully_qualified,
};
use crate::service::Field;
use crate::wire::dns::{
    CopyFault, DnsError, Edit, Query, decode, decode_outcome, encode_query, encode_update,
    is_answer_to,
};

/// What such a server is held to. It checks the prerequisites in the same step as it writes.
pub const SERVICE: Declaration = Declaration {
    name: "rfc2136",
    settle: Span::from_secs(5),
    settle_because: "a message lands while its server works off its queue, or not at all: over TCP nothing \
                     repeats it; what came even later would find its prerequisites no longer true",
    conditional: true,
    quota: None,
    not_now: &[],
    requests: &[
        RequestKind::read("QUERY"),
        RequestKind::read("AXFR"),
        RequestKind::ensure("UPDATE"),
    ],
    // The zone's SOA, two questions for each of up to nine record sets, and a transfer.
    read: 20,
    write: 21,
    // The zone's SOA and a transfer; a message has 64 KiB (RFC 1035 §4.2.2), of which the prerequisites take a part.
    bulk: Bulk { page: Some(usize::MAX), sets: 500, records: 1_000, bytes: 60_000 },
};

impl Server {
    /// Takes the server of a DNS provider.
    ///
    /// # Errors
    /// [`UpdateError::NotUsable`] for another kind, or without `server` or `tsig`.
    pub fn of_provider(provider: &DnsProvider) -> Result<Self, UpdateError> {
        let right = provider.kind == DnsProviderKind::Rfc2136;
        Self::new(&provider.id, right, provider.server, provider.tsig.as_ref())
    }

    /// Takes the server of a registrar.
    ///
    /// # Errors
    /// As [`Server::of_provider`].
    pub fn of_registrar(registrar: &Registrar) -> Result<Self, UpdateError> {
        let right = registrar.kind == RegistrarKind::Rfc2136;
        Self::new(&registrar.id, right, registrar.server, registrar.tsig.as_ref())
    }

    fn new(
        id: &Id,
        right: bool,
        server: Option<Address>,
        tsig: Option<&Tsig>,
    ) -> Result<Self, UpdateError> {
        let unusable = |because| UpdateError::NotUsable { service: id.clone(), because };
        if !right {
            return Err(unusable("it is of another kind"));
        }
        let server = server.ok_or_else(|| unusable("it has no `server`"))?;
        let tsig = tsig.ok_or_else(|| unusable("it has no `tsig`"))?;
        Ok(Self { id: id.clone(), address: server.or_port(53), tsig: tsig.clone() })
    }
}

/// Reads record sets of a zone within a time, in the order of `keys`; one that does not exist has no records.
///
/// # Errors
/// Every [`UpdateError`].
pub async fn read(
    field: &Field,
    server: &Server,
    zone: &str,
    keys: &[RrKey],
    within: Duration,
) -> Result<Vec<Rrset>, UpdateError> {
    let (zone, talk) = (fully_qualified(zone), server.talk(field, within).await?);
    let held = talk.ask(&zone, &zone, "SOA").await?;
    if sight::place(&held, &zone, &zone) != Place::Inside {
        let said = super::update_error::Said::NoZone(zone);
        return Err(UpdateError::Said { service: server.id.clone(), said, signed: true });
    }
    if keys.len() > FEW {
        match transfer::copy(&talk, &zone).await {
            Ok(copied) => {
                let broken = |fault| Remote::new(format!("no whole zone: {fault}"));
                let malformed = |fault| talk.malformed(DnsError::Malformed(broken(fault)));
                return Ok(of_copy(&copied.map_err(malformed)?, keys));
            }
            // Whoever may update a zone need not be allowed to transfer it: then it is asked set by set.
            Err(UpdateError::Said { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    let mut sets = Vec::new();
    for key in keys {
        sets.push(talk.set(&zone, key).await?);
    }
    let sets = talk.uncover(&zone, keys, sets).await?;
    Ok(sets.into_iter().map(|set| in_canonical_words(&zone, set)).collect())
}

/// Puts data into the words that a copy of the zone has; what has none keeps its own.
fn in_canonical_words(zone: &str, mut set: Rrset) -> Rrset {
    for record in &mut set.records {
        if let Ok(content) = canonical(zone, &set.key, &record.content) {
            record.content = content;
        }
    }
    set
}

/// Copies a whole zone within a time; what came is no copy where the fault says so.
///
/// # Errors
/// Every [`UpdateError`]: a transfer that is cut, empty, or not signed to its end is none.
pub async fn copy(
    field: &Field,
    server: &Server,
    zone: &str,
    within: Duration,
) -> Result<Result<ZoneCopy, CopyFault>, UpdateError> {
    let talk = server.talk(field, within).await?;
    transfer::copy(&talk, &fully_qualified(zone)).await
}

/// Puts record sets in place with one UPDATE, if they are as they were; one without records is deleted.
pub async fn write(
    field: &Field,
    server: &Server,
    zone: &str,
    (before, after): (&[Rrset], &[Rrset]),
    timeout: Duration,
) -> Sent {
    match try_write(field, server, zone, (before, after), timeout).await {
        Ok(()) => Sent::Written,
        Err(error) if error.surely_nothing_changed() => Sent::Refused(said(&error)),
        Err(error) => Sent::Lost(said(&error)),
    }
}

/// Tries out whether the key may write a zone, within a time, with a message that has a prerequisite and no edit: RFC 2136
/// §2.4 allows it, and it changes nothing.
///
/// # Errors
/// Every [`UpdateError`].
pub async fn may_write(
    field: &Field,
    server: &Server,
    zone: &str,
    within: Duration,
) -> Result<(), UpdateError> {
    let name = format!("_lifeboat-ready.{}", fully_qualified(zone).trim_start_matches('.'));
    let key = RrKey { name, kind: "TXT".to_owned() };
    let none = [Rrset { key, ttl: 0, records: Vec::new(), comments: Vec::new() }];
    try_write(field, server, zone, (&none, &none), within).await
}

async fn try_write(
    field: &Field,
    server: &Server,
    zone: &str,
    (before, after): (&[Rrset], &[Rrset]),
    timeout: Duration,
) -> Result<(), UpdateError> {
    let update = edits::update(zone, before, after);
    let update =
        update.map_err(|because| UpdateError::Unsayable { service: server.id.clone(), because })?;
    let talk = server.talk(field, timeout).await?;
    let id = talk.id()?;
    let message = encode_update(id, &update).map_err(|error| talk.unwritable(error))?;
    let mut asked = talk.send(&message).await?;
    let reply = talk.receive(&mut asked).await?;
    let code = decode_outcome(&reply, id).map_err(|error| talk.malformed(error))?;
    let proof = talk.key.check(&reply, &asked.mac).map_err(|error| talk.malformed(error))?;
    talk.judge(&proof, &code, &update.zone, asked.at)?;
    if !update.edits.iter().any(Edit::may_be_left_out) {
        return Ok(());
    }
    // The yes itself stands; it is only held against what can be seen.
    let keys: Vec<RrKey> = after.iter().map(|set| set.key.clone()).collect();
    match read(field, server, zone, &keys, timeout).await {
        Ok(found) if !Value::Rrsets(found.clone()).same_as(&Value::Rrsets(after.to_vec())) => {
            Err(UpdateError::Partly { service: server.id.clone() })
        }
        Ok(_) | Err(_) => Ok(()),
    }
}

impl Talk<'_> {
    /// Reads one record set; nothing where no answer shows it.
    async fn set(&self, zone: &str, key: &RrKey) -> Result<Option<Rrset>, UpdateError> {
        let place = self.place(zone, &key.name).await?;
        let answer = self.ask(zone, &key.name, &key.kind).await?;
        Ok(sight::set(&answer, &place, key))
    }

    /// Finds out where a name lies, going up while aliases answer.
    async fn place(&self, zone: &str, name: &str) -> Result<Place, UpdateError> {
        let mut name = name;
        while name != zone {
            let place = sight::place(&self.ask(zone, name, "SOA").await?, zone, name);
            let above = name.split_once('.').map_or("", |(_, above)| above);
            if place != Place::Alias || above.is_empty() {
                return Ok(place);
            }
            name = above;
        }
        Ok(Place::Inside)
    }

    /// Fetches what no answer shows with one transfer of the zone.
    async fn uncover(
        &self,
        zone: &str,
        keys: &[RrKey],
        shown: Vec<Option<Rrset>>,
    ) -> Result<Vec<Rrset>, UpdateError> {
        let hidden = keys.iter().zip(&shown).filter(|(_, set)| set.is_none());
        let hidden: Vec<RrKey> = hidden.map(|(key, _)| key.clone()).collect();
        if hidden.is_empty() {
            return Ok(shown.into_iter().flatten().collect());
        }
        let found = transfer::read(self, zone, &hidden).await;
        let mut found = found.map_err(|source| self.hidden(&hidden, source))?.into_iter();
        Ok(shown.into_iter().filter_map(|set| set.or_else(|| found.next())).collect())
    }

    fn hidden(&self, keys: &[RrKey], source: UpdateError) -> UpdateError {
        let keys: Vec<String> =
            keys.iter().map(|key| format!("`{} {}`", key.name, key.kind)).collect();
        let what = keys.join(", ");
        UpdateError::Hidden { service: self.service(), what, source: Box::new(source) }
    }

    /// Asks one question.
    async fn ask(&self, zone: &str, name: &str, kind: &str) -> Result<DnsAnswer, UpdateError> {
        let query = Query { payload: None, ..Query::to_authority(name, kind) };
        let id = self.id()?;
        let message = encode_query(id, &query).map_err(|error| self.unwritable(error))?;
        let mut asked = self.send(&message).await?;
        let reply = self.receive(&mut asked).await?;
        let proof = self.key.check(&reply, &asked.mac).map_err(|error| self.malformed(error))?;
        let (_, answer) = decode(&reply).map_err(|error| self.malformed(error))?;
        if !is_answer_to(&reply, id, &query) {
            return Err(self.malformed(DnsError::Direction));
        }
        // That a name does not exist is an answer, and no drift.
        let code = if answer.rcode == "NXDOMAIN" { "NOERROR" } else { &answer.rcode };
        self.judge(&proof, code, zone, asked.at)?;
        if answer.tc {
            return Err(self.malformed(DnsError::Malformed(Remote::new("it is cut short"))));
        }
        Ok(answer)
    }
}

/// Puts an error and its hint into one sentence.
pub fn said(error: &UpdateError) -> String {
    match error.hint() {
        Some(hint) => format!("{error}; {hint}"),
        None => error.to_string(),
    }
}
