//! Record sets in the words of octoDNS: the value that its YAML has in the place of record data.

use serde_json::{Map, Value};

use super::text::{string, words};

/// The fields of a type in the order of its record data, and whether each is a number.
type Fields = &'static [(&'static str, bool)];

/// Types whose value is a map; those of one word, and text, are apart.
const MAPS: [(&str, Fields); 7] = [
    ("CAA", &[("flags", true), ("tag", false), ("value", false)]),
    ("DS", &[("key_tag", true), ("algorithm", true), ("digest_type", true), ("digest", false)]),
    ("MX", &[("preference", true), ("exchange", false)]),
    (
        "NAPTR",
        &[
            ("order", true),
            ("preference", true),
            ("flags", false),
            ("service", false),
            ("regexp", false),
            ("replacement", false),
        ],
    ),
    ("SRV", &[("priority", true), ("weight", true), ("port", true), ("target", false)]),
    ("SSHFP", &[("algorithm", true), ("fingerprint_type", true), ("fingerprint", false)]),
    (
        "TLSA",
        &[
            ("certificate_usage", true),
            ("selector", true),
            ("matching_type", true),
            ("certificate_association_data", false),
        ],
    ),
];

/// Returns the value that stands for record data in presentation form; nothing where this knows no words for it.
pub fn octodns_value(kind: &str, content: &str) -> Option<Value> {
    let words = words(content)?;
    let plain = |text: String| text.bytes().all(|byte| matches!(byte, b' '..=b'~')).then_some(text);
    match kind {
        "A" | "AAAA" | "CNAME" | "DNAME" | "NS" | "PTR" => match &words[..] {
            [one] if !one.contains('\\') => plain(one.clone()).map(Value::String),
            _ => None,
        },
        "TXT" | "SPF" => {
            let bytes: Option<Vec<Vec<u8>>> = words.iter().map(|word| string(word)).collect();
            let text = String::from_utf8(bytes?.concat()).ok()?;
            // A backslash of its own, and what octoDNS would take for two strings, would be read otherwise.
            let odd = text.contains('\\') || text.contains("\" \"") || text.starts_with('"');
            plain(text).filter(|_| !odd).map(|text| Value::String(text.replace(';', "\\;")))
        }
        _ => {
            let (_, fields) = MAPS.iter().find(|(known, _)| *known == kind)?;
            map(fields, &words).map(Value::Object)
        }
    }
}

/// Puts words under the names of their fields; hexadecimal may stand in several.
fn map(fields: Fields, words: &[String]) -> Option<Map<String, Value>> {
    let last = fields.len().checked_sub(1)?;
    let rest = words.get(last..)?;
    let hexadecimal = || rest.iter().all(|it| it.bytes().all(|byte| byte.is_ascii_hexdigit()));
    if rest.is_empty() || (rest.len() > 1 && !hexadecimal()) {
        return None;
    }
    let mut all: Vec<String> = words[..last].to_vec();
    all.push(rest.concat());
    let value = |((name, number), word): (&(&str, bool), String)| {
        let odd = word.contains('\\') || !word.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        let value = if *number {
            Value::from(word.parse::<u32>().ok()?)
        } else {
            Value::String(Some(word).filter(|_| !odd)?)
        };
        Some(((*name).to_owned(), value))
    };
    fields.iter().zip(all).map(value).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::octodns_value;

    #[test]
    fn data_is_said_as_octodns_says_it() {
        for (kind, data, value) in [
            ("NS", "ns1.b.test.", json!("ns1.b.test.")),
            ("MX", "10 mail.test.", json!({"exchange": "mail.test.", "preference": 10})),
            ("TXT", r#""v=spf1 -all" "; a \"b\"""#, json!(r#"v=spf1 -all\; a "b""#)),
            (
                "CAA",
                r#"0 issue "ca.test; account=7""#,
                json!({"flags": 0, "tag": "issue", "value": "ca.test; account=7"}),
            ),
            (
                "DS",
                "4711 13 2 E06D44 B80B",
                json!({"algorithm": 13, "digest": "E06D44B80B", "digest_type": 2, "key_tag": 4711}),
            ),
        ] {
            assert_eq!(octodns_value(kind, data), Some(value), "{kind} {data}");
        }
    }

    #[test]
    fn what_would_be_read_otherwise_has_no_words() {
        for (kind, data) in [
            ("HTTPS", "1 . alpn=h2"),
            ("MX", "10"),
            ("MX", "10 mail.test. more."),
            ("MX", "high mail.test."),
            ("NS", ""),
            ("NS", r"a\.b.test."),
            ("TXT", r#""back\\slash""#),
            ("TXT", r#""\195\188""#),
            ("TXT", r#""open"#),
        ] {
            assert_eq!(octodns_value(kind, data), None, "{kind} {data}");
        }
    }
}
