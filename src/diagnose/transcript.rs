//! The transcript of a survey: its evidence as it came, without addresses of people.

use crate::model::{EvidenceSet, strike_addresses};

/// Returns the evidence as JSON. Peers are only ever counted, but what trackers and seedboxes say in words of
/// their own may name one: every address in it is struck out before anything is hashed.
pub fn transcript(evidence: &EvidenceSet) -> Vec<u8> {
    let mut document = serde_json::to_value(evidence).unwrap_or_default();
    strike_addresses(&mut document);
    document.to_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Ending, Evidence, Observation, Remote, TrackerAnswer, TrackerObservation};

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
