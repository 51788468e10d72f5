//! Addresses of people, struck out of what others say in words of their own.

use std::net::{IpAddr, SocketAddr};

use serde_json::Value;

/// What stands for an address of somebody.
const SOMEBODY: &str = "[address]";

/// Where addresses of the estate stand: it named them itself.
const OURS: [&str; 2] = ["endpoint", "url"];

/// Strikes every address out of what trackers and seedboxes said, in an evidence document (`lifeboat.evidence/v1`).
pub fn strike_addresses(document: &mut Value) {
    let items = document.get_mut("evidence").and_then(Value::as_array_mut);
    for item in items.into_iter().flatten() {
        let speaks = |probe: &str| ["tracker", "peers", "seedbox"].contains(&probe);
        let observation = item.get_mut("observation");
        let spoken = observation.filter(|it| it["probe"].as_str().is_some_and(speaks));
        spoken.into_iter().for_each(strike);
    }
}

fn strike(value: &mut Value) {
    match value {
        Value::String(text) => *text = without_addresses(text),
        Value::Array(items) => items.iter_mut().for_each(strike),
        Value::Object(fields) => {
            let others = fields.iter_mut().filter(|(name, _)| !OURS.contains(&name.as_str()));
            others.for_each(|(_, value)| strike(value));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Strikes out whatever reads as an IP address, with or without a port.
pub fn without_addresses(text: &str) -> String {
    let is_part = |c: char| c.is_ascii_hexdigit() || ".:[]".contains(c);
    let (mut clean, mut word) = (String::with_capacity(text.len()), String::new());
    for c in text.chars().map(Some).chain([None]) {
        if let Some(c) = c.filter(|c| is_part(*c)) {
            word.push(c);
            continue;
        }
        let core = word.trim_matches(|c| c == '.' || c == ':');
        let bare = core.trim_start_matches('[').trim_end_matches(']');
        let is_address = word.parse::<IpAddr>().is_ok()
            || [core, bare].iter().any(|it| it.parse::<IpAddr>().is_ok())
            || core.parse::<SocketAddr>().is_ok();
        clean.push_str(if is_address { SOMEBODY } else { &word });
        word.clear();
        clean.extend(c);
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_in_foreign_words_are_struck_out() {
        for (said, kept) in [
            ("banned: 203.0.113.9", "banned: [address]"),
            ("you are 203.0.113.9:6881.", "you are [address]"),
            ("[2001:db8::7]:51413 and 2001:db8::8, both", "[address] and [address], both"),
            ("version 3.00 (bb6b5a062e), 1:2 seeds", "version 3.00 (bb6b5a062e), 1:2 seeds"),
            ("", ""),
        ] {
            assert_eq!(without_addresses(said), kept);
        }
    }
}
