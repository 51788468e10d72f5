//! What differs between two plans, field by field: nothing that differs is left out.
//!
//! Both are compared as JSON. What has a name of its own, a step or a change at a target, is held against its
//! namesake wherever that stands; that it stands elsewhere is a difference of its own.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::model::Plan;

/// The last part of a path that is about an order.
pub const ORDER: &str = "(order)";

/// One place in which two plans differ.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Where: the keys from the plan down, with names in the place of numbers.
    pub path: Vec<String>,
    /// What the earlier one says there; absent: nothing.
    pub before: Option<Value>,
    /// What the later one says there; absent: nothing.
    pub after: Option<Value>,
}

impl Difference {
    /// Returns the path with slashes; one within a part is `~1`, and a tilde is `~0`.
    pub fn place(&self) -> String {
        let parts = self.path.iter().map(|part| part.replace('~', "~0").replace('/', "~1"));
        parts.collect::<Vec<_>>().join("/")
    }

    /// Tells whether it is one of the plan's two times, which differ always.
    pub fn is_time(&self) -> bool {
        matches!(self.path[..], [ref field] if field == "pinned_at" || field == "start_by")
    }

    /// Returns which detail of a fact differs, where the fact says the same all the same.
    pub fn detail(&self) -> Option<&str> {
        let path: Vec<&str> = self.path.iter().map(String::as_str).collect();
        match path[..] {
            ["facts", _, detail, ..] if detail != "truth" => Some(detail),
            ["facts", ORDER] => Some(ORDER),
            _ => None,
        }
    }

    /// Tells whether the plans say something else there: neither a time nor how a fact was measured.
    pub fn weighs(&self) -> bool {
        !self.is_time() && self.detail().is_none()
    }
}

/// Returns everything in which two plans differ, in the order of their fields.
pub fn delta(before: &Plan, after: &Plan) -> Vec<Difference> {
    let json = |plan: &Plan| serde_json::to_value(plan).expect("a plan is plain data");
    let mut found = Vec::new();
    compare(&mut Vec::new(), Some(&json(before)), Some(&json(after)), &mut found);
    found
}

fn compare(
    path: &mut Vec<String>,
    before: Option<&Value>,
    after: Option<&Value>,
    found: &mut Vec<Difference>,
) {
    if before == after {
        return;
    }
    match (before, after) {
        (Some(Value::Object(old)), Some(Value::Object(new)))
            if !is_whole(path) && !are_variants(old, new) =>
        {
            let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
            for key in keys {
                within(path, key, old.get(key), new.get(key), found);
            }
        }
        (Some(Value::Array(old)), Some(Value::Array(new))) if is_named(path) => {
            let (old, new) = (named(path, old), named(path, new));
            for (name, item) in &old {
                within(path, name, Some(item), find(&new, name), found);
            }
            for (name, item) in new.iter().filter(|(name, _)| find(&old, name).is_none()) {
                within(path, name, None, Some(item), found);
            }
            order(path, &old, &new, found);
        }
        _ => found.push(Difference {
            path: path.clone(),
            before: before.cloned(),
            after: after.cloned(),
        }),
    }
}

fn within(
    path: &mut Vec<String>,
    key: &str,
    before: Option<&Value>,
    after: Option<&Value>,
    found: &mut Vec<Difference>,
) {
    path.push(key.to_owned());
    compare(path, before, after, found);
    path.pop();
}

type Named<'a> = Vec<(String, &'a Value)>;

fn find<'a>(items: &Named<'a>, name: &str) -> Option<&'a Value> {
    items.iter().find(|(own, _)| own == name).map(|(_, item)| *item)
}

/// Notes that what is in both stands in another order.
fn order(path: &[String], old: &Named<'_>, new: &Named<'_>, found: &mut Vec<Difference>) {
    let common = |items: &Named<'_>, others: &Named<'_>| -> Vec<Value> {
        let names = items.iter().map(|(name, _)| name);
        names.filter(|name| find(others, name).is_some()).cloned().map(Value::from).collect()
    };
    let (before, after) = (common(old, new), common(new, old));
    if before != after {
        let path = path.iter().map(String::as_str).chain([ORDER]).map(str::to_owned).collect();
        let (before, after) = (Some(before.into()), Some(after.into()));
        found.push(Difference { path, before, after });
    }
}

