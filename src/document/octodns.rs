//! The YAML that octoDNS keeps a zone in: some record sets of it edited, everything else left byte by byte.
//!
//! A name whose sets change is written anew as a whole, in the order of keys that octoDNS asks for. What was made of a
//! text is read again: where anything else would be another one by then, nothing is made of it.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::fault::Report;
use super::node::{Entry, Node, Value};
use super::octodns_text::{key_of, map};
use super::read::read;
use super::source::{Place, Source};
use crate::model::SourceSet;

/// One record set of a name, as a map of keys in order.
type Item = BTreeMap<String, Node>;

/// Edits the text of a zone.
///
/// # Errors
/// Why it is left to a person, in words.
pub fn octodns_edited(source: &Source, sets: &[SourceSet]) -> Result<String, String> {
    let root = parsed(source)?;
    let text = &*source.text;
    let mut pieces: Vec<(usize, usize, String)> = Vec::new();
    for (name, sets) in named(sets) {
        let at = root.entries().iter().position(|entry| is(entry, name));
        let items = at.map_or_else(|| Ok(Vec::new()), |at| items(&root.entries()[at]))?;
        let Some(items) = changed(items, &sets) else { continue };
        let (start, end) = match at {
            Some(at) => region(text, root.entries(), at),
            None => [place_for(text, root.entries(), name); 2].into(),
        };
        pieces.push((start, end, shown(name, &items)));
    }
    // The last first, so that places hold; of several that come at one place, the last one too.
    pieces.sort_by_key(|(start, end, _)| (*start, *end));
    let mut edited = text.to_owned();
    for (start, end, piece) in pieces.into_iter().rev() {
        let begins = start == 0 || edited[..start].ends_with('\n');
        edited.replace_range(start..end, &format!("{}{piece}", if begins { "" } else { "\n" }));
    }
    checked(&root, &edited, sets).map(|()| edited)
}

/// Writes record sets as a zone's source would hold them.
pub fn octodns_sets(sets: &[SourceSet]) -> String {
    let one = |(name, sets): (&str, Vec<&SourceSet>)| {
        shown(name, &changed(Vec::new(), &sets).unwrap_or_default())
    };
    named(sets).into_iter().map(one).collect()
}

fn parsed(source: &Source) -> Result<Node, String> {
    let mut report = Report::new(source);
    let root = read(&mut report);
    if let Some(fault) = report.faults.first() {
        return Err(format!("line {}: {}", fault.line, fault.found));
    }
    let flow = |root: &Node| source.text[root.at.start..].starts_with('{');
    root.filter(|root| matches!(root.value, Value::Map(_)) && !flow(root))
        .ok_or_else(|| "it is no list of names".to_owned())
}

/// Returns the sets by their names, in the order in which octoDNS wants them.
fn named(sets: &[SourceSet]) -> Vec<(&str, Vec<&SourceSet>)> {
    let mut all: Vec<(&str, Vec<&SourceSet>)> = Vec::new();
    for set in sets {
        match all.iter_mut().find(|(name, _)| *name == set.name) {
            Some((_, own)) => own.push(set),
            None => all.push((&set.name, vec![set])),
        }
    }
    all.sort_by(|(one, _), (other, _)| natural(one, other));
    all
}

fn is(entry: &Entry, name: &str) -> bool {
    entry.key.eq_ignore_ascii_case(name)
}

/// Reads the record sets of a name.
fn items(entry: &Entry) -> Result<Vec<Item>, String> {
    let item = |node: &Node| -> Item {
        node.entries().iter().map(|it| (it.key.clone(), it.value.clone())).collect()
    };
    let all: Vec<Item> = match &entry.value.value {
        Value::Map(_) => vec![item(&entry.value)],
        Value::List(items) => items.iter().map(item).collect(),
        Value::Null | Value::Flag(_) | Value::Whole(_) | Value::Real(_) | Value::Text(_) => {
            return Err(format!("line {}: no record set", entry.key_at.line));
        }
    };
    Ok(all)
}

/// Makes the sets of a name as they shall be; nothing where they are so.
fn changed(mut items: Vec<Item>, sets: &[&SourceSet]) -> Option<Vec<Item>> {
    let mut other = false;
    for set in sets {
        let at =
            items.iter().position(|item| item.get("type").and_then(Node::text) == Some(&set.kind));
        match at {
            Some(at) if set.values.is_empty() => {
                items.remove(at);
            }
            Some(at) if is_so(&items[at], set) => continue,
            Some(at) => put(&mut items[at], set),
            None if set.values.is_empty() => continue,
            None => {
                items.push(Item::new());
                items.last_mut().into_iter().for_each(|item| put(item, set));
            }
        }
        other = true;
    }
    other.then_some(items)
}

