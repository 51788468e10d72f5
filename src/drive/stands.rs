//! Whether what an incident changed is there still: somebody else may write the same zone.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use tokio::task::JoinSet;

use super::{DriveError, Operation, plans};
use crate::action;
use crate::journal::{Written, written};
use crate::model::{
    Change, DnsProvider, Estate, Fact, FactKind, Id, Measure, Remote, RrKey, Rrset, Target, Truth,
    Value, Zone, fully_qualified,
};
use crate::net::Deadline;
use crate::plan::Digest;
use crate::probe::Against;
use crate::service::dns::{Ability, ability};
use crate::store::Incident;

/// One service's zone, which is read at once.
type Place = (Id, String);

/// Reads every record set that the incident wrote at its service, and says of each zone whether it is as it was left.
/// Without a write, nothing is asked and nothing is said; a zone that this look reads whole anyway is not read again.
///
/// # Errors
/// What the disk said.
pub async fn facts(
    operation: &Operation,
    incident: &Incident,
    against: &Against,
    until: Deadline,
    now: Timestamp,
) -> Result<Vec<Fact>, DriveError> {
    let plans: BTreeMap<String, _> =
        plans::all(incident)?.into_iter().map(|plan| (Digest::of(&plan).hex(), plan)).collect();
    let left = written(&incident.records()?, &plans);
    let mut places: BTreeMap<Place, Vec<&Written>> = BTreeMap::new();
    for one in &left {
        places.entry((one.service.clone(), one.zone.clone())).or_default().push(one);
    }
    let mut reading = JoinSet::new();
    for ((service, zone), sets) in &places {
        let keys: Vec<RrKey> = sets.iter().map(|set| set.after.key.clone()).collect();
        let (field, estate) = (operation.field.clone(), operation.estate.clone());
        let place = (service.clone(), zone.clone());
        let object = sets.first().map(|set| &set.object);
        let whole = object.and_then(|object| compared(&estate, against, &place, object));
        let wholes = against.wholes.clone();
        reading.spawn(async move {
            let read = match whole {
                Some((provider, zone)) => {
                    let read = wholes.read(&field, &provider, &zone, until.left()).await;
                    let read = read.map_err(|error| error.to_string());
                    read.and_then(|whole| whole.sets(&keys)).map(Value::Rrsets)
                }
                None => {
                    let (service, zone) = place.clone();
                    let target = Target::Rrsets { service, zone, keys };
                    let read = until.run(action::read(&field, &estate, &target)).await;
                    read.unwrap_or_else(|| Err("no answer in time".to_owned()))
                }
            };
            (place, read)
        });
    }
    let read: BTreeMap<Place, Result<Value, String>> =
        reading.join_all().await.into_iter().collect();
    let mut zones: BTreeMap<&Id, Vec<Found>> = BTreeMap::new();
    for (place, sets) in &places {
        for one in sets {
            zones.entry(&one.object).or_default().push(Found::of(one, &read[place]));
        }
    }
    Ok(zones.into_iter().map(|(zone, found)| fact(operation, zone, &found, now)).collect())
}

/// Returns the provider and the zone that are read whole in this look to be held against git.
fn compared(
    estate: &Estate,
    against: &Against,
    (service, name): &Place,
    object: &Id,
) -> Option<(DnsProvider, Zone)> {
    let (provider, zone) = (estate.provider(service)?, estate.zone(object)?);
    let held = zone.delegated_to.iter().chain(&zone.standby_at).any(|id| id == service);
    let own = zone.full_name("@") == fully_qualified(name);
    let referred = against.references.iter().any(|it| it.zone == *object && it.copy().is_ok());
    let gives = !matches!(ability(provider.kind), Ability::None(_));
    (own && held && referred && gives).then(|| (provider.clone(), zone.clone()))
}

/// Says what of these changes is there no longer, by a look at their services; nothing while all of it is there, or where
/// nobody can say.
pub(super) async fn gone(operation: &Operation, changes: &[Change]) -> Option<String> {
    let mut gone = BTreeSet::new();
    for change in changes {
        let read = action::read(&operation.field, &operation.estate, &change.target).await;
        let found = Written::of(change).into_iter().map(|one| Found::of(&one, &read));
        gone.extend(found.filter_map(|found| match found {
            Found::PutBack(said) | Found::Changed(said) => Some(said),
            Found::AsLeft | Found::Unknown(_) => None,
        }));
    }
    (!gone.is_empty()).then(|| gone.into_iter().collect::<Vec<_>>().join("; "))
}

/// What is there now of one record set.
enum Found {
    /// What was left there.
    AsLeft,
    /// What was there before.
    PutBack(String),
    /// Something else.
    Changed(String),
    /// Nobody knows.
    Unknown(String),
}

impl Found {
    fn of(one: &Written, read: &Result<Value, String>) -> Self {
        let key = &one.after.key;
        let named =
            || format!("{} {} at `{}`", Remote::new(key.name.as_str()), key.kind, one.service);
        let sets = match read {
            Ok(Value::Rrsets(sets)) => sets,
            Ok(Value::Trackers(_)) => return Self::Unknown(format!("{}: no record sets", named())),
            Err(because) => return Self::Unknown(format!("{}: {because}", named())),
        };
        let Some(now) = sets.iter().find(|set| set.key == *key) else {
            return Self::Unknown(format!("{} was not read", named()));
        };
        // What people write beside a set changes nothing of it.
        let plain =
            |set: &Rrset| Value::Rrsets(vec![Rrset { comments: Vec::new(), ..set.clone() }]);
        let same = |set: &Rrset| plain(set).same_as(&plain(now));
        if same(&one.after) {
            Self::AsLeft
        } else if same(&one.before) {
            Self::PutBack(format!("somebody put back {}", named()))
        } else {
            Self::Changed(format!("somebody changed {}", named()))
        }
    }
}

/// False as soon as one record set is otherwise, unknown while one cannot be read.
fn fact(operation: &Operation, zone: &Id, found: &[Found], now: Timestamp) -> Fact {
    let (mut other, mut unknown) = (BTreeSet::new(), BTreeSet::new());
    for one in found {
        match one {
            Found::AsLeft => {}
            Found::PutBack(said) | Found::Changed(said) => {
                other.insert(said.as_str());
            }
            Found::Unknown(said) => {
                unknown.insert(said.as_str());
            }
        }
    }
    let list = |said: &BTreeSet<&str>| said.iter().copied().collect::<Vec<_>>().join("; ");
    let (truth, because) = match (other.is_empty(), unknown.is_empty()) {
        (false, _) => (Truth::False, list(&other)),
        (true, false) => (Truth::Unknown, list(&unknown)),
        (true, true) => (Truth::True, "what this incident wrote is there".to_owned()),
    };
    let stands = found.iter().filter(|one| matches!(one, Found::AsLeft)).count();
    Fact {
        id: Id::default(),
        kind: FactKind::ChangeStands,
        subject: zone.clone(),
        object: None,
        vantage: operation.here(),
        at: now,
        truth,
        measure: Some(Measure::part(stands as f64, found.len() as f64)),
        because,
        from: Vec::new(),
    }
}
