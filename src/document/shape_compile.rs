//! From JSON Schema, as `schemars` writes it, to shapes.

use std::collections::HashMap;

use serde_json::{Map, Value as Json};

use super::format::Format;
use super::shape::{Key, MapShape, Shape, ShapeId, Shapes, Target, TextShape};

/// Makes the shapes of a whole schema.
pub(super) fn compile(schema: &Json) -> Shapes {
    let empty = Map::new();
    let defs = schema.get("$defs").and_then(Json::as_object).unwrap_or(&empty);
    let mut compiler = Compiler { defs, named: HashMap::new(), all: Vec::new(), lost: Vec::new() };
    let root = compiler.shape(schema, &Notes::default());
    Shapes { all: compiler.all, root, lost: compiler.lost }
}

/// What the place of a value adds to the schema of its type.
#[derive(Clone, Debug, Default, PartialEq)]
struct Notes {
    format: Option<String>,
    reference: Target,
    items_format: Option<String>,
    items_reference: Target,
}

impl Notes {
    /// Reads the notes of a schema; what was noted further out counts more.
    fn read(schema: &Json, outer: &Self) -> Self {
        let own =
            |key: &str, outer: &Option<String>| outer.clone().or_else(|| texts(schema, key).pop());
        let listed = schema.get("x-ref-items").is_some();
        let sections =
            [texts(schema, "x-ref"), texts(schema, "x-ref-any"), texts(schema, "x-ref-items")]
                .concat();
        let words = [texts(schema, "x-ref-or"), texts(schema, "x-ref-words")].concat();
        let target = Target { sections, words };
        let chosen = |here: bool, outer: &Target| {
            if here && *outer == Target::default() { target.clone() } else { outer.clone() }
        };
        Self {
            format: own("format", &outer.format),
            reference: chosen(!listed, &outer.reference),
            items_format: own("x-format-items", &outer.items_format),
            items_reference: chosen(listed, &outer.items_reference),
        }
    }

    /// Returns what holds for the items of a list.
    fn of_items(self) -> Self {
        let (format, reference) = (self.items_format, self.items_reference);
        Self { format, reference, ..Self::default() }
    }
}

struct Compiler<'a> {
    defs: &'a Map<String, Json>,
    named: HashMap<&'a str, ShapeId>,
    all: Vec<Shape>,
    lost: Vec<String>,
}

impl<'a> Compiler<'a> {
    fn add(&mut self, shape: Shape) -> ShapeId {
        self.all.push(shape);
        self.all.len() - 1
    }

    fn shape(&mut self, schema: &'a Json, outer: &Notes) -> ShapeId {
        let notes = Notes::read(schema, outer);
        if let Some(name) = schema.get("$ref").and_then(Json::as_str) {
            return self.reference(name, &notes);
        }
        if let Some(ways) =
            schema.get("anyOf").or_else(|| schema.get("oneOf")).and_then(Json::as_array)
        {
            return self.ways(ways, &notes);
        }
        if let Some(word) = schema.get("const").and_then(Json::as_str) {
            let fixed = Some(word.to_owned());
            return self.add(Shape::Text(TextShape { fixed, ..TextShape::default() }));
        }
        if let Some(words) = schema.get("enum").and_then(Json::as_array) {
            let words = words.iter().filter_map(Json::as_str).map(str::to_owned).collect();
            return self.add(Shape::Words(words));
        }
        self.typed(schema, notes)
    }

    /// Returns the shape of a named type; the plain one is made once, so that a type may hold itself.
    fn reference(&mut self, name: &'a str, notes: &Notes) -> ShapeId {
        let name = name.rsplit('/').next().unwrap_or(name);
        let Some((name, schema)) = self.defs.get_key_value(name) else { return self.lose(name) };
        if *notes != Notes::default() {
            return self.shape(schema, notes);
        }
        if let Some(id) = self.named.get(name.as_str()) {
            return *id;
        }
        let id = self.add(Shape::Anything);
        self.named.insert(name, id);
        let made = self.shape(schema, notes);
        self.all[id] = self.all[made].clone();
        if let Shape::OneKey { secret, .. } = &mut self.all[id] {
            *secret = name == "SecretRef";
        }
        id
    }