fn is_so(item: &Item, set: &SourceSet) -> bool {
    let ttl = set.ttl.is_none_or(|ttl| item.get("ttl").and_then(Node::whole) == Some(ttl.into()));
    let held = |key: &str| match item.get(key) {
        Some(Node { value: Value::List(items), .. }) => items,
        Some(node) => std::slice::from_ref(node),
        None => &[],
    };
    let sorted = |mut all: Vec<String>| {
        all.sort();
        all
    };
    let there = held("value").iter().chain(held("values")).map(|it| map(&one(it.clone()), 0));
    let shall = set.values.iter().map(|it| map(&one(node(it)), 0));
    ttl && sorted(there.collect()) == sorted(shall.collect())
}

fn one(value: Node) -> Item {
    Item::from([("value".to_owned(), value)])
}

/// Puts a set's type, time to live and values into the place of what is there; what else stands there stays.
fn put(item: &mut Item, set: &SourceSet) {
    let at = Place::default();
    item.insert("type".to_owned(), Node { value: Value::Text(set.kind.clone()), at });
    if let Some(ttl) = set.ttl {
        item.insert("ttl".to_owned(), Node { value: Value::Whole(ttl.into()), at });
    }
    item.retain(|key, _| key != "value" && key != "values");
    match &set.values[..] {
        [one] => item.insert("value".to_owned(), node(one)),
        all => {
            let value = Value::List(all.iter().map(node).collect());
            item.insert("values".to_owned(), Node { value, at })
        }
    };
}

fn node(value: &serde_json::Value) -> Node {
    let value = match value {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(flag) => Value::Flag(*flag),
        serde_json::Value::Number(number) => {
            Value::Whole(number.as_i64().unwrap_or_default().into())
        }
        serde_json::Value::String(text) => Value::Text(text.clone()),
        serde_json::Value::Array(items) => Value::List(items.iter().map(node).collect()),
        serde_json::Value::Object(fields) => {
            let at = Place::default();
            let entry = |(key, value): (&String, &serde_json::Value)| Entry {
                key: key.clone(),
                key_at: at,
                value: node(value),
            };
            Value::Map(fields.iter().map(entry).collect())
        }
    };
    Node { value, at: Place::default() }
}

/// Writes a name with its record sets; nothing where it has none.
fn shown(name: &str, items: &[Item]) -> String {
    let key = key_of(name);
    match items {
        [] => String::new(),
        [only] => format!("{key}:\n{}", map(only, 2)),
        all => {
            let item = |item: &Item| format!("  - {}", map(item, 4).trim_start());
            format!("{key}:\n{}", all.iter().map(item).collect::<String>())
        }
    }
}

/// Returns where a name with all that belongs to it stands: whole lines, without comments before the next one.
fn region(text: &str, entries: &[Entry], at: usize) -> (usize, usize) {
    let line = |entry: &Entry| text[..entry.key_at.start].rfind('\n').map_or(0, |end| end + 1);
    let start = line(&entries[at]);
    let mut end = entries.get(at + 1).map_or(text.len(), line);
    while let Some(last) = text[start..end].split_inclusive('\n').next_back() {
        let bare = last.trim();
        if !(bare.is_empty() || bare.starts_with('#') || bare == "...") {
            break;
        }
        end -= last.len();
    }
    (start, end)
}

/// Returns where a new name belongs.
fn place_for(text: &str, entries: &[Entry], name: &str) -> usize {
    let after = entries.iter().position(|entry| natural(&entry.key, name) == Ordering::Greater);
    match (after, entries.len()) {
        (Some(at), _) => region(text, entries, at).0,
        (None, 0) => text.len(),
        (None, count) => region(text, entries, count - 1).1,
    }
}

/// Compares names as octoDNS does: what is a number by its value.
fn natural(one: &str, other: &str) -> Ordering {
    let parts = |text: &str| -> Vec<(String, u128)> {
        let mut parts = vec![(String::new(), 0_u128)];
        let mut digits = false;
        for c in text.chars() {
            match c.to_digit(10) {
                Some(digit) => {
                    digits = true;
                    parts.last_mut().into_iter().for_each(|(_, number)| {
                        *number = number.saturating_mul(10).saturating_add(digit.into());
                    });
                }
                None => {
                    if std::mem::take(&mut digits) {
                        parts.push((String::new(), 0));
                    }
                    parts.last_mut().into_iter().for_each(|(text, _)| text.push(c));
                }
            }
        }
        parts
    };
    parts(one).cmp(&parts(other)).then_with(|| one.cmp(other))
}

