//! What the printed schema says about one place of a document, and so what is wrong there.

use serde_json::Value;

use super::super::place::Tree;

/// The schema of one place.
pub struct Rules<'a> {
    schema: Option<&'a Value>,
    format: Option<&'a str>,
    refers: bool,
    number: bool,
    words: bool,
    flag: bool,
}

/// A kind of mistake, the scalar that makes it, and the offset of the mistake in what is written.
pub type WrongValue = (&'static str, String, usize);

struct Step<'a> {
    schema: &'a Value,
    format: Option<&'a str>,
    refers: bool,
    items: (Option<&'a str>, bool),
}

impl<'a> Rules<'a> {
    /// Follows a way through tree and schema.
    pub fn at(root: &'a Value, tree: &Tree, way: &[usize]) -> Self {
        let mut here =
            Some(Step { schema: root, format: None, refers: false, items: (None, false) });
        let mut tree = tree;
        for at in way {
            let step = here.and_then(|step| resolved(root, step, tree));
            (tree, here) = match tree {
                Tree::List(_, items) => (&items[*at], step.and_then(item)),
                Tree::Map(_, entries) => {
                    (&entries[*at].1, step.and_then(|step| property(step.schema, &entries[*at].0)))
                }
                Tree::Scalar(_) => panic!("a scalar holds nothing"),
            };
        }
        let step = here.and_then(|step| resolved(root, step, tree));
        let is = |kind: &str| step.as_ref().is_some_and(|step| types(step.schema).contains(&kind));
        let words = step.as_ref().is_some_and(|step| is_words(step.schema));
        Self {
            schema: step.as_ref().map(|step| step.schema),
            format: step.as_ref().and_then(|step| step.format),
            refers: step.as_ref().is_some_and(|step| step.refers),
            number: is("integer"),
            flag: is("boolean"),
            words,
        }
    }

    /// Tells whether the schema requires a key.
    pub fn requires(&self, key: &str) -> bool {
        let required =
            self.schema.and_then(|schema| schema.get("required")).and_then(Value::as_array);
        required.is_some_and(|keys| keys.iter().any(|one| one == key))
    }

    /// Tells whether the keys here are the writer's own words, which nothing else refers to: the names of conditions.
    pub fn names_conditions(&self) -> bool {
        let rest = self.schema.and_then(|schema| schema.get("additionalProperties"));
        rest.is_some_and(|rest| rest["$ref"] == "#/$defs/Guard" || rest["format"] == "guard")
    }

    /// Returns every wrong scalar that may stand in a right one's place.
    pub fn wrong_values(&self, written: &str) -> Vec<WrongValue> {
        let mut wrong = Vec::new();
        let mut whole = |kind: &'static str, text: &str| wrong.push((kind, text.to_owned(), 0));
        if self.number {
            whole("number", "many");
            whole("number", "-1");
        }
        if self.flag {
            whole("truth value", "yes");
        }
        if self.words {
            whole("enum", "nonsense");
        }
        match self.format {
            Some("span") => {
                whole("duration", "30");
                whole("duration", "soon");
            }
            Some("not-yet-until") => whole("duration", "30"),
            Some("reference") => whole("reference", "$nowhere"),
            Some("percent") => whole("share", "12"),
            Some(
                "address" | "ip" | "cidr" | "time-zone" | "info-hash" | "announce-url" | "url",
            ) => whole("format", "nonsense"),
            Some("guard" | "query") => wrong.extend(in_guard(written)),
            _ => {}
        }
        if self.refers {
            wrong.push(("reference", "nowhere-at-all".to_owned(), 0));
        }
        wrong
    }
}

/// Returns a condition with each parameter, fact and branch in it made wrong, in turn.
fn in_guard(written: &str) -> Vec<WrongValue> {
    let mut wrong = Vec::new();
    for (at, _) in written.match_indices('$') {
        let name = written[at + 1..]
            .split(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_')
            .next()
            .unwrap();
        let text = format!("{}$nowhere{}", &written[..at], &written[at + 1 + name.len()..]);
        wrong.push(("reference in a condition", text, at));
    }
    let inner = written.trim_matches(['"', '\'']);
    let start = written.len() - written.trim_start_matches(['"', '\'']).len();
    let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '$');
    for part in inner
        .split(|c: char| !word(c))
        .filter(|part| part.contains('.') && part.starts_with(|c: char| c.is_ascii_lowercase()))
    {
        let at = start + inner.find(part).unwrap();
        let text = format!("{}{part}x{}", &written[..at], &written[at + part.len()..]);
        wrong.push(("fact in a condition", text, at));
    }
    if let Some((branch, way)) =
        inner.split_once(" = ").filter(|(branch, _)| !branch.contains(['(', ' ']))
    {
        let (before, after) = (&written[..start], &written[start + inner.len()..]);
        wrong.push(("branch in a condition", format!("{before}nowhere = {way}{after}"), start));
        wrong.push((
            "way in a condition",
            format!("{before}{branch} = nowhere{after}"),
            start + branch.len() + 3,
        ));
    }
    wrong
}

fn resolved<'a>(root: &'a Value, mut step: Step<'a>, tree: &Tree) -> Option<Step<'a>> {
    loop {
        let schema = step.schema;
        step.format = step.format.or_else(|| {
            schema["format"].as_str().filter(|f| !f.starts_with("uint") && !f.starts_with("int"))
        });
        step.refers |= ["x-ref", "x-ref-any"].iter().any(|key| schema.get(key).is_some());
        step.items.0 = step.items.0.or_else(|| schema["x-format-items"].as_str());
        step.items.1 |= schema.get("x-ref-items").is_some();
        if let Some(name) = schema["$ref"].as_str() {
            step.schema = root.pointer(name.trim_start_matches('#'))?;
        } else if let Some(ways) =
            schema.get("anyOf").or_else(|| schema.get("oneOf")).and_then(Value::as_array)
        {
            if is_words(schema) {
                return Some(step);
            }
            let ways: Vec<&Value> = ways.iter().filter(|way| way["type"] != "null").collect();
            step.schema = ways
                .iter()
                .copied()
                .find(|way| fits(root, way, tree))
                .or_else(|| ways.last().copied())?;
        } else {
            return Some(step);
        }
    }
}

fn fits(root: &Value, way: &Value, tree: &Tree) -> bool {
    let way = way["$ref"]
        .as_str()
        .and_then(|name| root.pointer(name.trim_start_matches('#')))
        .unwrap_or(way);
    match tree {
        Tree::Map(_, entries) => {
            let keys = way["properties"].as_object();
            keys.is_some_and(|keys| entries.iter().all(|(key, _)| keys.contains_key(key)))
                || way.get("anyOf").is_some()
        }
        Tree::List(..) => types(way).contains(&"array"),
        Tree::Scalar(text) => {
            let words = words(way);
            let text = text.trim_matches(['"', '\'']);
            words.is_empty() && types(way).iter().any(|kind| *kind != "object" && *kind != "array")
                || words.contains(&text)
        }
    }
}

fn item(step: Step<'_>) -> Option<Step<'_>> {
    let (format, refers) = step.items;
    Some(Step { schema: step.schema.get("items")?, format, refers, items: (None, false) })
}

fn property<'a>(schema: &'a Value, key: &str) -> Option<Step<'a>> {
    let own = schema.get("properties").and_then(|keys| keys.get(key));
    let schema =
        own.or_else(|| schema.get("additionalProperties").filter(|rest| rest.is_object()))?;
    Some(Step { schema, format: None, refers: false, items: (None, false) })
}

fn types(schema: &Value) -> Vec<&str> {
    match &schema["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn words(schema: &Value) -> Vec<&str> {
    let ways = schema["oneOf"].as_array().into_iter().flatten();
    let fixed =
        schema["const"].as_str().into_iter().chain(ways.filter_map(|way| way["const"].as_str()));
    fixed.chain(schema["enum"].as_array().into_iter().flatten().filter_map(Value::as_str)).collect()
}

/// Tells whether a schema is one word, or one of several words, and nothing else.
fn is_words(schema: &Value) -> bool {
    let all = schema["oneOf"]
        .as_array()
        .is_some_and(|ways| ways.iter().all(|way| way.get("const").is_some()));
    all || schema.get("const").is_some() || schema.get("enum").is_some()
}
