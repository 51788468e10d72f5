//! JSON (RFC 8259) that somebody else wrote: at most [`DEPTH`] deep, and at most 64 times the memory of its text.
//!
//! A map of the standard library takes hundreds of bytes for its first key; these are lists of pairs.

use std::fmt;

use serde::de::value::{MapAccessDeserializer, MapDeserializer, SeqDeserializer};
use serde::de::{
    self, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use thiserror::Error;

/// How deep lists and objects may nest.
pub const DEPTH: usize = 64;

/// A value.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Json {
    /// `null`.
    #[default]
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A whole number below zero.
    Negative(i64),
    /// A whole number.
    Whole(u64),
    /// Any other number.
    Float(f64),
    /// A text.
    Text(String),
    /// `[…]`.
    List(Vec<Json>),
    /// `{…}`, in the order of the text; of a name that stands twice the last one counts.
    Object(Vec<(String, Json)>),
}

/// Why bytes are no JSON that is read here, and where.
#[derive(Debug, Error)]
#[error(transparent)]
pub struct JsonError(#[from] serde_json::Error);

static NULL: Json = Json::Null;

impl Json {
    /// Decodes exactly one value.
    ///
    /// # Errors
    /// The first thing that is wrong, with its line and column.
    pub fn decode(bytes: &[u8]) -> Result<Self, JsonError> {
        let mut reader = serde_json::Deserializer::from_slice(bytes);
        let value = Level(DEPTH).deserialize(&mut reader)?;
        reader.end()?;
        Ok(value)
    }

    /// Returns the value of a name; null where there is none.
    pub fn get(&self, name: &str) -> &Self {
        let Self::Object(entries) = self else { return &NULL };
        entries.iter().rfind(|(found, _)| found == name).map_or(&NULL, |(_, value)| value)
    }

    /// Takes the value of a name out; null where there is none.
    pub fn take(self, name: &str) -> Self {
        let Self::Object(entries) = self else { return Self::Null };
        let found = entries.into_iter().rfind(|(found, _)| found == name);
        found.map_or(Self::Null, |(_, value)| value)
    }

    /// Returns a text.
    pub fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// Returns a list.
    pub fn list(&self) -> Option<&[Self]> {
        if let Self::List(items) = self { Some(items) } else { None }
    }

    /// Returns true or false.
    pub const fn bool(&self) -> Option<bool> {
        if let Self::Bool(truth) = self { Some(*truth) } else { None }
    }

    /// Returns a whole number.
    pub fn integer(&self) -> Option<i64> {
        match self {
            Self::Negative(number) => Some(*number),
            Self::Whole(number) => i64::try_from(*number).ok(),
            Self::Null
            | Self::Bool(_)
            | Self::Float(_)
            | Self::Text(_)
            | Self::List(_)
            | Self::Object(_) => None,
        }
    }

    /// Rewrites every text and every name.
    pub fn rewrite(&mut self, with: &impl Fn(&str) -> String) {
        match self {
            Self::Text(text) => *text = with(text),
            Self::List(items) => items.iter_mut().for_each(|item| item.rewrite(with)),
            Self::Object(entries) => entries.iter_mut().for_each(|(name, value)| {
                *name = with(name);
                value.rewrite(with);
            }),
            Self::Null | Self::Bool(_) | Self::Negative(_) | Self::Whole(_) | Self::Float(_) => {}
        }
    }
}

/// Reads a value below which so many levels may lie.
#[derive(Clone, Copy)]
struct Level(usize);

impl Level {
    fn below<E: de::Error>(self) -> Result<Self, E> {
        let too_deep = || E::custom(format_args!("nested deeper than {DEPTH}"));
        self.0.checked_sub(1).map(Self).ok_or_else(too_deep)
    }
}

impl<'de> DeserializeSeed<'de> for Level {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Level {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Json, E> {
        Ok(Json::Bool(truth))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Json, E> {
        Ok(Json::Negative(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Json, E> {
        Ok(Json::Whole(number))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Json, E> {
        Ok(Json::Float(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(Json::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Json, A::Error> {
        let below = self.below()?;
        let mut items = Vec::new();
        while let Some(item) = list.next_element_seed(below)? {
            grow(&mut items);
            items.push(item);
        }
        Ok(Json::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Json, A::Error> {
        let below = self.below()?;
        let mut entries = Vec::new();
        while let Some(name) = object.next_key::<String>()? {
            let value = object.next_value_seed(below)?;
            grow(&mut entries);
            entries.push((name, value));
        }
        Ok(Json::Object(entries))
    }
}

/// Makes room for one more from a single place on, where the standard library begins with four.
fn grow<T>(items: &mut Vec<T>) {
    if items.capacity() == 0 {
        items.reserve_exact(1);
    }
}

impl<'de> IntoDeserializer<'de, serde_json::Error> for Json {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// A value as the source of a type.
impl<'de> Deserializer<'de> for Json {
    type Error = serde_json::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        match self {
            Self::Null => visitor.visit_unit(),
            Self::Bool(truth) => visitor.visit_bool(truth),
            Self::Negative(number) => visitor.visit_i64(number),
            Self::Whole(number) => visitor.visit_u64(number),
            Self::Float(number) => visitor.visit_f64(number),
            Self::Text(text) => visitor.visit_string(text),
            Self::List(items) => {
                let mut items = SeqDeserializer::new(items.into_iter());
                let value = visitor.visit_seq(&mut items)?;
                items.end()?;
                Ok(value)
            }
            Self::Object(entries) => {
                let mut entries = MapDeserializer::new(entries.into_iter());
                let value = visitor.visit_map(&mut entries)?;
                entries.end()?;
                Ok(value)
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        if self == Self::Null { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        match self {
            Self::Text(text) => IntoDeserializer::<Self::Error>::into_deserializer(text)
                .deserialize_enum(name, variants, visitor),
            Self::Object(entries) if entries.len() == 1 => {
                let entries = MapDeserializer::new(entries.into_iter());
                MapAccessDeserializer::new(entries).deserialize_enum(name, variants, visitor)
            }
            Self::Null
            | Self::Bool(_)
            | Self::Negative(_)
            | Self::Whole(_)
            | Self::Float(_)
            | Self::List(_)
            | Self::Object(_) => Err(de::Error::custom(format_args!("no variant of {name}"))),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;

    use super::*;

    #[test]
    fn parses_each_kind() {
        let text = br#"{"a":[null,true,-7,7,1.5,"x\u001b"],"b":{},"a":[]}"#;
        let value = Json::decode(text).expect("is JSON");
        assert_eq!(value.get("a"), &Json::List(Vec::new()), "the last one counts");
        let Json::Object(entries) = value else { panic!("an object") };
        let items = entries[0].1.list().expect("a list");
        assert_eq!(
            (items[1].bool(), items[2].integer(), items[3].integer()),
            (Some(true), Some(-7), Some(7))
        );
        assert_eq!((&items[4], items[5].text()), (&Json::Float(1.5), Some("x\u{1b}")));
        assert_eq!(Json::Null.get("a"), &Json::Null);
    }

    #[test]
    fn wrong_values_and_what_follows_are_named() {
        let no = |text: &[u8]| Json::decode(text).expect_err("is no JSON").to_string();
        assert!(no(b"{\"a\":\n 1,}").contains("line 2"));
        assert!(no(b"1 2").contains("trailing"));
        assert!(no(b"\"\xff\"").contains("line 1"));
        assert!(no(b"").contains("EOF"));
    }

    #[test]
    fn every_early_end_is_seen() {
        let whole = br#"{"a":[1,"b"]}"#;
        assert!((0..whole.len()).all(|end| Json::decode(&whole[..end]).is_err()));
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |depth: usize| [b"[".repeat(depth), b"]".repeat(depth)].concat();
        assert!(Json::decode(&nested(DEPTH)).is_ok());
        let error = Json::decode(&nested(DEPTH + 1)).expect_err("is too deep");
        assert!(error.to_string().contains("deeper than 64"), "{error}");
        assert!(Json::decode(&br#"{"":"#.repeat(100_000)).is_err());
    }

    /// A type of every shape that derived code asks for.
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    struct Shapes {
        plain: Plain,
        carrying: Vec<Plain>,
        absent: Option<u8>,
        pair: (i8, String),
        wrapped: Wrapped,
        #[serde(default)]
        tagged: Vec<Tagged>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    enum Plain {
        Unit,
        One(u64),
        Struct { a: bool },
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Wrapped(f64);

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(tag = "kind", rename_all = "kebab-case")]
    enum Tagged {
        A { b: u16 },
    }

    #[test]
    fn types_are_read_as_from_text() {
        let text = r#"{"plain":"unit","carrying":[{"one":7},{"struct":{"a":true}},"unit"],
            "absent":null,"pair":[-1,"x"],"wrapped":2.5,"tagged":[{"kind":"a","b":3}],"more":[{}]}"#;
        let wanted: Shapes = serde_json::from_str(text).expect("is one");
        let value = Json::decode(text.as_bytes()).expect("is JSON");
        assert_eq!(Shapes::deserialize(value).expect("is one"), wanted);
        for wrong in
            [r#"{"plain":"x"}"#, r#"{"plain":{}}"#, r#"{"plain":{"unit":null,"one":1}}"#, "[]", "7"]
        {
            let value = Json::decode(wrong.as_bytes()).expect("is JSON");
            assert!(Shapes::deserialize(value).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(bytes in prop::collection::vec(any::<u8>(), 0..120), near in r#"[\[\]{}",:0-9a\\u.e-]{0,60}"#) {
            let _ = Json::decode(&bytes);
            let _ = Json::decode(near.as_bytes());
        }
    }
}
