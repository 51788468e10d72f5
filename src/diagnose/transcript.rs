//! The transcript of a survey: its evidence as it came, without addresses of people.

use std::net::{IpAddr, SocketAddr};

use serde_json::Value;

use crate::model::EvidenceSet;

/// What stands for an address of somebody.
const SOMEBODY: &str = "[address]";

/// Where addresses of the estate stand: it named them itself.
const OURS: [&str; 2] = ["endpoint", "url"];

/// Returns the evidence as JSON. Peers are only ever counted, but what trackers and seedboxes say in words of
/// their own may name one: every address in it is struck out before anything is hashed.
pub fn transcript(evidence: &EvidenceSet) -> Vec<u8> {
    let mut document = serde_json::to_value(evidence).unwrap_or_default();
    let items = document.get_mut("evidence").and_then(Value::as_array_mut);
    for item in items.into_iter().flatten() {
        let speaks = |probe: &str| ["tracker", "peers", "seedbox"].contains(&probe);
        let observation = item.get_mut("observation");
        let spoken = observation.filter(|it| it["probe"].as_str().is_some_and(speaks));
        spoken.into_iter().for_each(redact);
    }
    document.to_string().into_bytes()
}

fn redact(value: &mut Value) {
    match value {
        Value::String(text) => *text = redacted(text),
        Value::Array(items) => items.iter_mut().for_each(redact),
        Value::Object(fields) => {
            let others = fields.iter_mut().filter(|(name, _)| !OURS.contains(&name.as_str()));
            others.for_each(|(_, value)| redact(value));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Strikes out whatever reads as an IP address, with or without a port.
fn redacted(text: &str) -> String {
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
    use crate::model::{Ending, Evidence, Observation, Remote, TrackerAnswer, TrackerObservation};

    #[test]
    fn addresses_in_foreign_words_are_struck_out() {
        for (said, kept) in [
            ("banned: 203.0.113.9", "banned: [address]"),
            ("you are 203.0.113.9:6881.", "you are [address]"),
            ("[2001:db8::7]:51413 and 2001:db8::8, both", "[address] and [address], both"),
            ("version 3.00 (bb6b5a062e), 1:2 seeds", "version 3.00 (bb6b5a062e), 1:2 seeds"),
            ("", ""),
        ] {
            assert_eq!(redacted(said), kept);
        }
    }

    #[test]
    fn our_own_endpoints_stay_and_foreign_words_do_not_name_anybody() {
        let answer = TrackerAnswer {
            failure: Some(Remote::new("203.0.113.9 is not welcome")),
            ..TrackerAnswer::default()
        };
        let observation = Observation::Tracker(TrackerObservation {
            url: "udp://192.0.2.1:6969/announce".to_owned(),
            endpoint: Some(([192, 0, 2, 1], 6969).into()),
            ending: Ending::Answered(answer),
            unconnected: None,
            wrong_source: false,
            connect_only: false,
        });
        let at = jiff::Timestamp::UNIX_EPOCH;
        let one = Evidence {
            id: "e1".into(),
            subject: "t".into(),
            vantage: "here".into(),
            at,
            took_ms: 1,
            sent: 1,
            observation,
        };
        let (schema, tool) = ("lifeboat.evidence/v1".to_owned(), "0".to_owned());
        let set = EvidenceSet { schema, tool, at, took_ms: 1, evidence: vec![one] };
        let text = String::from_utf8(transcript(&set)).expect("text");
        assert!(text.contains("udp://192.0.2.1:6969/announce"), "{text}");
        assert!(text.contains("[address] is not welcome"), "{text}");
        assert!(!text.contains("203.0.113.9"), "{text}");
        assert_eq!(serde_json::from_str::<EvidenceSet>(&text).expect("evidence").evidence.len(), 1);
    }
}
