//! JSON of foreign hands, as a tree and as what a type is made of.

use lifeboat::wire::json::{DEPTH, Json};
use serde::Deserialize;

use super::{Target, plain, within};

pub const TARGET: Target = Target {
    name: "json",
    decoders: &["wire::json::Json::decode"],
    hold,
    planted,
    swollen: &[
        |size| [b"[", &br#"{"":0},"#.repeat(size / 7)[..], b"0]"].concat(),
        |size| [b"[", &b"0,".repeat(size / 2)[..], b"0]"].concat(),
        |size| [b"[", &b"[0],".repeat(size / 4)[..], b"0]"].concat(),
        |size| [b"[", &b"[[]],".repeat(size / 5)[..], b"0]"].concat(),
        |size| [b"{", &br#""":"","#.repeat(size / 6)[..], br#""":0}"#].concat(),
        |size| [b"\"", &br"\n".repeat(size / 2)[..], b"\""].concat(),
        |size| b"[".repeat(size),
    ],
};

fn hold(bytes: &[u8]) {
    match within(bytes, || Json::decode(bytes)) {
        Ok(value) => {
            assert!(depth(&value) <= DEPTH);
            let lenient = serde_json::from_slice::<serde_json::Value>(bytes);
            let lenient = lenient.expect("what is decoded here is JSON");
            let again = serde_json::Value::deserialize(value).expect("any value is one");
            assert_eq!(again, lenient);
        }
        Err(error) => plain(&error),
    }
}

fn depth(value: &Json) -> usize {
    match value {
        Json::List(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Json::Object(entries) => 1 + entries.iter().map(|(_, it)| depth(it)).max().unwrap_or(0),
        Json::Null
        | Json::Bool(_)
        | Json::Negative(_)
        | Json::Whole(_)
        | Json::Float(_)
        | Json::Text(_) => 0,
    }
}

/// A number of a list that is below -7.
fn planted(bytes: &[u8]) -> Option<bool> {
    let value = Json::decode(bytes).ok()?;
    Some(value.get("a").list()?.iter().any(|it| it.integer().is_some_and(|it| it < -7)))
}