    fn lose(&mut self, what: impl Into<String>) -> ShapeId {
        self.lost.push(what.into());
        self.add(Shape::Anything)
    }

    fn ways(&mut self, ways: &'a [Json], notes: &Notes) -> ShapeId {
        let ways: Vec<&Json> = ways
            .iter()
            .filter(|way| way.get("type").and_then(Json::as_str) != Some("null"))
            .collect();
        if let [only] = ways[..]
            && only.get("const").is_none()
            && !is_one_key(only)
        {
            return self.shape(only, notes);
        }
        if let Some(tag) = common_tag(&ways) {
            return self.tagged(tag, &ways);
        }
        let words: Vec<String> = ways.iter().flat_map(|way| words_of(way)).collect();
        let one_key: Vec<&Json> = ways.iter().copied().filter(|way| is_one_key(way)).collect();
        let mut parts = Vec::new();
        if !words.is_empty() {
            parts.push(self.add(Shape::Words(words)));
        }
        if !one_key.is_empty() {
            parts.push(self.one_key(&one_key));
        }
        for way in ways.iter().filter(|way| words_of(way).is_empty() && !is_one_key(way)) {
            parts.push(self.shape(way, notes));
        }
        if let [only] = parts[..] { only } else { self.add(Shape::Either(parts)) }
    }

    fn one_key(&mut self, ways: &[&'a Json]) -> ShapeId {
        let mut keys = Vec::new();
        for way in ways {
            for (name, schema) in properties(way) {
                keys.push((name.clone(), self.shape(schema, &Notes::default())));
            }
        }
        self.add(Shape::OneKey { keys, secret: false })
    }

    fn tagged(&mut self, tag: &str, ways: &[&'a Json]) -> ShapeId {
        let mut named = Vec::new();
        for way in ways {
            let word =
                properties(way).find(|(name, _)| *name == tag).map(|(_, schema)| words_of(schema));
            let shape = self.shape(way, &Notes::default());
            named.extend(word.into_iter().flatten().map(|word| (word, shape)));
        }
        self.add(Shape::Tagged { tag: tag.to_owned(), ways: named })
    }

    fn typed(&mut self, schema: &'a Json, notes: Notes) -> ShapeId {
        let kind = match schema.get("type") {
            Some(Json::String(kind)) => kind.as_str(),
            Some(Json::Array(kinds)) => {
                kinds.iter().filter_map(Json::as_str).find(|kind| *kind != "null").unwrap_or("")
            }
            _ => "",
        };
        match kind {
            "string" => {
                let format = notes.format.as_deref().and_then(Format::named);
                let reference = notes.reference;
                self.add(Shape::Text(TextShape { format, reference, fixed: None }))
            }
            "boolean" => self.add(Shape::Flag),
            "integer" => self.add(whole(schema)),
            "number" => self.add(Shape::Real),
            "array" => self.list(schema, notes),
            "object" => self.map(schema),
            _ if schema.as_bool() == Some(true) => self.add(Shape::Anything),
            _ => self.lose(schema.to_string()),
        }
    }

    fn list(&mut self, schema: &'a Json, notes: Notes) -> ShapeId {
        let item = match schema.get("items") {
            Some(items) => self.shape(items, &notes.of_items()),
            None => self.lose(schema.to_string()),
        };
        let least = schema.get("minItems").and_then(Json::as_u64).unwrap_or(0);
        self.add(Shape::List { item, least: usize::try_from(least).unwrap_or(0) })
    }

    fn map(&mut self, schema: &'a Json) -> ShapeId {
        let required: Vec<&str> = schema
            .get("required")
            .and_then(Json::as_array)
            .into_iter()
            .flatten()
            .filter_map(Json::as_str)
            .collect();
        let mut keys = Vec::new();
        for (name, property) in properties(schema) {
            let shape = self.shape(property, &Notes::default());
            keys.push(Key {
                name: name.clone(),
                shape,
                required: required.contains(&name.as_str()),
            });
        }
        let rest = schema.get("additionalProperties").filter(|rest| rest.as_bool() != Some(false));
        let rest = rest.map(|rest| self.shape(rest, &Notes::default()));
        self.add(Shape::Map(MapShape { keys, rest }))
    }
}

/// Returns the text, or the texts, that a key of a schema holds.
fn texts(schema: &Json, key: &str) -> Vec<String> {
    match schema.get(key) {
        Some(Json::String(text)) => vec![text.clone()],
        Some(Json::Array(texts)) => {
            texts.iter().filter_map(Json::as_str).map(str::to_owned).collect()
        }
        _ => Vec::new(),
    }
}

fn whole(schema: &Json) -> Shape {
    let bound = |key: &str| schema.get(key).and_then(Json::as_number).map(ToString::to_string);
    let number =
        |key: &str| bound(key).and_then(|text| text.trim_end_matches(".0").parse::<i128>().ok());
    let (least, most) = match schema.get("format").and_then(Json::as_str) {
        Some("uint8") => (0, i128::from(u8::MAX)),
        Some("uint16") => (0, i128::from(u16::MAX)),
        Some("uint32") => (0, i128::from(u32::MAX)),
        Some("uint64" | "uint") => (0, i128::from(u64::MAX)),
        Some("int32") => (i128::from(i32::MIN), i128::from(i32::MAX)),
        _ => (i128::from(i64::MIN), i128::from(i64::MAX)),
    };
    Shape::Whole {
        least: number("minimum").unwrap_or(least),
        most: number("maximum").unwrap_or(most),
    }
}

fn properties(schema: &Json) -> impl Iterator<Item = (&String, &Json)> {
    schema.get("properties").and_then(Json::as_object).into_iter().flatten()
}

/// Returns the words that a schema consists of, where it is nothing but words.
fn words_of(schema: &Json) -> Vec<String> {
    let fixed = schema.get("const").and_then(Json::as_str).map(str::to_owned);
    let listed = schema.get("enum").and_then(Json::as_array).into_iter().flatten();
    fixed.into_iter().chain(listed.filter_map(Json::as_str).map(str::to_owned)).collect()
}

/// Tells whether a schema is a map of exactly one key: a variant that holds something.
fn is_one_key(schema: &Json) -> bool {
    let closed = schema.get("additionalProperties").and_then(Json::as_bool) == Some(false);
    let required = schema.get("required").and_then(Json::as_array).map_or(0, Vec::len);
    closed && required == 1 && properties(schema).count() == 1
}

/// Returns the key whose fixed word tells all of these maps apart.
fn common_tag<'a>(ways: &[&'a Json]) -> Option<&'a str> {
    let fixed = |way: &Json, name: &str| {
        properties(way).any(|(own, schema)| own == name && schema.get("const").is_some())
    };
    let mut names = properties(ways.first()?).map(|(name, _)| name.as_str());
    names.find(|name| ways.len() > 1 && ways.iter().all(|way| fixed(way, name)))
}

