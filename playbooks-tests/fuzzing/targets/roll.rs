//! A roll of names, and behind a zero byte an answer to its first question.

use lifeboat::wire::dns::{Glance, Roll, Said, Wanted};

use super::{Target, lies_inside, meter, plain, text_of};

/// What a roll and a glance may hold beside their share: tables of a few lines, and one record of a rare type.
const GROUND: usize = 96 << 10;

pub const TARGET: Target = Target {
    name: "dns-roll",
    decoders: &["wire::dns::Roll::parse", "wire::dns::Glance::of", "wire::dns::Glance::holds"],
    hold,
    planted,
    swollen: &[
        |size| lines(size / 9, |n| format!("{n:06} A\n")),
        |size| {
            lines(size / 13, |n| format!("a A 10.{:02}.{:02}.1\n", n / 90 % 90 + 10, n % 90 + 10))
        },
        |size| {
            answered(
                "a A 192.0.2.1\n",
                size / 16,
                &[0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 192, 0, 2, 1],
            )
        },
        |size| answered("a A\n", size / 14, &[0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 0, 0, 2, 0xc0, 12]),
    ],
};

/// Lines that count down, so that their order proves nothing.
fn lines(count: usize, line: fn(usize) -> String) -> Vec<u8> {
    (0..count).rev().map(line).collect::<String>().into_bytes()
}

/// A roll with an answer of many records to the question for the name `a`.
fn answered(roll: &str, count: usize, record: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(count).expect("is small").to_be_bytes();
    let head = [0, 7, 0x84, 0, 0, 1, high, low, 0, 0, 0, 0, 1, b'a', 0, 0, 1, 0, 1];
    [roll.as_bytes(), &[0], &head, &record.repeat(count)].concat()
}

fn within<T>(bytes: &[u8], decode: impl FnOnce() -> T) -> T {
    meter::within(bytes.len(), GROUND, decode)
}

fn split(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    Some((text_of(&bytes[..end])?, bytes.get(end + 1..).unwrap_or_default()))
}

fn hold(bytes: &[u8]) {
    let Some((text, answer)) = split(bytes) else { return };
    let roll = match within(bytes, || Roll::parse(text)) {
        Ok(roll) => roll,
        Err(error) => {
            plain(&error);
            lies_inside(text, error.line, error.column);
            return;
        }
    };
    let mut written = String::new();
    for number in roll.by_length() {
        let number = number as usize;
        if roll.wanted(number) == Wanted::Anything {
            roll.show(number, &mut written);
            written.push('\n');
        }
        roll.show_wanted(number, "", &mut written);
    }
    let again = Roll::parse(&written).expect("what was written is read");
    assert_eq!(again.len(), roll.len());
    if roll.is_empty() {
        return;
    }
    let seen = within(bytes, || {
        let glance = Glance::of(answer, roll.question(0))?;
        let holds = glance.holds(roll.wanted(0), &mut Vec::new());
        Some((glance, glance.says(), holds))
    });
    let Some((glance, said, holds)) = seen else { return };
    let mut lines = String::new();
    glance.write("", &mut lines);
    assert!(lines.bytes().all(|byte| byte == b'\n' || byte == b' ' || byte.is_ascii_graphic()));
    let knows = matches!(said, Said::Records | Said::Alias | Said::Nothing | Said::NoName);
    assert!(knows || !holds, "{said:?} is what was wanted");
    if said == Said::Records && !lines.ends_with("!BROKEN\n") {
        let again = Roll::parse(&lines).expect("what was written is read");
        assert!(glance.holds(again.wanted(0), &mut Vec::new()), "{lines}");
    }
}

/// A referral.
fn planted(bytes: &[u8]) -> Option<bool> {
    let (text, answer) = split(bytes)?;
    let roll = Roll::parse(text).ok().filter(|roll| !roll.is_empty())?;
    Some(Glance::of(answer, roll.question(0))?.says() == Said::Elsewhere)
}