/// Tells whether each is one way of several, and another one: then it is another thing altogether.
fn are_variants(old: &Map<String, Value>, new: &Map<String, Value>) -> bool {
    old.len() == 1 && new.len() == 1 && !old.keys().eq(new.keys())
}

/// Tells whether an object is judged as a whole: a record set, a measure.
fn is_whole(path: &[String]) -> bool {
    let parent = path.len().checked_sub(2).and_then(|at| path.get(at));
    let measure = path.first().is_some_and(|it| it == "facts")
        && path.get(2).is_some_and(|it| it == "measure");
    measure || parent.is_some_and(|it| it == "rrsets") && path.len() > 6
}

fn is_named(path: &[String]) -> bool {
    path.last().is_some_and(|field| !keys(field).is_empty())
}

/// Returns the fields that name the items of a list; none where they have no name of their own.
fn keys(list: &str) -> &'static [&'static str] {
    match list {
        "includes" | "steps" | "to" => &["id"],
        "left_out" => &["step"],
        "unknowns" => &["step", "guard"],
        "overrides" => &["step", "limit"],
        "approvers" => &["contact"],
        "facts" => &["kind", "subject", "object", "vantage"],
        "changes" => &["target"],
        "rrsets" => &["name", "kind"],
        _ => &[],
    }
}

/// Names each item of a list; of several with one name, the second and later ones are numbered.
fn named<'a>(path: &[String], items: &'a [Value]) -> Named<'a> {
    let keys = path.last().map_or(&[][..], |list| keys(list));
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let name = |item: &'a Value| {
        let parts = keys.iter().filter_map(|key| item.get(key)).map(words);
        let name = parts.collect::<Vec<_>>().join(" ");
        let times = seen.entry(name.clone()).or_default();
        *times += 1;
        (if *times == 1 { name } else { format!("{name} #{times}") }, item)
    };
    items.iter().map(name).collect()
}

/// Words what names an item: a text as it is, a target as its values.
fn words(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(words).collect::<Vec<_>>().join(", "),
        Value::Object(fields) => target(fields).unwrap_or_else(|| {
            let all: Vec<String> = fields.values().map(words).collect();
            all.join(" ")
        }),
    }
}

/// Words a target: at which service, and what there.
fn target(fields: &Map<String, Value>) -> Option<String> {
    let (kind, inner) = fields.iter().next().filter(|_| fields.len() == 1)?;
    let said = |field: &str| inner.get(field).map(words);
    match kind.as_str() {
        "rrsets" => {
            let keys = inner.get("keys")?.as_array()?.iter();
            let keys = keys.map(|key| format!("{} {}", words(&key["name"]), words(&key["kind"])));
            let keys = keys.collect::<Vec<_>>().join(", ");
            Some(format!("at {}, zone {}, {keys}", said("service")?, said("zone")?))
        }
        "tracker-list" => Some(format!("at {}, torrent {}", said("service")?, said("torrent")?)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn found(before: &Value, after: &Value) -> Vec<String> {
        let mut found = Vec::new();
        compare(&mut Vec::new(), Some(before), Some(after), &mut found);
        found.iter().map(Difference::place).collect()
    }

    #[test]
    fn what_has_a_name_is_found_wherever_it_stands() {
        let before = json!({"steps": [{"id": "a", "owner": "x"}, {"id": "b"}, {"id": "c"}]});
        let after = json!({"steps": [{"id": "d/e"}, {"id": "b"}, {"id": "a", "owner": "y"}]});
        assert_eq!(
            found(&before, &after),
            ["steps/a/owner", "steps/c", "steps/d~1e", "steps/(order)"]
        );
        assert_eq!(found(&before, &before), [""; 0]);
    }

    #[test]
    fn of_two_with_one_name_each_is_looked_at() {
        let steps = |second: &str| json!({"steps": [{"id": "a"}, {"id": "a", "owner": second}]});
        assert_eq!(found(&steps("x"), &steps("y")), ["steps/a #2/owner"]);
        assert_eq!(found(&steps("x"), &json!({"steps": [{"id": "a"}]})), ["steps/a #2"]);
    }
}
