//! What an unquoted scalar means: the core schema of YAML 1.2, with `true` and `false` as the only truth values, and
//! without numbers that begin with a needless zero, which older readers take for octal.

use super::node::Value;

/// Returns what an unquoted scalar stands for. `yes`, `no`, `on`, `off` and `True` are text.
pub(super) fn resolve(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" => return Value::Flag(true),
        "false" => return Value::Flag(false),
        _ => {}
    }
    whole(text)
        .map(Value::Whole)
        .or_else(|| real(text).map(Value::Real))
        .unwrap_or_else(|| Value::Text(text.to_owned()))
}

fn whole(text: &str) -> Option<i128> {
    if let Some(digits) = text.strip_prefix("0x") {
        return i128::from_str_radix(digits, 16).ok();
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return i128::from_str_radix(digits, 8).ok();
    }
    let digits = text.trim_start_matches(['-', '+']);
    if digits.len() > 1 && digits.starts_with('0') {
        return None;
    }
    text.parse().ok()
}

/// Reads `1.5`, `-2e3`, `.5`; `.inf`, `.nan` and what is too large for a number stay text, as does an info-hash.
fn real(text: &str) -> Option<f64> {
    let numeric = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | 'e' | 'E');
    let broken = text.contains(['.', 'e', 'E']) && text.contains(|c: char| c.is_ascii_digit());
    let shaped = broken && text.chars().all(numeric);
    let number = shaped.then(|| text.parse::<f64>().ok()).flatten()?;
    number.is_finite().then_some(number)
}

#[cfg(test)]
mod tests {
    use super::{Value, resolve};

    #[test]
    fn norway_is_a_country() {
        for text in [
            "no",
            "yes",
            "on",
            "off",
            "True",
            "FALSE",
            "y",
            "n",
            ".inf",
            ".nan",
            "12 %",
            "3s",
            "1.2.3.4",
            "-",
            "1e999",
            "010",
            "-08",
            "00",
            "1:30",
            "1_000",
            "2026-01-01",
        ] {
            assert_eq!(resolve(text), Value::Text(text.to_owned()));
        }
    }

    #[test]
    fn numbers_and_nothing_are_seen() {
        assert_eq!(resolve("12"), Value::Whole(12));
        assert_eq!(resolve("-0x"), Value::Text("-0x".to_owned()));
        assert_eq!(resolve("0x1f"), Value::Whole(31));
        assert_eq!(resolve("0o17"), Value::Whole(15));
        assert_eq!(resolve("1.5"), Value::Real(1.5));
        assert_eq!(resolve("2e3"), Value::Real(2000.0));
        assert_eq!(resolve("~"), Value::Null);
        assert_eq!(resolve("false"), Value::Flag(false));
    }

    #[test]
    fn an_info_hash_of_digits_stays_text() {
        let digits = "1234567890123456789012345678901234567890";
        assert_eq!(resolve(digits), Value::Text(digits.to_owned()));
    }
}
