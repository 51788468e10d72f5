//! Which addresses may be reached: what the estate wrote, and of what was learned only public ones.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::model::{is_bogon, lies_in};

/// Who named an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The operator, in the estate.
    Estate,
    /// Somebody else: an answer, a redirect, a list of peers.
    Learned,
}

/// What the estate says about learned addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Admission {
    /// Private ranges that learned addresses may lie in and where `http://` is allowed.
    pub allow_private: Vec<IpNet>,
}

impl Admission {
    /// Tells whether an address may be reached.
    pub fn admits(&self, ip: IpAddr, origin: Origin) -> bool {
        match origin {
            Origin::Estate => true,
            Origin::Learned => !is_bogon(ip, &self.allow_private),
        }
    }

    /// Tells whether an address lies in a private range that the estate names.
    pub fn allows_private(&self, ip: IpAddr) -> bool {
        lies_in(ip, &self.allow_private)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_wrote_an_address_decides() {
        let (admission, inside) = (Admission::default(), IpAddr::from([127, 0, 0, 1]));
        assert!(admission.admits(inside, Origin::Estate));
        assert!(!admission.admits(inside, Origin::Learned));
    }
}
