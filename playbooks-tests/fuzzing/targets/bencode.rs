//! Bencode (BEP 3).

use lifeboat::wire::bencode::{BencodeError, DEPTH, Value, decode, encode};

use super::{Target, plain, within};

pub const TARGET: Target = Target {
    name: "bencode",
    decoders: &["wire::bencode::decode"],
    hold,
    planted,
    swollen: &[
        |size| [b"l".as_slice(), &b"le".repeat(size / 2), b"e"].concat(),
        |size| [b"l".as_slice(), &b"llee".repeat(size / 4), b"e"].concat(),
        |size| [b"l".as_slice(), &b"0:".repeat(size / 2), b"e"].concat(),
        |size| b"d1:a".repeat(size / 4),
        keys,
    ],
};

/// Writes a dictionary of many keys, the last ones first.
fn keys(size: usize) -> Vec<u8> {
    let each = (0..size / 9).rev().flat_map(|key| format!("6:{key:06}0:").into_bytes());
    [b"d".to_vec(), each.collect(), b"e".to_vec()].concat()
}

fn hold(bytes: &[u8]) {
    match within(bytes, || decode(bytes)) {
        Ok(value) => {
            assert!(depth(&value) <= DEPTH);
            let text = encode(&value);
            let again = decode(&text).expect("what was encoded is decoded");
            assert_eq!(encode(&again), text);
            assert!(again == value || !is_sorted(&value), "{value:?} came back as {again:?}");
        }
        Err(error) => {
            plain(&error);
            let (BencodeError::Ends(at)
            | BencodeError::Unexpected(at)
            | BencodeError::Number(at)
            | BencodeError::TooDeep(at)
            | BencodeError::Twice(at)
            | BencodeError::Trailing(at)) = error;
            assert!(at <= bytes.len(), "{error} lies behind {} bytes", bytes.len());
        }
    }
}

fn depth(value: &Value<'_>) -> usize {
    match value {
        Value::Integer(_) | Value::Bytes(_) => 0,
        Value::List(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Dictionary(entries) => {
            1 + entries.iter().map(|(_, value)| depth(value)).max().unwrap_or(0)
        }
    }
}

/// Tells whether each dictionary has its keys in order, as encoding puts them.
fn is_sorted(value: &Value<'_>) -> bool {
    match value {
        Value::Integer(_) | Value::Bytes(_) => true,
        Value::List(items) => items.iter().all(is_sorted),
        Value::Dictionary(entries) => {
            entries.is_sorted_by_key(|(key, _)| *key)
                && entries.iter().all(|(_, value)| is_sorted(value))
        }
    }
}

/// A dictionary with a negative number in a list.
fn planted(bytes: &[u8]) -> Option<bool> {
    let Ok(Value::Dictionary(entries)) = decode(bytes) else { return None };
    Some(entries.iter().any(|(_, value)| match value {
        Value::List(items) => items.iter().any(|item| item.integer().is_some_and(|it| it < -7)),
        Value::Integer(_) | Value::Bytes(_) | Value::Dictionary(_) => false,
    }))
}