/// Holds what was made against what was meant: the sets are there, and every other name is as it was.
fn checked(root: &Node, edited: &str, sets: &[SourceSet]) -> Result<(), String> {
    let source = Source::new("", edited);
    let now = parsed(&source)?;
    let rest = |node: &Node| -> Vec<Entry> {
        let entries = node.entries().iter();
        entries.filter(|entry| !sets.iter().any(|set| is(entry, &set.name))).cloned().collect()
    };
    let text = |entries: &[Entry]| -> String {
        entries.iter().map(|it| map(&Item::from([(it.key.clone(), it.value.clone())]), 0)).collect()
    };
    let done = named(sets).into_iter().all(|(name, sets)| {
        let entry = now.entries().iter().find(|entry| is(entry, name));
        let items = entry.map_or_else(|| Ok(Vec::new()), items);
        items.is_ok_and(|items| changed(items, &sets).is_none())
    });
    if done && text(&rest(root)) == text(&rest(&now)) {
        Ok(())
    } else {
        Err("it is written in a way that cannot be edited safely".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{natural, octodns_edited, octodns_sets};
    use crate::document::Source;
    use crate::model::SourceSet;

    const TEXT: &str = "---\n# who serves us\n? ''\n: - ttl: 60\n    type: NS\n    values:\n    - ns.a.test.\n    - ns2.a.test.\n\
        \x20 - {type: TXT, value: 'v=spf1 -all'}\n# hosts\nn2:\n  type: A\n  octodns: {lenient: true}\n  value: 192.0.2.2\n\
        # and the last\nwww: {type: A, ttl: 30, value: 192.0.2.3}\n";

    fn set(name: &str, kind: &str, ttl: Option<u32>, values: &[&str]) -> SourceSet {
        let values = values.iter().map(|value| json!(value)).collect();
        SourceSet { name: name.to_owned(), kind: kind.to_owned(), ttl, values }
    }

    fn edited(sets: &[SourceSet]) -> Result<String, String> {
        octodns_edited(&Source::new("z.yaml", TEXT), sets)
    }

    #[test]
    fn sets_are_put_in_place_and_all_else_stays() {
        let text = edited(&[
            set("", "NS", None, &["ns.b.test."]),
            set("n2", "A", Some(90), &["192.0.2.9"]),
            set("n10", "A", Some(60), &["192.0.2.10", "192.0.2.11"]),
            set("www", "A", None, &[]),
        ]);
        let wanted = "---\n# who serves us\n'':\n  - ttl: 60\n    type: NS\n    value: ns.b.test.\n  - type: TXT\n    value: 'v=spf1 -all'\n\
            # hosts\nn2:\n  octodns:\n    lenient: true\n  ttl: 90\n  type: A\n  value: 192.0.2.9\n\
            # and the last\nn10:\n  ttl: 60\n  type: A\n  values:\n  - 192.0.2.10\n  - 192.0.2.11\n";
        assert_eq!(text.as_deref(), Ok(wanted));
    }

    #[test]
    fn what_is_so_changes_nothing() {
        let same =
            [set("", "NS", Some(60), &["ns2.a.test.", "ns.a.test."]), set("www", "MX", None, &[])];
        assert_eq!(edited(&same).as_deref(), Ok(TEXT));
        assert_eq!(octodns_sets(&same[1..]), "");
    }

    #[test]
    fn what_cannot_be_edited_safely_is_left_to_a_person() {
        let one = [set("www", "A", None, &["192.0.2.9"])];
        for text in ["", "{www: {type: A}}\n", "a: &x {type: A}\nb: *y\n", "www: text\n", "- a\n"] {
            let because = octodns_edited(&Source::new("z.yaml", text), &one);
            assert!(because.is_err(), "{text}: {because:?}");
        }
    }

    #[test]
    fn names_stand_in_the_order_that_octodns_asks_for() {
        let mut names = ["www", "n10", "", "n2", "_tcp", "*", "n2a"];
        names.sort_by(|one, other| natural(one, other));
        assert_eq!(names, ["", "*", "_tcp", "n2", "n2a", "n10", "www"]);
    }
}
