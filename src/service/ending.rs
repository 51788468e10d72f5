//! How a probe's exchange ends, and what it may cost.

use std::time::Duration;

use crate::model::{Ending, Inconclusive, Probing, Remote, Span};
use crate::net::{Deadline, NetError};

/// How long to leave a service alone that is busy and names no time.
pub const LATER: Span = Span::from_secs(10);

/// Says when a service that is busy wants to be asked again.
pub fn again(after: Option<Span>) -> String {
    after.map_or_else(String::new, |after| format!(" and wants to be asked again in {after}"))
}

/// What asking one target may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// How many tries lie inside it.
    pub tries: u32,
    /// All of it, from the first moment.
    pub budget: Duration,
}

impl Budget {
    /// Returns the estate's budget for one target.
    pub fn of(probing: &Probing) -> Self {
        Self { tries: u32::from(probing.tries), budget: probing.target_budget.duration() }
    }

    /// Returns the same number of tries within what a deadline leaves.
    pub fn until(self, deadline: Deadline) -> Self {
        Self { budget: self.budget.min(deadline.left()), ..self }
    }
}

/// Says how an exchange ended that failed: what speaks of the peer is an ending, what speaks of this
/// machine or this estate is inconclusive, so that nothing follows from it.
pub fn ending<T>(error: &NetError) -> Ending<T> {
    match error {
        NetError::TimedOut | NetError::ConnectTimedOut | NetError::Lost => Ending::TimedOut,
        NetError::Refused => Ending::Refused,
        // A drill's world has nothing there, and says so at once.
        NetError::HostUnreachable | NetError::NetworkUnreachable | NetError::Sealed => {
            Ending::Unreachable
        }
        NetError::Closed => Ending::Closed,
        NetError::Malformed | NetError::Tls(_) => Ending::Malformed(Remote::new(error.to_string())),
        NetError::NoRoute => Ending::Inconclusive(Inconclusive::NoPath),
        NetError::NoSeat => Ending::Inconclusive(Inconclusive::Deadline),
        NetError::NotAdmitted(_) | NetError::PlainRefused | NetError::OtherOrigin => {
            Ending::Inconclusive(Inconclusive::NotAdmitted(error.to_string()))
        }
        NetError::NoAddress => Ending::Inconclusive(Inconclusive::NoAddress(error.to_string())),
        NetError::NotLoopback(_)
        | NetError::BadUrl
        | NetError::BadRequest(_)
        | NetError::Barred(_)
        | NetError::Local(_) => Ending::Inconclusive(Inconclusive::Local(error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;
    use std::net::{IpAddr, Ipv4Addr};

    use super::*;

    #[test]
    fn what_net_calls_inconclusive_is_inconclusive_and_nothing_else() {
        let ip = IpAddr::V4(Ipv4Addr::LOCALHOST);
        for error in [
            NetError::Refused,
            NetError::HostUnreachable,
            NetError::NetworkUnreachable,
            NetError::ConnectTimedOut,
            NetError::TimedOut,
            NetError::Closed,
            NetError::Lost,
            NetError::Malformed,
            NetError::Tls(Remote::new("expired")),
            NetError::Sealed,
            NetError::NotAdmitted(ip),
            NetError::NotLoopback(ip),
            NetError::PlainRefused,
            NetError::OtherOrigin,
            NetError::BadUrl,
            NetError::BadRequest("a header's name"),
            NetError::NoAddress,
            NetError::NoRoute,
            NetError::NoSeat,
            NetError::Barred("late".into()),
            NetError::Local(ErrorKind::PermissionDenied),
        ] {
            let inconclusive = matches!(ending::<()>(&error), Ending::Inconclusive(_));
            assert_eq!(inconclusive, error.inconclusive(), "{error}");
        }
    }
}
