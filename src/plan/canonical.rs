//! Canonical JSON (RFC 8785): one text for one value, so that a digest means the same everywhere.
//!
//! Keys are sorted by their UTF-16 code units, numbers are written as ECMAScript writes doubles,
//! strings are escaped no more than they must be. I-JSON's limits hold: whole numbers beyond 2^53 lose digits.

use std::cmp::Ordering;
use std::fmt::Write;

use serde_json::{Number, Value};

/// The largest whole number up to which every whole number is a double of its own.
const EXACT: u64 = 1 << 53;

/// Writes a value in its canonical form.
pub fn canonical(value: &Value) -> String {
    let mut text = String::new();
    write_value(value, &mut text);
    text
}

fn write_value(value: &Value, text: &mut String) {
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(true) => text.push_str("true"),
        Value::Bool(false) => text.push_str("false"),
        Value::Number(number) => text.push_str(&write_number(number)),
        Value::String(string) => write_string(string, text),
        Value::Array(items) => {
            let each = |item: &Value, text: &mut String| write_value(item, text);
            write_between('[', items.iter(), ']', text, each);
        }
        Value::Object(map) => {
            let mut members: Vec<_> = map.iter().collect();
            members.sort_by(|(a, _), (b, _)| order(a, b));
            write_between('{', members.into_iter(), '}', text, |(key, value), text| {
                write_string(key, text);
                text.push(':');
                write_value(value, text);
            });
        }
    }
}

/// The order of two keys by their UTF-16 code units, which is that of their bytes where both are ASCII.
fn order(one: &str, other: &str) -> Ordering {
    if one.is_ascii() && other.is_ascii() {
        one.cmp(other)
    } else {
        one.encode_utf16().cmp(other.encode_utf16())
    }
}

fn write_between<T>(
    open: char,
    items: impl Iterator<Item = T>,
    close: char,
    text: &mut String,
    each: impl Fn(T, &mut String),
) {
    text.push(open);
    for (at, item) in items.enumerate() {
        if at > 0 {
            text.push(',');
        }
        each(item, text);
    }
    text.push(close);
}

/// Escapes what must be escaped (RFC 8785 § 3.2.2.2) and nothing else.
fn write_string(string: &str, text: &mut String) {
    let escaped = |byte: u8| byte < b' ' || matches!(byte, b'"' | b'\\');
    let mut rest = string;
    text.push('"');
    while let Some(at) = rest.bytes().position(escaped) {
        text.push_str(&rest[..at]);
        match rest.as_bytes()[at] {
            b'"' => text.push_str("\\\""),
            b'\\' => text.push_str("\\\\"),
            8 => text.push_str("\\b"),
            b'\t' => text.push_str("\\t"),
            b'\n' => text.push_str("\\n"),
            12 => text.push_str("\\f"),
            b'\r' => text.push_str("\\r"),
            byte => {
                // Writing into a string cannot fail.
                let _ = write!(text, "\\u{byte:04x}");
            }
        }
        rest = &rest[at + 1..];
    }
    text.push_str(rest);
    text.push('"');
}

fn write_number(number: &Number) -> String {
    match (number.as_u64(), number.as_i64()) {
        (Some(whole), _) if whole <= EXACT => whole.to_string(),
        (None, Some(whole)) if whole.unsigned_abs() <= EXACT => whole.to_string(),
        _ => write_double(number.as_f64().unwrap_or_default()),
    }
}

