//! What an UPDATE says for a change of record sets: the state before as prerequisites, and edits in an order
//! that survives the rules of RFC 2136 §3.4.2. Pure.
//!
//! Servers ignore some edits without a word: what would leave an apex without NS records (§3.4.2.3–4), and data
//! beside an alias (§3.4.2.2). So an apex is added to before anything is taken away, everything else is
//! taken away first, and an alias that nobody saw is ruled out beforehand.

use std::collections::BTreeSet;

use crate::model::{RrContent, RrKey, Rrset, fully_qualified};
use crate::wire::dns::{Edit, Given, Update};

/// Types that are nobody's to write here: SOA, whose serial the server keeps, and what signs and denies.
const KEPT: [&str; 5] = ["SOA", "RRSIG", "NSEC", "NSEC3", "NSEC3PARAM"];

/// Types at an apex of which a server keeps records of its own: they are edited one by one, and never gone in between.
const SHARED: [&str; 2] = ["NS", "DNSKEY"];

/// A name server that nobody ever sees (RFC 2606 §2).
const PASSING: &str = "passing.invalid.";

/// Works out the one message that leads from one state to the other.
///
/// # Errors
/// What no UPDATE can say, in words.
pub fn update(zone: &str, before: &[Rrset], after: &[Rrset]) -> Result<Update, String> {
    let zone = fully_qualified(zone);
    let mut pairs = Vec::new();
    for set in after {
        let was = before.iter().find(|was| was.key == set.key);
        let was = was.ok_or_else(|| format!("nobody has read {}", shown(&set.key)))?;
        sayable(&zone, was)?;
        sayable(&zone, set)?;
        pairs.push(Pair { before: was, after: set });
    }
    let mut given: Vec<Given> = pairs.iter().map(Pair::given).collect();
    let mut edits = Vec::new();
    let changed = pairs.iter().filter(|pair| pair.changes());
    let (apex, others): (Vec<&Pair<'_>>, Vec<&Pair<'_>>) =
        changed.partition(|pair| SHARED.contains(&pair.kind()) && pair.after.key.name == zone);
    for pair in apex {
        edits.extend(pair.apex()?);
    }
    edits.extend(others.iter().filter(|it| !it.before.records.is_empty()).map(|it| it.delete()));
    edits.extend(others.iter().flat_map(|pair| pair.adds(&pair.after.records)));
    given.extend(aliases(&zone, after, &others));
    Ok(Update { zone, given, edits })
}

/// One record set, as it is and as it shall be.
struct Pair<'a> {
    before: &'a Rrset,
    after: &'a Rrset,
}

impl Pair<'_> {
    fn given(&self) -> Given {
        let (name, kind) = (self.before.key.name.clone(), self.before.key.kind.clone());
        if self.before.records.is_empty() {
            return Given::Absent { name, kind };
        }
        let data = self.before.records.iter().map(|record| record.content.clone()).collect();
        Given::Is { name, kind, data }
    }

    fn changes(&self) -> bool {
        let (before, after) = (contents(self.before), contents(self.after));
        before != after || (!after.is_empty() && self.before.ttl != self.after.ttl)
    }

    fn kind(&self) -> &str {
        &self.after.key.kind
    }

    fn delete(&self) -> Edit {
        let RrKey { name, kind } = self.before.key.clone();
        Edit::DeleteSet { name, kind }
    }

    fn adds<'r>(&self, records: impl IntoIterator<Item = &'r RrContent>) -> Vec<Edit> {
        let add = |record: &RrContent| {
            let RrKey { name, kind } = self.after.key.clone();
            Edit::Add { name, kind, ttl: self.after.ttl, data: record.content.clone() }
        };
        records.into_iter().map(add).collect()
    }

    /// Edits a set of an apex record by record; of NS records at least one is there at every moment.
    fn apex(&self) -> Result<Vec<Edit>, String> {
        let (old, new) = (contents(self.before), contents(self.after));
        if new.is_empty() && self.kind() == "NS" {
            return Err("a zone always keeps an NS record at its apex".to_owned());
        }
        let moves = self.before.ttl != self.after.ttl;
        // One that stays is added again where its TTL changes (§3.4.2.2).
        let comes = |record: &&RrContent| moves || !old.contains(record.content.as_str());
        let mut edits = self.adds(self.after.records.iter().filter(comes));
        let goes = |record: &&RrContent| !new.contains(record.content.as_str());
        let take = |record: &RrContent| {
            let RrKey { name, kind } = self.before.key.clone();
            Edit::Delete { name, kind, data: record.content.clone() }
        };
        let mut going: Vec<Edit> = self.before.records.iter().filter(goes).map(take).collect();
        if moves && new.is_subset(&old) && self.kind() == "NS" {
            // Knot takes a TTL over from a record that is new to it, so one comes and goes within the message.
            let guest = RrContent { content: PASSING.to_owned(), disabled: false, beside: None };
            edits.extend(self.adds([&guest]));
            going.push(take(&guest));
        }
        edits.extend(going);
        Ok(edits)
    }
}

