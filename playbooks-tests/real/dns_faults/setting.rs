//! What differs from lab to lab, drawn from a seed: no row may depend on it.

/// The kinds of name servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Software {
    Knot,
    Bind,
    Nsd,
    PowerDns,
}

/// The kinds of resolvers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resolver {
    Unbound,
    Recursor,
    Bind,
}

impl Resolver {
    pub const ALL: [Self; 3] = [Self::Unbound, Self::Recursor, Self::Bind];

    /// Returns its name, for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unbound => "unbound",
            Self::Recursor => "PowerDNS Recursor",
            Self::Bind => "BIND",
        }
    }
}

/// How a zone is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signing {
    /// As `dnssec-keygen` names it.
    pub algorithm: &'static str,
    pub nsec3: bool,
}

/// What is unusual about a lab and no fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Benign {
    Nothing,
    /// Each provider gives another of the values that the estate declares.
    Split,
    /// One server answers late.
    Slow,
    /// Every twentieth of our packets to each server and resolver, and of theirs to us, is lost.
    Loss,
    /// The providers number their copies of the zone in different ways.
    Serials,
    /// The parent leaves delegations without a DS out of its chain.
    OptOut,
    /// The critical name is an alias.
    Alias,
    /// Name servers have addresses of a network that is not there.
    NoIpv6,
}

impl Benign {
    pub const ALL: [Self; 8] = [
        Self::Nothing,
        Self::Split,
        Self::Slow,
        Self::Loss,
        Self::Serials,
        Self::OptOut,
        Self::Alias,
        Self::NoIpv6,
    ];

    /// Returns what is unusual, for people.
    pub const fn told(self) -> &'static str {
        match self {
            Self::Nothing => "nothing unusual",
            Self::Split => "declared split answers",
            Self::Slow => "a slow server",
            Self::Loss => "5 % loss each way",
            Self::Serials => "serials of different styles",
            Self::OptOut => "unsigned below opt-out",
            Self::Alias => "a CNAME",
            Self::NoIpv6 => "no IPv6",
        }
    }

    /// Makes a setting one in which it can be.
    pub fn settle(self, setting: &mut Setting) {
        match self {
            Self::Split => setting.values = 2,
            Self::OptOut => setting.signing = None,
            _ => {}
        }
    }
}

/// One lab's parameters.
#[derive(Clone, Debug)]
pub struct Setting {
    pub seed: u64,
    /// The top-level domain, and the zone, fully qualified.
    pub top: String,
    pub zone: String,
    /// The critical name, relative to the zone.
    pub host: &'static str,
    /// What the first provider's servers run, one entry a server.
    pub servers: Vec<Software>,
    /// What the other provider's server runs.
    pub other: Software,
    /// The names of the first provider's servers lie in the zone itself.
    pub inside: bool,
    /// The zone is delegated to both providers; else the other one stands by.
    pub both: bool,
    pub ttl: u32,
    /// How many addresses the critical name has.
    pub values: usize,
    /// None: the zone is not signed.
    pub signing: Option<Signing>,
    /// Resolvers give extended errors.
    pub ede: bool,
    /// Where hosts of the lab begin in its block of addresses.
    pub base: u8,
}

impl Setting {
    /// Draws the parameters.
    pub fn of(seed: u64) -> Setting {
        let mut draw = Draw(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let top = draw.one_of(&["test.", "net.", "org.", "xn--p1ai."]);
        let label = draw.one_of(&["tracker", "seeds-27", "a", "open.seeds", "xn--bcher-kva"]);
        let all = [Software::Knot, Software::Bind, Software::Nsd, Software::PowerDns];
        let first = draw.below(4);
        let count = draw.one_of(&[2, 2, 4]);
        let signing = Signing {
            algorithm: draw.one_of(&["ECDSAP256SHA256", "RSASHA256"]),
            nsec3: draw.below(2) == 1,
        };
        Setting {
            seed,
            top: top.to_owned(),
            zone: format!("{label}.{top}"),
            host: draw.one_of(&["announce", "www", "t1"]),
            servers: (0..count).map(|at| all[(first + at) % 4]).collect(),
            other: all[(first + 2) % 4],
            inside: draw.below(2) == 1,
            both: draw.below(3) == 0,
            ttl: draw.one_of(&[5, 60, 300, 3600]),
            values: 1 + draw.below(2),
            signing: (draw.below(3) > 0).then_some(signing),
            ede: draw.below(2) == 1,
            base: u8::try_from(10 + 40 * draw.below(5)).unwrap(),
        }
    }

    /// Returns the critical name, fully qualified.
    pub fn name(&self) -> String {
        format!("{}.{}", self.host, self.zone)
    }

    /// Says it in a few words.
    pub fn told(&self) -> String {
        let signed = self.signing.map_or("unsigned".to_owned(), |it| {
            format!("{} with {}", it.algorithm, if it.nsec3 { "NSEC3" } else { "NSEC" })
        });
        format!(
            "seed {}: {} at {:?} and {:?}{}, TTL {} s, {signed}, EDE {}",
            self.seed,
            self.zone,
            self.servers,
            self.other,
            if self.both { ", both delegated" } else { ", the other stands by" },
            self.ttl,
            if self.ede { "on" } else { "off" }
        )
    }
}

/// A stream of numbers from a seed (splitmix64).
struct Draw(u64);

impl Draw {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % bound as u64).unwrap()
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}
