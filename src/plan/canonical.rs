//! Canonical JSON (RFC 8785): one text for one value, so that a digest means the same everywhere.
//!
//! Keys are sorted by their UTF-16 code units, numbers are written as ECMAScript writes doubles,
//! strings are escaped no more than they must be. I-JSON's limits hold: whole numbers beyond 2^53 lose digits.

use std::cell::RefCell;
use std::cmp::Ordering;
use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

/// The largest whole number up to which every whole number is a double of its own.
const EXACT: u64 = 1 << 53;

/// Writes a value in its canonical form.
///
/// # Panics
/// For what has no JSON form, such as a map whose keys are no text.
pub fn canonical<T: Serialize + ?Sized>(value: &T) -> String {
    let text = Text::default();
    let sorted = Sorted { text: &text, open: Vec::new() };
    let written = value.serialize(&mut Serializer::with_formatter(&text, sorted));
    written.expect("it is plain data with text keys");
    String::from_utf8(text.0.into_inner()).expect("JSON is UTF-8")
}

/// The text as far as it is written, for the serializer, which adds to it, and its formatter, which puts it into order.
#[derive(Default)]
struct Text(RefCell<Vec<u8>>);

impl Text {
    fn len(&self) -> usize {
        self.0.borrow().len()
    }
}

impl Write for &Text {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Strings come as RFC 8785 §3.2.2.2 wants them; numbers and the order of members do not.
struct Sorted<'t> {
    text: &'t Text,
    /// The objects that are not ended, the innermost last.
    open: Vec<Object>,
}

/// Where an object begins in the text, and each of its members.
struct Object {
    start: usize,
    members: Vec<Member>,
}

#[derive(Clone, Copy)]
struct Member {
    start: usize,
    /// Where its key ends.
    key: usize,
    end: usize,
}

impl Sorted<'_> {
    fn member(&mut self) -> Option<&mut Member> {
        self.open.last_mut()?.members.last_mut()
    }
}

impl Formatter for Sorted<'_> {
    fn write_i64<W: ?Sized + Write>(&mut self, writer: &mut W, value: i64) -> io::Result<()> {
        if value.unsigned_abs() <= EXACT {
            write!(writer, "{value}")
        } else {
            self.write_f64(writer, value as f64)
        }
    }

    fn write_u64<W: ?Sized + Write>(&mut self, writer: &mut W, value: u64) -> io::Result<()> {
        if value <= EXACT {
            write!(writer, "{value}")
        } else {
            self.write_f64(writer, value as f64)
        }
    }

    fn write_f32<W: ?Sized + Write>(&mut self, writer: &mut W, value: f32) -> io::Result<()> {
        self.write_f64(writer, f64::from(value))
    }

    fn write_f64<W: ?Sized + Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        writer.write_all(write_double(value).as_bytes())
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.open.push(Object { start: self.text.len(), members: Vec::new() });
        writer.write_all(b"{")
    }

    fn begin_object_key<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        if !first {
            writer.write_all(b",")?;
        }
        let start = self.text.len();
        if let Some(object) = self.open.last_mut() {
            object.members.push(Member { start, key: start, end: start });
        }
        Ok(())
    }

    fn end_object_key<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        let at = self.text.len();
        if let Some(member) = self.member() {
            member.key = at;
        }
        Ok(())
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        let at = self.text.len();
        if let Some(member) = self.member() {
            member.end = at;
        }
        Ok(())
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        if let Some(object) = self.open.pop() {
            object.sort(&mut self.text.0.borrow_mut());
        }
        writer.write_all(b"}")
    }
}

impl Object {
    /// Puts its members into order, of which each but the first has a comma before it.
    fn sort(mut self, text: &mut Vec<u8>) {
        let in_order =
            |one: &Member, other: &Member| order(text, *one, *other) != Ordering::Greater;
        if self.members.is_sorted_by(in_order) {
            return;
        }
        self.members.sort_by(|one, other| order(text, *one, *other));
        let inside = self.start + 1;
        let unsorted = text.split_off(inside);
        for (at, Member { start, end, .. }) in self.members.into_iter().enumerate() {
            if at > 0 {
                text.push(b',');
            }
            text.extend_from_slice(&unsorted[start - inside..end - inside]);
        }
    }
}

/// The order of two keys by their UTF-16 code units, which is that of their bytes where both are ASCII.
fn order(text: &[u8], one: Member, other: Member) -> Ordering {
    match (plain(text, one), plain(text, other)) {
        (Some(one), Some(other)) => one.cmp(other),
        _ => key(text, one).encode_utf16().cmp(key(text, other).encode_utf16()),
    }
}

/// Returns a key that is written as it is meant, in ASCII, with its quotes.
fn plain(text: &[u8], member: Member) -> Option<&[u8]> {
    let written = &text[member.start..member.key];
    // `!` is the one character that is not escaped and comes before the quote.
    let plain = |byte: &u8| *byte > b'!' && *byte != b'\\' && byte.is_ascii();
    written.iter().all(plain).then_some(written)
}

/// Returns a key as it is meant.
fn key(text: &[u8], member: Member) -> String {
    serde_json::from_slice(&text[member.start..member.key]).expect("it was just written")
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
        canonical(&serde_json::from_str::<serde_json::Value>(text).expect("is JSON"))
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

    /// RFC 8785 § 3.2.3: what is sorted is the key, not how it is written.
    #[test]
    fn objects_in_objects_are_sorted_by_their_keys() {
        #[derive(serde::Serialize)]
        struct Two {
            z: Option<u8>,
            a: std::collections::BTreeMap<&'static str, [u64; 2]>,
        }
        let a = [("\"", [1, 2]), ("!", [3, u64::MAX]), ("#", [0, 0])].into_iter().collect();
        assert_eq!(
            canonical(&[Two { z: None, a }]),
            r##"[{"a":{"!":[3,18446744073709552000],"\"":[1,2],"#":[0,0]},"z":null}]"##
        );
    }
}
