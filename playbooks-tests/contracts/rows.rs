//! The rows. Each says what does not hold, so that a suite that must turn red can be watched doing so.

use hickory_proto::rr::RData;
use lifeboat::model::{Rrset, Sent, Span};
use lifeboat::service;

use super::stand::{Mark, SERVICE, Stand, ZONE, none, read, same, set, write, write_as};
use crate::standins::plane::{ask, data};
use crate::standins::records::Trouble;

/// What a row finds.
pub type Held = Result<(), String>;

/// A row: its name, and what it does.
pub type Row = (&'static str, fn(&dyn Stand) -> Held);

/// Every row, the strictest first.
pub const ROWS: &[Row] = &[
    ("its mark is what it declares", mark),
    ("what the documents refuse is refused in the service's words", refused),
    ("a stranger changes nothing", strangers),
    ("a zone that is not there is named", elsewhere),
    ("a third value at the last moment", third),
    ("made, edited and taken away, each by one write", edited),
    ("several sets are one write, all or none", several),
    ("twice is once", twice),
    ("a set of many records is whole", many),
    ("a connection cut before or after is in doubt, and a look tells", cut),
    ("turned away is not now, and broken is in doubt", turned_away),
    ("every type is held as it was written", kinds),
];

/// Runs rows until one does not hold.
pub fn run(stand: &dyn Stand) -> Held {
    for (name, row) in ROWS {
        row(stand).map_err(|why| format!("{}: {name}: {why}", stand.name()))?;
    }
    Ok(())
}

macro_rules! holds {
    ($what:expr, $($why:tt)+) => {
        if !$what {
            return Err(format!($($why)+));
        }
    };
}

fn written(sent: Sent) -> Held {
    if sent == Sent::Written { Ok(()) } else { Err(format!("{sent:?}")) }
}

/// Holds that one write was taken in, where that can be told.
fn once(stand: &dyn Stand, writes: usize) -> Held {
    let more = stand.writes() - writes;
    if !stand.counts() || more == 1 { Ok(()) } else { Err(format!("{more} writes")) }
}

/// Holds that the service shows sets, and that its name server answers with them.
fn shown(stand: &dyn Stand, sets: &[Rrset]) -> Held {
    let found = read(stand, sets)?;
    holds!(same(&found, sets), "it shows {found:?} in place of {sets:?}");
    sets.iter().try_for_each(|set| answered(stand, set))
}

fn answered(stand: &dyn Stand, set: &Rrset) -> Held {
    // Each name server has one of its own.
    if set.key.kind == "SOA" {
        return Ok(());
    }
    let word = |ttl: u32, data: RData| (ttl, data.to_string());
    let wanted =
        set.records.iter().map(|it| Some(word(set.ttl, data(&set.key.kind, &it.content)?)));
    // What the library has no words for is held against the service alone.
    let Some(mut wanted) = wanted.collect::<Option<Vec<_>>>() else { return Ok(()) };
    wanted.sort();
    let found = ask(stand.plane(), &set.key.name, &set.key.kind).into_iter();
    let mut found: Vec<_> = found.map(|(ttl, data)| word(ttl, data)).collect();
    found.sort();
    holds!(found == wanted, "{} {}: {found:?} is answered", set.key.name, set.key.kind);
    Ok(())
}

fn mark(stand: &dyn Stand) -> Held {
    let terms = service::terms(stand.estate())[SERVICE];
    let native = stand.mark() == Mark::NativeCondition;
    holds!(terms.conditional == native, "it declares {}", terms.conditional);
    holds!(terms.settle > Span::from_millis(0), "whatever writes settles");
    Ok(())
}

fn edited(stand: &dyn Stand) -> Held {
    let made = set("www", "A", 300, &["192.0.2.1", "192.0.2.2"]);
    let states = [
        none(&made),
        made.clone(),
        set("www", "A", 300, &["192.0.2.2", "192.0.2.3"]),
        set("www", "A", 900, &["192.0.2.2", "192.0.2.3"]),
        made.clone(),
        none(&made),
    ];
    for (count, pair) in states.windows(2).enumerate() {
        let (before, after) = (&pair[..1], &pair[1..]);
        holds!(same(&read(stand, before)?, before), "step {count} begins elsewhere");
        let writes = stand.writes();
        written(write(stand, before, after))?;
        once(stand, writes).map_err(|why| format!("step {count}: {why}"))?;
        shown(stand, after)?;
    }
    Ok(())
}

fn kinds(stand: &dyn Stand) -> Held {
    for (kind, data) in stand.kinds() {
        let made = [set(&format!("t-{}", kind.to_lowercase()), kind, 300, &[data])];
        let before = [none(&made[0])];
        written(write(stand, &before, &made)).map_err(|why| format!("{kind}: {why}"))?;
        shown(stand, &made)?;
        written(write(stand, &made, &before)).map_err(|why| format!("{kind}: {why}"))?;
        shown(stand, &before)?;
    }
    Ok(())
}

fn several(stand: &dyn Stand) -> Held {
    let made = [
        set("one", "A", 300, &["192.0.2.11"]),
        set("two", "TXT", 300, &["\"two words\""]),
        set("three", "MX", 300, &["10 mail.zone.test."]),
    ];
    let before = made.each_ref().map(none);
    let writes = stand.writes();
    written(write(stand, &before, &made))?;
    once(stand, writes)?;
    shown(stand, &made)?;
    let Some(case) = stand.cases().into_iter().find(|case| case.race.is_none()) else {
        return Err("it refuses nothing".to_owned());
    };
    case.there.iter().for_each(|set| stand.by_hand(set));
    let good = set("one", "A", 300, &["192.0.2.12"]);
    let there: Vec<Rrset> = case.wanted.iter().map(|it| found_in(&case.there, it)).collect();
    let before = [vec![made[0].clone()], there].concat();
    let sent = write(stand, &before, &[vec![good], case.wanted].concat());
    holds!(matches!(sent, Sent::Refused(_)), "{sent:?}");
    shown(stand, &made[..1])
}

fn found_in(sets: &[Rrset], like: &Rrset) -> Rrset {
    sets.iter().find(|it| it.key == like.key).cloned().unwrap_or_else(|| none(like))
}

fn twice(stand: &dyn Stand) -> Held {
    let made = [set("twice", "A", 300, &["192.0.2.21"])];
    let before = [none(&made[0])];
    written(write(stand, &before, &made))?;
    let again = write(stand, &before, &made);
    holds!(matches!(again, Sent::Written | Sent::Refused(_)), "{again:?}");
    shown(stand, &made)?;
    written(write(stand, &made, &made))?;
    shown(stand, &made)
}

fn many(stand: &dyn Stand) -> Held {
    // BIND holds a hundred of one type at most.
    let data: Vec<String> = (0..90).map(|n| format!("198.51.100.{n}")).collect();
    let data: Vec<&str> = data.iter().map(String::as_str).collect();
    let all = [set("many", "A", 300, &data)];
    stand.by_hand(&all[0]);
    let found = read(stand, &all)?;
    holds!(same(&found, &all), "{} records are shown", found[0].records.len());
    written(write(stand, &all, &[set("many", "A", 300, &data[..3])]))?;
    shown(stand, &[set("many", "A", 300, &data[..3])])
}

/// A native condition keeps it; whoever has none overwrites it, and says so in its declaration.
fn third(stand: &dyn Stand) -> Held {
    let before = [set("third", "A", 300, &["192.0.2.31"])];
    let after = [set("third", "A", 300, &["192.0.2.32"])];
    let theirs = set("third", "A", 300, &["192.0.2.33"]);
    stand.by_hand(&before[0]);
    stand.trouble(Trouble::Race(theirs.clone()));
    let sent = write(stand, &before, &after);
    match stand.mark() {
        Mark::NativeCondition => {
            holds!(matches!(sent, Sent::Refused(_)), "{sent:?}");
            shown(stand, &[theirs])
        }
        Mark::SettleOnly => {
            holds!(sent == Sent::Written, "{sent:?}");
            shown(stand, &after)
        }
    }
}

fn refused(stand: &dyn Stand) -> Held {
    for case in stand.cases() {
        case.there.iter().for_each(|set| stand.by_hand(set));
        let before: Vec<Rrset> = case.wanted.iter().map(|it| found_in(&case.there, it)).collect();
        if let Some(theirs) = &case.race {
            stand.trouble(Trouble::Race(theirs.clone()));
        }
        let sent = write(stand, &before, &case.wanted);
        let Sent::Refused(said) = &sent else { return Err(format!("{}: {sent:?}", case.says)) };
        holds!(said.contains(case.says), "{said} does not say {}", case.says);
        for set in before {
            let theirs = case.race.clone().filter(|it| it.key == set.key);
            answered(stand, &theirs.unwrap_or(set))?;
        }
    }
    Ok(())
}

fn strangers(stand: &dyn Stand) -> Held {
    let made = [set("stranger", "A", 300, &["192.0.2.41"])];
    let before = [none(&made[0])];
    for (estate, field, says) in stand.strangers() {
        let sent = write_as(&field, &estate, ZONE, &before, &made);
        let Sent::Refused(said) = &sent else { return Err(format!("{says}: {sent:?}")) };
        holds!(said.contains(says), "{said} does not say {says}");
        shown(stand, &before)?;
    }
    Ok(())
}

fn elsewhere(stand: &dyn Stand) -> Held {
    // Over DNS, such a no may come unsigned, and is in doubt.
    if !stand.is_http() {
        return Ok(());
    }
    let mut made = [set("www", "A", 300, &["192.0.2.1"])];
    made[0].key.name = "www.foreign.test.".to_owned();
    let before = [none(&made[0])];
    let sent = write_as(&stand.field(), stand.estate(), "foreign.test.", &before, &made);
    let Sent::Refused(said) = &sent else { return Err(format!("{sent:?}")) };
    holds!(said.contains("holds no zone `foreign.test"), "{said}");
    Ok(())
}

fn cut(stand: &dyn Stand) -> Held {
    if !stand.is_http() {
        return Ok(());
    }
    let made = [set("cut", "A", 300, &["192.0.2.51"])];
    let before = [none(&made[0])];
    for (trouble, there) in [(Trouble::CutBefore, &before), (Trouble::CutAfter, &made)] {
        let writes = stand.writes();
        stand.trouble(trouble);
        let sent = write(stand, &before, &made);
        holds!(matches!(sent, Sent::Lost(_)), "{sent:?}");
        holds!(stand.writes() == writes + 1, "it is sent once");
        shown(stand, there)?;
    }
    Ok(())
}

fn turned_away(stand: &dyn Stand) -> Held {
    if !stand.is_http() {
        return Ok(());
    }
    let made = [set("busy", "A", 300, &["192.0.2.61"])];
    let before = [none(&made[0])];
    let writes = stand.writes();
    stand.trouble(Trouble::Busy(7));
    let sent = write(stand, &before, &made);
    let Sent::Later { after, .. } = &sent else { return Err(format!("{sent:?}")) };
    holds!(*after == stand.later(), "{after} is when it may come again");
    stand.trouble(Trouble::Broken);
    let sent = write(stand, &before, &made);
    holds!(matches!(sent, Sent::Lost(_)), "{sent:?}");
    holds!(stand.writes() == writes + 2, "neither is sent again");
    shown(stand, &before)
}
