//! Why a server of RFC 2136 did not do what was asked, in words, and what is surely so then.

use std::fmt;

use jiff::Timestamp;
use thiserror::Error;

use crate::host::HostError;
use crate::model::Id;
use crate::net::NetError;
use crate::wire::dns::{Blame, DnsError, FUDGE};

/// Why a server of RFC 2136 did not do what was asked.
#[derive(Debug, Error)]
pub enum UpdateError {
    /// The estate does not say enough, or says another kind.
    #[error("`{service}` cannot be written: {because}")]
    NotUsable {
        /// The service.
        service: Id,
        /// What is missing.
        because: &'static str,
    },
    /// The secret, or randomness, could not be had here.
    #[error("`{service}`: {source}")]
    Here {
        /// The service.
        service: Id,
        /// Why.
        source: HostError,
    },
    /// The message could not be written here.
    #[error("`{service}`: {source}")]
    Unwritable {
        /// The service.
        service: Id,
        /// Why.
        source: DnsError,
    },
    /// What an UPDATE cannot say.
    #[error("`{service}` cannot be told this: {because}")]
    Unsayable {
        /// The service.
        service: Id,
        /// What.
        because: String,
    },
    /// No connection stood: nothing was sent.
    #[error("`{service}`: {source}")]
    NotSent {
        /// The service.
        service: Id,
        /// Why.
        source: NetError,
    },
    /// It was sent, and no whole reply came back.
    #[error("`{service}` was asked, and then: {source}")]
    NoReply {
        /// The service.
        service: Id,
        /// Why.
        source: NetError,
    },
    /// What came back is no answer.
    #[error("`{service}` replies as no name server does: {source}")]
    Malformed {
        /// The service.
        service: Id,
        /// Why.
        source: DnsError,
    },
    /// It said yes, and nothing proves that the holder of the key did.
    #[error(
        "`{service}` answers {code} without a signature of `{key}` that holds, so nothing is known"
    )]
    Unsigned {
        /// The service.
        service: Id,
        /// The response code.
        code: String,
        /// The key.
        key: String,
    },
    /// It said no.
    #[error("`{service}` {said}{}", if *signed { "" } else { " - unsigned, so anybody may have said it" })]
    Said {
        /// The service.
        service: Id,
        /// What.
        said: Said,
        /// Whether its signature holds. Without one, whoever stands between may have said it.
        signed: bool,
    },
    /// It said yes and left out a part of it.
    #[error("`{service}` says that it did it, and what it holds is something else")]
    Partly {
        /// The service.
        service: Id,
    },
    /// No answer shows some record sets, and there is no transfer of the zone either.
    #[error(
        "no answer of `{service}` shows {what}: they lie below a delegation, or behind another of its zones; and a transfer ends with: {source}"
    )]
    Hidden {
        /// The service.
        service: Id,
        /// Which record sets.
        what: String,
        /// Why there is no transfer.
        source: Box<UpdateError>,
    },
}

/// What a server says (RFC 2136 §2.2, RFC 8945 §3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// BADKEY.
    Key {
        /// The key's name.
        key: String,
        /// The hash that was used with it.
        hash: &'static str,
    },
    /// BADSIG.
    Signature {
        /// The key's name.
        key: String,
        /// The hash that was used with it.
        hash: &'static str,
    },
    /// BADTIME.
    Time {
        /// This machine's clock, in seconds since 1970.
        ours: u64,
        /// The server's, where it says so.
        theirs: Option<u64>,
    },
    /// Another word on the signature.
    Blame(u16),
    /// NXRRSET, YXRRSET, NXDOMAIN, YXDOMAIN: what is there is not what was there.
    Drift(String),
    /// NOTAUTH, with a good signature: not its zone.
    NoZone(String),
    /// NOTAUTH or REFUSED and no more, as PowerDNS says it: the key, its secret, its algorithm, the clock, the
    /// zone, or the right to change it.
    KeyOrZone {
        /// The response code.
        code: String,
        /// The key's name.
        key: String,
        /// The zone.
        zone: String,
    },
    /// REFUSED.
    NotAllowed(String),
    /// FORMERR, NOTIMP, NOTZONE: it does not take the message.
    NotTaken(String),
    /// SERVFAIL and whatever else: nobody knows how far it came.
    Failed(String),
}

