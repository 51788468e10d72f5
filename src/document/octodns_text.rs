//! Nodes as text that octoDNS' own reader, which reads YAML 1.1, takes for the same.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use super::node::{Node, Value};

/// Words that are no text to some reader, whatever their case.
const WORDS: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];

/// Writes a map, each key on a line of its own, so far from the margin.
pub(super) fn map(entries: &BTreeMap<String, Node>, indent: usize) -> String {
    entries.iter().map(|(key, value)| entry(key, value, indent)).collect()
}

fn entry(key: &str, value: &Node, indent: usize) -> String {
    let head = format!("{:indent$}{}:", "", key_of(key));
    if !value.entries().is_empty() {
        let inner = value.entries().iter().map(|it| entry(&it.key, &it.value, indent + 2));
        format!("{head}\n{}", inner.collect::<String>())
    } else if !value.items().is_empty() {
        let items = value.items().iter().map(|node| item(node, indent));
        format!("{head}\n{}", items.collect::<String>())
    } else {
        format!("{head} {}\n", scalar(value))
    }
}

fn item(node: &Node, indent: usize) -> String {
    if node.entries().is_empty() {
        return format!("{:indent$}- {}\n", "", scalar(node));
    }
    let inner = node.entries().iter().map(|it| entry(&it.key, &it.value, indent + 2));
    format!("{:indent$}- {}", "", inner.collect::<String>().trim_start())
}

fn scalar(node: &Node) -> String {
    match &node.value {
        Value::Null => "null".to_owned(),
        Value::Flag(flag) => flag.to_string(),
        Value::Whole(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Text(text) => key_of(text),
        Value::List(items) => {
            format!("[{}]", items.iter().map(scalar).collect::<Vec<_>>().join(", "))
        }
        Value::Map(_) => "{}".to_owned(),
    }
}

/// Writes text, in quotes unless every reader takes it for text.
pub(super) fn key_of(text: &str) -> String {
    let first = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'));
    let word = WORDS.iter().any(|word| text.eq_ignore_ascii_case(word));
    if (first && plain && !word) || text.parse::<Ipv4Addr>().is_ok() {
        text.to_owned()
    } else if text.chars().any(char::is_control) {
        serde_json::Value::String(text.to_owned()).to_string()
    } else {
        format!("'{}'", text.replace('\'', "''"))
    }
}
