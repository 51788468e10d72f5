//! A service as the rows see it, and the words for record sets.

use std::net::SocketAddr;

use lifeboat::model::{Beside, Change, Estate, RrContent, RrKey, Rrset, Sent, Span, Target, Value};
use lifeboat::service::Field;
use lifeboat::{action, service};

use crate::actions::play;
use crate::standins::records::Trouble;

/// The zone of every stand, and the service that holds it.
pub const ZONE: &str = "zone.test.";
pub const SERVICE: &str = "own";

/// What a service does about a third value that comes at the last moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// It checks the state before in the same step as it writes.
    NativeCondition,
    /// It overwrites it: nothing but the looks before and after, and `settle`, guard against it.
    SettleOnly,
}

/// A change that the service's documents say it refuses: what is there before, what is asked for, what it says.
pub struct Case {
    pub there: Vec<Rrset>,
    pub wanted: Vec<Rrset>,
    pub says: &'static str,
    /// What a foreign hand does at the last moment.
    pub race: Option<Rrset>,
}

/// A service behind one face.
pub trait Stand {
    fn name(&self) -> &'static str;
    fn mark(&self) -> Mark;
    fn field(&self) -> Field;
    fn estate(&self) -> &Estate;

    /// The same estate, to which the service does not let us write, with what it says.
    fn strangers(&self) -> Vec<(Estate, Field, &'static str)>;

    /// Puts a set in place without the product, as another writer would.
    fn by_hand(&self, set: &Rrset);

    /// Lets something go wrong with the next write; a third value comes in the last moment that there is.
    fn trouble(&self, trouble: Trouble<Rrset>);

    /// Whether requests can be turned away and cut there.
    fn is_http(&self) -> bool;

    /// When a request that was turned away for seven seconds may come again.
    fn later(&self) -> Span {
        Span::from_secs(7)
    }

    /// Counts the writes that the service took in.
    fn writes(&self) -> usize;

    /// Whether what it took in can be counted at once: a log comes late.
    fn counts(&self) -> bool {
        self.is_http()
    }

    /// Where its name server answers.
    fn plane(&self) -> SocketAddr;

    /// Types with data that it holds.
    fn kinds(&self) -> Vec<(&'static str, &'static str)>;

    /// What its documents say it refuses.
    fn cases(&self) -> Vec<Case>;
}

/// Makes a record set of the zone.
pub fn set(name: &str, kind: &str, ttl: u32, data: &[&str]) -> Rrset {
    let record =
        |data: &&str| RrContent { content: (*data).to_owned(), disabled: false, beside: None };
    let name = if name == "@" { ZONE.to_owned() } else { format!("{name}.{ZONE}") };
    let key = RrKey { name, kind: kind.to_owned() };
    Rrset { key, ttl, records: data.iter().map(record).collect(), comments: Vec::new() }
}

/// The same set without records.
pub fn none(set: &Rrset) -> Rrset {
    Rrset { ttl: 0, records: Vec::new(), comments: Vec::new(), ..set.clone() }
}

/// The same set with something beside each record.
pub fn with(set: Rrset, beside: &Beside) -> Rrset {
    let beside = |record: RrContent| RrContent { beside: Some(beside.clone()), ..record };
    Rrset { records: set.records.into_iter().map(beside).collect(), ..set }
}

/// Reads sets of the same keys.
pub fn read(stand: &dyn Stand, like: &[Rrset]) -> Result<Vec<Rrset>, String> {
    let keys = like.iter().map(|set| set.key.clone()).collect();
    let target = Target::Rrsets { service: SERVICE.into(), zone: ZONE.to_owned(), keys };
    match play(action::read(&stand.field(), stand.estate(), &target))? {
        Value::Rrsets(sets) => Ok(sets),
        other => Err(format!("{other:?}")),
    }
}

/// Writes sets as the estate's service.
pub fn write(stand: &dyn Stand, before: &[Rrset], after: &[Rrset]) -> Sent {
    write_as(&stand.field(), stand.estate(), ZONE, before, after)
}

/// Writes sets of a zone as an estate has it.
pub fn write_as(
    field: &Field,
    estate: &Estate,
    zone: &str,
    before: &[Rrset],
    after: &[Rrset],
) -> Sent {
    let terms = service::terms(estate)[SERVICE];
    let keys: Vec<RrKey> = after.iter().map(|set| set.key.clone()).collect();
    let change = Change {
        target: Target::Rrsets { service: SERVICE.into(), zone: zone.to_owned(), keys },
        object: "z".into(),
        before: Value::Rrsets(before.to_vec()),
        after: Value::Rrsets(after.to_vec()),
        timeout: Span::from_secs(10),
        settle: terms.settle,
        conditional: terms.conditional,
    };
    play(action::write(field, estate, &change, "key-of-this-try"))
}

/// Tells whether two states are the same to the world.
pub fn same(one: &[Rrset], other: &[Rrset]) -> bool {
    Value::Rrsets(one.to_vec()).same_as(&Value::Rrsets(other.to_vec()))
}