impl Said {
    /// Sorts a response code, given what is said of the signature; nothing for a yes.
    pub fn of(
        (key, hash): (&str, &'static str),
        code: &str,
        (signed, blame): (bool, Option<Blame>),
        zone: &str,
        ours: u64,
    ) -> Option<Self> {
        let (key, zone) = (key.to_owned(), zone.to_owned());
        Some(match (blame, code) {
            (Some(Blame::Key), _) => Self::Key { key, hash },
            (Some(Blame::Signature), _) => Self::Signature { key, hash },
            (Some(Blame::Time(theirs)), _) => Self::Time { ours, theirs },
            (Some(Blame::Other(code)), _) => Self::Blame(code),
            (None, "NOERROR") => return None,
            (None, "NXRRSET" | "YXRRSET" | "NXDOMAIN" | "YXDOMAIN") => Self::Drift(code.to_owned()),
            (None, "NOTAUTH" | "REFUSED") if !signed => {
                Self::KeyOrZone { code: code.to_owned(), key, zone }
            }
            (None, "NOTAUTH") => Self::NoZone(zone),
            (None, "REFUSED") => Self::NotAllowed(zone),
            (None, "FORMERR" | "NOTIMP" | "NOTZONE") => Self::NotTaken(code.to_owned()),
            (None, code) => Self::Failed(code.to_owned()),
        })
    }

    fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::Key { .. } => {
                "`tsig.name` and `tsig.algorithm` must be as the server has them, and the key be let in (knot: `acl`)"
            }
            Self::Signature { .. } => {
                "`tsig.secret` must lead to the server's own secret, in base 64"
            }
            Self::Time { .. } => "set the clock that is wrong",
            Self::KeyOrZone { .. } => "its log says which of these it is",
            Self::NoZone(_) => "check `parent_zone`, and which server `server` names",
            Self::NotAllowed(_) => {
                "let the key ask for the zone and update it (knot: `acl`, BIND: `update-policy`, PowerDNS: `TSIG-ALLOW-DNSUPDATE`)"
            }
            Self::Drift(_) => "somebody else has changed it; plan anew",
            Self::Blame(_) | Self::NotTaken(_) | Self::Failed(_) => return None,
        })
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key { key, hash } => {
                write!(f, "knows no key `{key}` for `{hash}`, or does not let it do this (BADKEY)")
            }
            Self::Signature { key, hash } => {
                write!(f, "has another secret for the key `{key}` with `{hash}` (BADSIG)")
            }
            Self::Time { ours, theirs } => {
                write!(
                    f,
                    "does not take the time of the signature (BADTIME): it is {} here",
                    shown(*ours)
                )?;
                if let Some(theirs) = theirs {
                    let apart = ours.abs_diff(*theirs);
                    write!(
                        f,
                        " and {} there, {apart} s apart, and {FUDGE} s are taken",
                        shown(*theirs)
                    )?;
                }
                Ok(())
            }
            Self::Blame(code) => write!(f, "does not take the signature (code {code})"),
            Self::Drift(code) => {
                write!(
                    f,
                    "says {code}: what is there is not what was there when it was read (drift); nothing was changed"
                )
            }
            Self::KeyOrZone { code, key, zone } => write!(
                f,
                "says {code} and no more: it knows no key `{key}`, or has another secret or algorithm for \
                 it, or its clock is more than {FUDGE} s away, or it does not hold `{zone}` or let the key in"
            ),
            Self::NoZone(zone) => write!(f, "does not hold the zone `{zone}` (NOTAUTH)"),
            Self::NotAllowed(zone) => {
                write!(
                    f,
                    "does not hold `{zone}`, or does not allow this key to do this there (REFUSED)"
                )
            }
            Self::NotTaken(code) => write!(f, "does not take such a message ({code})"),
            Self::Failed(code) => write!(f, "fails ({code})"),
        }
    }
}

/// Writes seconds since 1970 as a time.
fn shown(seconds: u64) -> String {
    let at = i64::try_from(seconds).ok().and_then(|s| Timestamp::from_second(s).ok());
    at.map_or_else(|| format!("{seconds} s after 1970"), |at| at.to_string())
}

impl UpdateError {
    /// Says what to do next, where something helps.
    pub fn hint(&self) -> Option<String> {
        let said = match self {
            Self::Here { source, .. } => return source.hint(),
            Self::NotSent { source, .. } | Self::NoReply { source, .. } => source.hint()?,
            Self::Unwritable { source, .. } => source.hint()?,
            Self::Said { said, .. } => said.hint()?,
            Self::NotUsable { .. } => "write `kind: rfc2136` with `server` and `tsig`",
            Self::Malformed { .. } | Self::Unsigned { .. } => {
                "look what listens at `server`, and who stands between"
            }
            Self::Hidden { .. } => {
                "let the key transfer the zone too (knot: `action: [update, transfer]`, BIND: `allow-transfer`, PowerDNS: `TSIG-ALLOW-AXFR`)"
            }
            Self::Partly { .. } => {
                "write names as the server has them, their case included; a knot that shall serve keys of others \
                 needs `dnskey-management: incremental` and a `delete-delay`"
            }
            Self::Unsayable { .. } => return None,
        };
        Some(said.to_owned())
    }

    /// Tells whether a write that ended so surely changed nothing.
    ///
    /// What is said without a signature proves nothing: the message may have been taken, and this said by another.
    pub fn surely_nothing_changed(&self) -> bool {
        match self {
            Self::NotUsable { .. }
            | Self::Here { .. }
            | Self::Unwritable { .. }
            | Self::Unsayable { .. }
            | Self::NotSent { .. }
            | Self::Hidden { .. } => true,
            Self::Said { said, signed, .. } => *signed && !matches!(said, Said::Failed(_)),
            Self::NoReply { .. }
            | Self::Malformed { .. }
            | Self::Unsigned { .. }
            | Self::Partly { .. } => false,
        }
    }
}
