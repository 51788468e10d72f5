//! Services that host zones behind an HTTP API: why one did not do what was asked, and what is surely so then.
//!
//! Cloudflare, Route 53 and deSEC share it. A status is sorted here once; what a body means is each service's own.

use thiserror::Error;

use crate::host::HostError;
use crate::model::{Declaration, Id, Rrset, Sent, Span, Value};
use crate::net::NetError;
use crate::service::json_api::ApiError;
use crate::service::{LATER, again};

/// Why such a service did not do what was asked.
#[derive(Debug, Error)]
pub enum HostedError {
    /// The estate does not say enough.
    #[error("`{service}` cannot be used: {because}")]
    NotUsable {
        /// The service.
        service: Id,
        /// What is missing.
        because: &'static str,
    },
    /// The credential or the certificate could not be read here.
    #[error("`{service}`: {source}")]
    Here {
        /// The service.
        service: Id,
        /// Why.
        source: HostError,
    },
    /// No reply came.
    #[error("`{service}`: {source}")]
    Net {
        /// The service.
        service: Id,
        /// Why.
        source: NetError,
    },
    /// It does not take the credential, or does not let it do this.
    #[error("`{service}` refuses the credential, {said}")]
    Denied {
        /// The service.
        service: Id,
        /// Its words.
        said: String,
    },
    /// It does not hold the zone.
    #[error("`{service}` holds no zone `{zone}`")]
    NoZone {
        /// The service.
        service: Id,
        /// The zone.
        zone: String,
    },
    /// It has too much to do.
    #[error("`{service}` is busy ({said}){}", again(*.after))]
    Busy {
        /// The service.
        service: Id,
        /// Its status.
        status: u16,
        /// Its words.
        said: String,
        /// How long it asks to be left alone.
        after: Option<Span>,
    },
    /// Somebody else was there first.
    #[error(
        "`{service}`: what is there is not what was there when it was read (drift): {what}; nothing was changed"
    )]
    Drift {
        /// The service.
        service: Id,
        /// What is other.
        what: String,
    },
    /// What the service has no words for, or would not heed.
    #[error("`{service}` cannot be told this: {because}")]
    Unsayable {
        /// The service.
        service: Id,
        /// What.
        because: String,
    },
    /// It says no.
    #[error("`{service}` says no, {said}")]
    Rejected {
        /// The service.
        service: Id,
        /// Its status.
        status: u16,
        /// Its words.
        said: String,
    },
    /// A listing that ends early, or that changed while it was read.
    #[error("`{service}` gives no whole listing: {because}")]
    Incomplete {
        /// The service.
        service: Id,
        /// Why.
        because: String,
    },
    /// Its reply is none of such a service.
    #[error("`{service}` replies as no such service does: {because}")]
    Malformed {
        /// The service.
        service: Id,
        /// What was wrong.
        because: String,
    },
}

/// A reply that is no success, as far as every service means the same by it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Its status.
    pub status: u16,
    /// Its words.
    pub said: String,
    /// How long it asks to be left alone.
    pub after: Option<Span>,
}

impl Refusal {
    /// Sorts it by its status.
    pub fn sorted(self, service: &Id) -> HostedError {
        let (service, Self { status, said, after }) = (service.clone(), self);
        match status {
            401 | 403 => HostedError::Denied { service, said },
            429 => HostedError::Busy { service, status, said, after },
            503 if after.is_some() => HostedError::Busy { service, status, said, after },
            status => HostedError::Rejected { service, status, said },
        }
    }
}

impl HostedError {
    /// Takes what an API could not do.
    pub fn of(service: &Id, error: ApiError) -> Self {
        let service = service.clone();
        match error {
            ApiError::Here(source) => Self::Here { service, source },
            ApiError::Net(source) => Self::Net { service, source },
        }
    }

    /// Says what to do next, where something helps.
    pub fn hint(&self) -> Option<String> {
        let said = match self {
            Self::Here { source, .. } => return source.hint(),
            Self::Net { source, .. } => source.hint()?,
            Self::NotUsable { .. } => "write what is missing into the estate",
            Self::Denied { .. } => "give `credential` a token that may write the zone's records",
            Self::NoZone { .. } => "check the zone's name, and whose account the credential is of",
            Self::Busy { .. } => "wait, then give the same command again",
            Self::Drift { .. } => "somebody else has changed it; plan anew",
            Self::Incomplete { .. } => "give the same command again",
            Self::Malformed { .. } => "look what listens at `api`, and who stands between",
            Self::Unsayable { .. } | Self::Rejected { .. } => return None,
        };
        Some(said.to_owned())
    }

    /// Puts an error and its hint into one sentence.
    pub fn sentence(&self) -> String {
        match self.hint() {
            Some(hint) => format!("{self}; {hint}"),
            None => self.to_string(),
        }
    }

    /// Says what became of a write that ended so before its one request was sent: surely nothing.
    pub fn before_the_write(&self, own: &Declaration) -> Sent {
        match self.not_now(own) {
            Some(after) => Sent::Later { because: self.sentence(), after },
            None => Sent::Refused(self.sentence()),
        }
    }

    /// Says what became of a write whose one request ended so.
    pub fn of_the_write(&self, own: &Declaration) -> Sent {
        let because = self.sentence();
        match self.not_now(own) {
            Some(after) => Sent::Later { because, after },
            None if self.surely_nothing_changed() => Sent::Refused(because),
            None => Sent::Lost(because),
        }
    }

    /// A gateway's 408 may lie about what was done behind it.
    fn surely_nothing_changed(&self) -> bool {
        match self {
            Self::NotUsable { .. }
            | Self::Here { .. }
            | Self::Denied { .. }
            | Self::NoZone { .. }
            | Self::Drift { .. }
            | Self::Unsayable { .. } => true,
            Self::Net { source, .. } => source.surely_not_sent(),
            Self::Rejected { status, .. } => (400..500).contains(status) && *status != 408,
            Self::Busy { .. } | Self::Incomplete { .. } | Self::Malformed { .. } => false,
        }
    }

    /// Returns how long to wait before a write that surely did nothing may be sent again. Only 429 says so.
    fn not_now(&self, own: &Declaration) -> Option<Span> {
        let Self::Busy { status, after, .. } = self else { return None };
        own.is_not_now(*status, after.is_some()).then(|| after.unwrap_or(LATER))
    }
}

/// Finds what a fresh look shows otherwise than the state that a change rests on; nothing where all is as it was.
pub fn drifted(found: &[Rrset], before: &[Rrset]) -> Option<String> {
    let same = |one: &Rrset, other: &Rrset| {
        Value::Rrsets(vec![one.clone()]).same_as(&Value::Rrsets(vec![other.clone()]))
    };
    let other = |set: &&Rrset| {
        let was = before.iter().find(|was| was.key == set.key);
        was.is_none_or(|was| !same(was, set))
    };
    found.iter().find(other).map(|set| {
        let data: Vec<&str> = set.records.iter().map(|it| it.content.as_str()).collect();
        let data = if data.is_empty() { "nothing".to_owned() } else { data.join(", ") };
        format!("{} {} {} is {data}", set.key.name, set.ttl, set.key.kind)
    })
}
