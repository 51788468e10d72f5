//! The rows: what is broken, and what it must be called.

use super::setting::{Resolver, Setting};
use std::collections::BTreeSet;

/// One row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    Healthy,
    AuthorityClosed,
    AuthorityHung,
    AuthorityFiltered,
    DeadButCached,
    AllLame,
    OneLame,
    StrangerLame,
    Mismatch,
    Glue,
    Undelegated,
    RecordChanged,
    RecordDeleted,
    StandbyChanged,
    ResolverClosed,
    ResolverHung,
    ResolverFiltered,
    Poisoned,
    PoisonedValidated,
    CensoredName,
    CensoredRecord,
    CensoredRefused,
    ApiHung,
    ApiRefused,
    ApiErrors,
    SignaturesExpired,
    SignaturesNotYetValid,
    KeysOfAnother,
    OtherDs,
    SignatureSpoilt,
    SignaturesStripped,
    Fragments,
    TcpFiltered,
    EdnsDropped,
    Lossy,
    ResolverCutOff,
    Stale,
}

impl Row {
    pub const ALL: [Self; 37] = [
        Self::Healthy,
        Self::AuthorityClosed,
        Self::AuthorityHung,
        Self::AuthorityFiltered,
        Self::DeadButCached,
        Self::AllLame,
        Self::OneLame,
        Self::StrangerLame,
        Self::Mismatch,
        Self::Glue,
        Self::Undelegated,
        Self::RecordChanged,
        Self::RecordDeleted,
        Self::StandbyChanged,
        Self::ResolverClosed,
        Self::ResolverHung,
        Self::ResolverFiltered,
        Self::Poisoned,
        Self::PoisonedValidated,
        Self::CensoredName,
        Self::CensoredRecord,
        Self::CensoredRefused,
        Self::ApiHung,
        Self::ApiRefused,
        Self::ApiErrors,
        Self::SignaturesExpired,
        Self::SignaturesNotYetValid,
        Self::KeysOfAnother,
        Self::OtherDs,
        Self::SignatureSpoilt,
        Self::SignaturesStripped,
        Self::Fragments,
        Self::TcpFiltered,
        Self::EdnsDropped,
        Self::Lossy,
        Self::ResolverCutOff,
        Self::Stale,
    ];