/// Writes a finite double as ECMAScript's `Number::toString` does (ECMA-262 § 6.1.6.1.20).
fn write_double(number: f64) -> String {
    if number == 0.0 {
        return "0".to_owned();
    }
    let sign = if number < 0.0 { "-" } else { "" };
    // Rust's exponent form, `1.234e5`, is as short as can be; with that precision it is also the nearest, ties to even.
    let shortest = format!("{:e}", number.abs());
    let precision = shortest.split('e').next().map_or(0, |m| m.len().saturating_sub(2));
    let nearest = format!("{:.precision$e}", number.abs());
    let (mantissa, exponent) = nearest.split_once('e').unwrap_or((&nearest, "0"));
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let (count, point) = (digits.len() as i32, exponent + 1);
    let body = if (1..=21).contains(&point) && count <= point {
        format!("{digits}{}", "0".repeat((point - count) as usize))
    } else if (1..=21).contains(&point) {
        format!("{}.{}", &digits[..point as usize], &digits[point as usize..])
    } else if (-5..=0).contains(&point) {
        format!("0.{}{digits}", "0".repeat(-point as usize))
    } else {
        let tail = if count > 1 { format!(".{}", &digits[1..]) } else { String::new() };
        format!("{}{tail}e{}{}", &digits[..1], if exponent < 0 { "-" } else { "+" }, exponent.abs())
    };
    format!("{sign}{body}")
}

#[cfg(test)]
mod tests {
    use super::{canonical, write_double};

    fn of(text: &str) -> String {
        canonical(&serde_json::from_str(text).expect("is JSON"))
    }

    /// RFC 8785 appendix B: the bits of a double and its text.
    #[test]
    fn doubles_are_written_as_ecmascript_writes_them() {
        for (bits, text) in [
            (0x0000_0000_0000_0000, "0"),
            (0x8000_0000_0000_0000, "0"),
            (0x0000_0000_0000_0001, "5e-324"),
            (0x8000_0000_0000_0001, "-5e-324"),
            (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
            (0xffef_ffff_ffff_ffff, "-1.7976931348623157e+308"),
            (0x4340_0000_0000_0000, "9007199254740992"),
            (0xc340_0000_0000_0000, "-9007199254740992"),
            (0x4430_0000_0000_0000, "295147905179352830000"),
            (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"),
            (0x44b5_2d02_c7e1_4af6, "1e+23"),
            (0x44b5_2d02_c7e1_4af7, "1.0000000000000001e+23"),
            (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
            (0x444b_1ae4_d6e2_ef4f, "999999999999999900000"),
            (0x444b_1ae4_d6e2_ef50, "1e+21"),
            (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"),
            (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
            (0x41b3_de43_5555_5553, "333333333.3333332"),
            (0x41b3_de43_5555_5554, "333333333.33333325"),
            (0x41b3_de43_5555_5555, "333333333.3333333"),
            (0x41b3_de43_5555_5556, "333333333.3333334"),
            (0x41b3_de43_5555_5557, "333333333.33333343"),
            (0xbecb_f647_612f_3696, "-0.0000033333333333333333"),
            (0x4314_3ff3_c1cb_0959, "1424953923781206.2"),
        ] {
            assert_eq!(write_double(f64::from_bits(bits)), text);
        }
    }

    /// RFC 8785 § 3.2.3: sorted by UTF-16 code units, not by code points or bytes.
    #[test]
    fn keys_are_sorted_by_utf16() {
        let text = r#"{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh",
            "1":"One","\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"}"#;
        let keys = ["Carriage", "One", "Control", "Latin", "Euro", "Emoji", "Hebrew"];
        let canonical = of(text);
        let places: Vec<_> =
            keys.iter().map(|key| canonical.find(key).expect("is there")).collect();
        assert!(places.is_sorted(), "{canonical}");
    }

    /// RFC 8785 § 3.2.2 with its expected bytes.
    #[test]
    fn the_example_of_the_standard() {
        let text = r#"{
            "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
            "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
            "literals": [null, true, false]
        }"#;
        assert_eq!(
            of(text),
            "{\"literals\":[null,true,false],\
             \"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],\
             \"string\":\"\u{20ac}$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}"
        );
    }

    #[test]
    fn whole_numbers_stay_whole() {
        assert_eq!(of("[0,-1,42,9007199254740992,10.0,-0.0]"), "[0,-1,42,9007199254740992,10,0]");
        assert_eq!(of("[]"), "[]");
        assert_eq!(of("{}"), "{}");
    }
}
