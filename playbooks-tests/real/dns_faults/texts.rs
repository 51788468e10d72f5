//! What zones and delegation say in a lab.

use super::ground::Ground;
use super::setting::{Benign, Setting};
use super::signed::{Manner, Times, spoil, with_keys_of};
use std::fmt::Write as _;
use std::net::SocketAddr;

/// What zones and delegation say; a row changes some of it.
#[derive(Clone, Default)]
pub struct Text {
    /// Names that the zone lists as name servers besides its own.
    pub also_named: Vec<String>,
    /// Names that the parent delegates to besides, with an address where it has one.
    pub also_delegated: Vec<(String, Option<SocketAddr>)>,
    /// The parent does not delegate the zone at all.
    pub undelegated: bool,
    /// The parent's address of the first server, where that is another.
    pub glue: Option<SocketAddr>,
    /// What the critical name has at the first provider, where that is something else.
    pub critical: Option<Vec<String>>,
    /// The same at the other provider.
    pub critical_there: Option<Vec<String>>,
    /// How long the zone's records may be kept, where that is another time.
    pub ttl: Option<u32>,
    /// What is wrong with the first provider's signatures.
    pub flaw: Option<Flaw>,
    /// The parent's DS is of a key that nobody has.
    pub other_ds: bool,
}

/// What is wrong with a zone's signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    Expired,
    NotYetValid,
    KeysOfAnother,
    Spoilt,
    Stripped,
}

/// Two sides of the zone that need not be alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    First,
    Other,
}

impl Ground {
    /// Writes the root and the top-level domain, both signed.
    pub fn parents(&self, text: &Text) -> [String; 2] {
        let (top, ip) = (&self.setting.top, self.root_address().ip());
        let root = beginning(".", top, 3600)
            + &format!(
                "@ IN NS a.root.\na.root. IN A {ip}\n{top} IN NS ns.nic.{top}\nns.nic.{top} IN A {ip}\n{top} IN DS {}\n",
                self.keys[1].ds()
            );
        let manner = Manner {
            nsec3: self.setting.signing.is_some_and(|signing| signing.nsec3),
            opt_out: self.benign == Benign::OptOut,
            times: Times::Now,
        };
        let parent = self.parent(text);
        [self.keys[0].sign(&root, Manner::default()), self.keys[1].sign(&parent, manner)]
    }

    fn parent(&self, text: &Text) -> String {
        let (top, zone) = (&self.setting.top, &self.setting.zone);
        let ip = self.root_address().ip();
        let mut parent = beginning(top, top, self.setting.ttl)
            + &format!("@ IN NS ns.nic.{top}\nns.nic.{top} IN A {ip}\n");
        if !text.undelegated {
            for (name, _) in self.delegated() {
                let _ = writeln!(parent, "{zone} IN NS {name}");
            }
            for (name, at) in &text.also_delegated {
                let _ = writeln!(parent, "{zone} IN NS {name}");
                let address = at.map(|at| format!("{name} IN A {}\n", at.ip()));
                parent.push_str(&address.unwrap_or_default());
            }
            if self.setting.signing.is_some() {
                let key = if text.other_ds { &self.keys[3] } else { &self.keys[2] };
                let _ = writeln!(parent, "{zone} IN DS {}", key.ds());
            }
        }
        for (place, (name, at)) in self.servers().into_iter().enumerate() {
            let glued = text.glue.filter(|_| place == 0).unwrap_or(at);
            if !text.undelegated || !self.setting.inside || place >= self.first.len() {
                let _ = writeln!(parent, "{name} IN A {}", glued.ip());
                parent.push_str(&self.sixth(&name, place));
            }
        }
        parent
    }

    /// Gives a name server an address of a network that is not there, where the lab has such ones.
    fn sixth(&self, name: &str, place: usize) -> String {
        let six = self.sixth_of(place).map(|six| format!("{name} IN AAAA {six}\n"));
        six.unwrap_or_default()
    }

    /// Writes the zone as one of the providers has it.
    pub fn zone_text(&self, text: &Text, side: Side) -> String {
        let plain = self.plain(text, side);
        let Some(signing) = self.setting.signing else { return plain };
        let flaw = text.flaw.filter(|_| side == Side::First);
        let times = match flaw {
            Some(Flaw::Expired) => Times::Past,
            Some(Flaw::NotYetValid) => Times::Future,
            _ => Times::Now,
        };
        let manner = Manner { nsec3: signing.nsec3, opt_out: false, times };
        let key = if flaw == Some(Flaw::KeysOfAnother) { &self.keys[3] } else { &self.keys[2] };
        let signed = key.sign(&plain, manner);
        match flaw {
            Some(Flaw::Stripped) => plain,
            Some(Flaw::Spoilt) => spoil(&signed, &self.holder(), "A"),
            Some(Flaw::KeysOfAnother) => with_keys_of(&signed, &self.keys[2].sign(&plain, manner)),
            _ => signed,
        }
    }

    fn plain(&self, text: &Text, side: Side) -> String {
        let Setting { zone, host, .. } = &self.setting;
        let ttl = text.ttl.unwrap_or(self.setting.ttl);
        let serial = match (self.benign, side) {
            (Benign::Serials, Side::Other) => 2_026_010_100,
            _ => 1,
        };
        let mut plain = format!(
            "$ORIGIN {zone}\n$TTL {ttl}\n@ IN SOA {} host.{zone} {serial} 3600 600 86400 {}\nother IN A 192.0.2.80\n",
            self.servers()[0].0,
            ttl.min(60)
        );
        let named = self.delegated().into_iter().map(|(name, _)| name);
        for name in named.chain(text.also_named.iter().cloned()) {
            let _ = writeln!(plain, "@ IN NS {name}");
        }
        let own = format!(".{zone}");
        for (place, (name, at)) in self.servers().iter().enumerate() {
            if name.ends_with(&own) {
                let _ = writeln!(plain, "{name} IN A {}", at.ip());
                plain.push_str(&self.sixth(name, place));
            }
        }
        let _ = writeln!(plain, "large IN TXT {}", format!("\"{}\" ", "x".repeat(220)).repeat(3));
        if self.benign == Benign::Alias {
            let _ = writeln!(plain, "{host} IN CNAME {}", self.holder());
        }
        for value in self.values(text, side) {
            let _ = writeln!(plain, "{} IN A {value}", self.holder());
        }
        plain
    }

    fn values(&self, text: &Text, side: Side) -> Vec<String> {
        let expected = self.expected();
        let (changed, own) = match side {
            Side::First => (&text.critical, &expected[..1]),
            Side::Other => (&text.critical_there, &expected[1.min(expected.len() - 1)..]),
        };
        match changed {
            Some(values) => values.clone(),
            None if self.benign == Benign::Split => own.to_vec(),
            None => expected,
        }
    }

    /// Returns the name that holds the critical name's addresses.
    fn holder(&self) -> String {
        match self.benign {
            Benign::Alias => format!("edge.{}", self.setting.zone),
            _ => self.setting.name(),
        }
    }
}

/// Begins a zone that the lab's parents serve.
fn beginning(origin: &str, top: &str, ttl: u32) -> String {
    format!(
        "$ORIGIN {origin}\n$TTL {ttl}\n@ IN SOA ns.nic.{top} host.nic.{top} 1 3600 600 86400 60\n"
    )
}