    /// Returns what is broken, for people.
    pub const fn told(self) -> &'static str {
        match self {
            Self::Healthy => "nothing",
            Self::AuthorityClosed => "authority dead, closed port",
            Self::AuthorityHung => "authority hung",
            Self::AuthorityFiltered => "authority filtered",
            Self::DeadButCached => "authority dead, but cached",
            Self::AllLame => "every server lame",
            Self::OneLame => "one server lame",
            Self::StrangerLame => "the parent names a server that has no such zone",
            Self::Mismatch => "parent and zone name other servers",
            Self::Glue => "the parent's glue is wrong",
            Self::Undelegated => "the parent delegates nothing",
            Self::RecordChanged => "a record changed at the provider",
            Self::RecordDeleted => "a record deleted at the provider",
            Self::StandbyChanged => "a record changed at the other provider",
            Self::ResolverClosed => "resolver dead, closed port",
            Self::ResolverHung => "resolver hung",
            Self::ResolverFiltered => "resolver filtered",
            Self::Poisoned => "poisoned",
            Self::PoisonedValidated => "poisoned, with AD=1",
            Self::CensoredName => "censored: NXDOMAIN",
            Self::CensoredRecord => "censored: no such record",
            Self::CensoredRefused => "censored: refused",
            Self::ApiHung => "API hung",
            Self::ApiRefused => "API dead, closed port",
            Self::ApiErrors => "API answers with errors",
            Self::SignaturesExpired => "signatures have run out",
            Self::SignaturesNotYetValid => "signatures are not valid yet",
            Self::KeysOfAnother => "signed by a key that is not served",
            Self::OtherDs => "the parent's DS names another key",
            Self::SignatureSpoilt => "a signature does not fit",
            Self::SignaturesStripped => "no signatures though there is a DS",
            Self::Fragments => "path-MTU hole before the authority",
            Self::TcpFiltered => "TCP port 53 filtered",
            Self::EdnsDropped => "EDNS dropped",
            Self::Lossy => "60 % of packets lost",
            Self::ResolverCutOff => "the resolver's own way is cut",
            Self::Stale => "authority dead, stale answers",
        }
    }

    /// Tells whether it can be planted in a setting.
    pub const fn fits(self, setting: &Setting) -> bool {
        match self {
            Self::Glue => setting.inside,
            Self::SignaturesExpired
            | Self::SignaturesNotYetValid
            | Self::KeysOfAnother
            | Self::OtherDs
            | Self::SignatureSpoilt
            | Self::SignaturesStripped => setting.signing.is_some(),
            // With a second delegated provider nothing grows stale.
            Self::Stale => !setting.both,
            _ => true,
        }
    }

    /// Returns the one cause, as mode, subject, mechanism; nothing for a healthy lab.
    pub const fn cause(self) -> &'static str {
        match self {
            Self::Healthy => "",
            Self::AuthorityClosed | Self::DeadButCached | Self::Stale => {
                "dns-provider-outage first refused"
            }
            Self::AuthorityHung | Self::AuthorityFiltered => "dns-provider-outage first hung",
            Self::AllLame => "dns-provider-outage first lame",
            Self::OneLame | Self::StrangerLame => "delegation-fault zone lame",
            Self::Mismatch => "delegation-fault zone mismatch",
            Self::Glue => "delegation-fault zone glue",
            Self::Undelegated => "delegation-fault zone missing",
            Self::RecordChanged => "record-drift first changed",
            Self::RecordDeleted => "record-drift first missing",
            Self::StandbyChanged => "record-drift other changed",
            Self::ResolverClosed => "resolver-outage resolver refused",
            Self::ResolverHung | Self::ResolverFiltered => "resolver-outage resolver hung",
            Self::Poisoned | Self::PoisonedValidated => "dns-tampering resolver poisoned",
            Self::CensoredName | Self::CensoredRecord | Self::CensoredRefused => {
                "dns-tampering resolver censored"
            }
            Self::ApiHung => "dns-api-outage first hung",
            Self::ApiRefused => "dns-api-outage first refused",
            Self::ApiErrors => "dns-api-outage first errors",
            Self::SignaturesExpired => "dnssec-bogus first expired",
            Self::SignaturesNotYetValid => "dnssec-bogus first not-yet-valid",
            Self::KeysOfAnother => "dnssec-bogus first missing-key",
            Self::OtherDs => "dnssec-bogus first ds-mismatch",
            Self::SignatureSpoilt => "dnssec-bogus first bad-signature",
            Self::SignaturesStripped => "dnssec-bogus first stripped",
            Self::Fragments => "dns-provider-outage first mtu-hole",
            Self::TcpFiltered => "dns-provider-outage first tcp-filtered",
            Self::EdnsDropped => "dns-provider-outage first edns-hostile",
            Self::Lossy => "dns-provider-outage first loss",
            Self::ResolverCutOff => "resolver-outage resolver cut-off",
        }
    }

    /// Tells whether each of two faults can be seen while the other is there. Whoever is lame altogether says nothing of
    /// what a resolver should say, nor does a stranger that resolvers are sent to, who may have told them anything.
    pub const fn can_be_seen_beside(self, other: Self) -> bool {
        match (self, other) {
            (Self::AllLame | Self::StrangerLame, Self::Poisoned | Self::CensoredName) => false,
            // The API of a provider that does not answer is part of its outage.
            (Self::AllLame, Self::ApiHung) => false,
            _ => true,
        }
    }

    /// Returns all causes.
    pub fn causes(self, setting: &Setting) -> BTreeSet<String> {
        // Both providers sign with the key that the parent does not name; who only stands by breaks nothing.
        let other =
            (self == Self::OtherDs && setting.both).then_some("dnssec-bogus other ds-mismatch");
        let all = [self.cause()].into_iter().filter(|cause| !cause.is_empty());
        all.chain(other).map(str::to_owned).collect()
    }

    /// Returns the kind of a fact that must be true besides.
    pub fn tell(self, setting: &Setting, resolver: Resolver) -> Option<&'static str> {
        match self {
            Self::DeadButCached if !setting.both => Some("dns.resolver.fuse"),
            // Nothing but an extended error tells a stale answer from a fresh one, and this recursor has none for it.
            Self::Stale if setting.ede && resolver != Resolver::Recursor => {
                Some("dns.resolver.stale")
            }
            Self::Stale if resolver == Resolver::Recursor => Some("dns.resolver.fuse"),
            _ => None,
        }
    }
}