#[cfg(test)]
mod tests {
    use super::compile;
    use crate::document::shape::{Shape, Shapes};
    use crate::model::{Estate, Runbook, Scenario};

    #[test]
    fn every_part_of_the_schemas_is_understood() {
        assert_eq!(Shapes::of::<Estate>().lost, Vec::<String>::new());
        assert_eq!(Shapes::of::<Runbook>().lost, Vec::<String>::new());
        assert_eq!(Shapes::of::<Scenario>().lost, Vec::<String>::new());
    }

    #[test]
    fn sections_are_found_by_their_shape() {
        let shapes = Shapes::of::<Estate>();
        let sections = shapes.sections();
        for section in
            ["contacts", "approvals", "dns_providers", "zones", "trackers", "status_channels"]
        {
            assert!(sections.contains(&section), "{section}");
        }
        assert!(!sections.contains(&"schema") && !sections.contains(&"network"));
    }

    #[test]
    fn tagged_maps_are_told_apart() {
        let schema = serde_json::json!({ "oneOf": [
            { "type": "object", "properties": { "kind": { "const": "a" }, "x": { "type": "integer" } }, "required": ["kind"] },
            { "type": "object", "properties": { "kind": { "const": "b" } }, "required": ["kind"] },
        ]});
        let shapes = compile(&schema);
        assert!(
            matches!(shapes.get(shapes.root), Shape::Tagged { tag, ways } if tag == "kind" && ways.len() == 2)
        );
    }
}