/// Rules out what would make a server leave out an edit without a word (§3.4.2.2): an alias where data are added,
/// and data where an alias is.
fn aliases(zone: &str, after: &[Rrset], changed: &[&Pair<'_>]) -> Vec<Given> {
    let kinds_at = |name: &str| -> BTreeSet<&str> {
        after.iter().filter(|set| set.key.name == name).map(|set| set.key.kind.as_str()).collect()
    };
    let mut given = Vec::new();
    let added = changed.iter().filter(|pair| !pair.after.records.is_empty());
    for key in added.filter(|pair| pair.before.records.is_empty()).map(|pair| &pair.after.key) {
        let (kinds, name) = (kinds_at(&key.name), key.name.clone());
        let rule = match key.kind.as_str() {
            "CNAME" if kinds.len() == 1 => Given::Free { name },
            "CNAME" => continue,
            _ if kinds.contains("CNAME") || name == zone => continue,
            _ => Given::Absent { name, kind: "CNAME".to_owned() },
        };
        if !given.contains(&rule) {
            given.push(rule);
        }
    }
    given
}

/// Refuses what no UPDATE can say.
fn sayable(zone: &str, set: &Rrset) -> Result<(), String> {
    let RrKey { name, kind } = &set.key;
    let inside = zone == "." || name == zone || name.ends_with(&format!(".{zone}"));
    if !inside {
        return Err(format!("{} does not lie in `{zone}`", shown(&set.key)));
    }
    if KEPT.contains(&kind.as_str()) {
        return Err(format!("{} is the server's own to keep", shown(&set.key)));
    }
    let more = |record: &RrContent| record.disabled || record.beside.is_some();
    if !set.comments.is_empty() || set.records.iter().any(more) {
        return Err(format!(
            "{} has comments or disabled records, which DNS has not",
            shown(&set.key)
        ));
    }
    Ok(())
}

fn contents(set: &Rrset) -> BTreeSet<&str> {
    set.records.iter().map(|record| record.content.as_str()).collect()
}

fn shown(key: &RrKey) -> String {
    format!("`{} {}`", key.name, key.kind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::RrComment;

    fn set(name: &str, kind: &str, ttl: u32, data: &[&str]) -> Rrset {
        let record =
            |data: &&str| RrContent { content: (*data).to_owned(), disabled: false, beside: None };
        let key = RrKey { name: name.to_owned(), kind: kind.to_owned() };
        Rrset { key, ttl, records: data.iter().map(record).collect(), comments: Vec::new() }
    }

    fn words(before: &[Rrset], after: &[Rrset]) -> Vec<String> {
        let update = update("z.test", before, after).expect("can be said");
        let given = update.given.iter().map(|given| match given {
            Given::Is { name, kind, data } => format!("{name} {kind} is {}", data.join(" ")),
            Given::Absent { name, kind } => format!("{name} {kind} is not"),
            Given::Free { name } => format!("{name} is free"),
        });
        let edits = update.edits.iter().map(|edit| match edit {
            Edit::Add { name, kind, ttl, data } => format!("+ {name} {ttl} {kind} {data}"),
            Edit::DeleteSet { name, kind } => format!("- {name} {kind}"),
            Edit::Delete { name, kind, data } => format!("- {name} {kind} {data}"),
        });
        given.chain(edits).collect()
    }

    #[test]
    fn every_set_is_a_condition_and_only_what_changes_is_edited() {
        let same = set("b.z.test.", "A", 30, &["192.0.2.7"]);
        let before = [
            set("a.z.test.", "A", 30, &["192.0.2.1"]),
            same.clone(),
            set("c.z.test.", "TXT", 0, &[]),
        ];
        let after = [set("a.z.test.", "A", 30, &[]), same, set("c.z.test.", "TXT", 5, &["\"x\""])];
        assert_eq!(
            words(&before, &after),
            [
                "a.z.test. A is 192.0.2.1",
                "b.z.test. A is 192.0.2.7",
                "c.z.test. TXT is not",
                "c.z.test. CNAME is not",
                "- a.z.test. A",
                "+ c.z.test. 5 TXT \"x\"",
            ]
        );
    }

    #[test]
    fn aliases_are_taken_away_first_and_ruled_out_where_nobody_looked() {
        let swap = words(
            &[set("a.z.test.", "A", 0, &[]), set("a.z.test.", "CNAME", 9, &["b.test."])],
            &[set("a.z.test.", "A", 9, &["192.0.2.1"]), set("a.z.test.", "CNAME", 0, &[])],
        );
        assert_eq!(swap[2..], ["- a.z.test. CNAME", "+ a.z.test. 9 A 192.0.2.1"]);
        let made = words(
            &[set("a.z.test.", "CNAME", 0, &[])],
            &[set("a.z.test.", "CNAME", 9, &["b.test."])],
        );
        assert_eq!(made[1], "a.z.test. is free");
    }

    #[test]
    fn an_apex_is_added_to_before_anything_goes() {
        let before = [set("z.test.", "NS", 60, &["a.test.", "b.test."])];
        let moved = words(&before, &[set("z.test.", "NS", 60, &["b.test.", "c.test."])]);
        assert_eq!(moved[1..], ["+ z.test. 60 NS c.test.", "- z.test. NS a.test."]);
        let later = words(&before, &[set("z.test.", "NS", 90, &["b.test."])]);
        assert_eq!(
            later[1..],
            [
                "+ z.test. 90 NS b.test.",
                "+ z.test. 90 NS passing.invalid.",
                "- z.test. NS a.test.",
                "- z.test. NS passing.invalid.",
            ]
        );
        let child = words(
            &[set("c.z.test.", "NS", 60, &["a.test."])],
            &[set("c.z.test.", "NS", 60, &["b.test."])],
        );
        assert_eq!(child[1..], ["- c.z.test. NS", "+ c.z.test. 60 NS b.test."]);
    }

    #[test]
    fn keys_come_and_go_one_by_one_beside_a_server_s_own() {
        let (one, both) = (["257 3 13 AAAA"], ["257 3 13 AAAA", "257 3 13 BBBB"]);
        let keys = |data: &[&str]| [set("z.test.", "DNSKEY", 60, data)];
        assert_eq!(words(&keys(&one), &keys(&both))[1..], ["+ z.test. 60 DNSKEY 257 3 13 BBBB"]);
        assert_eq!(words(&keys(&both), &keys(&one))[1..], ["- z.test. DNSKEY 257 3 13 BBBB"]);
        assert_eq!(words(&keys(&one), &keys(&[]))[1..], ["- z.test. DNSKEY 257 3 13 AAAA"]);
    }

    #[test]
    fn what_no_update_can_say_is_refused() {
        let refused =
            |before: Rrset, after: Rrset| update("z.test.", &[before], &[after]).unwrap_err();
        let plain = set("a.z.test.", "A", 9, &["192.0.2.1"]);
        let outside = set("a.other.test.", "A", 9, &["192.0.2.1"]);
        assert!(refused(outside.clone(), outside).contains("does not lie in"));
        let soa = set("z.test.", "SOA", 9, &["a. b. 1 2 3 4 5"]);
        assert!(refused(soa.clone(), soa).contains("server's own"));
        let comment = RrComment { content: "x".into(), account: String::new(), modified_at: 0 };
        let noted = Rrset { comments: vec![comment], ..plain.clone() };
        assert!(refused(noted, plain.clone()).contains("comments"));
        let mut off = plain.clone();
        off.records[0].disabled = true;
        assert!(refused(plain.clone(), off).contains("disabled"));
        let apex = set("z.test.", "NS", 9, &["a.test."]);
        assert!(
            refused(apex.clone(), Rrset { records: Vec::new(), ..apex }).contains("always keeps")
        );
        assert!(update("z.test.", &[], &[plain]).unwrap_err().contains("nobody has read"));
    }
}
