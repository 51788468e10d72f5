//! Zone files (RFC 1035 §5), and the copies that are made of them.

use lifeboat::model::{Apart, ZoneCopy};
use lifeboat::wire::dns::{Copier, Worded, read_zone_file, write_zone_file};

use super::{Target, lies_inside, meter, plain, text_of};

/// What a file may hold beside its share: its shortest names, and what the library makes of one record of a rare type.
const GROUND: usize = 96 << 10;

fn within<T>(bytes: &[u8], decode: impl FnOnce() -> T) -> T {
    meter::within(bytes.len(), GROUND, decode)
}

pub const TARGET: Target = Target {
    name: "zone-file",
    decoders: &["wire::dns::read_zone_file", "wire::dns::Copier::new"],
    hold,
    planted,
    swollen: &[
        |size| b"@ 1 A 1.1.1.1\n".repeat(size / 14),
        |size| (0..size / 12).flat_map(|n| format!("{n} 1 NS a\n").into_bytes()).collect(),
        |size| [&b"@ 1 TXT "[..], &b"a ".repeat(size / 2)].concat(),
        |size| [&b"@ 1 TXT "[..], &b"( ".repeat(size / 2)].concat(),
        |size| b"\n".repeat(size),
        |size| b"(\n;\n".repeat(size / 4),
        |size| b";@ alias a.z. 1 IN A 1.1.1.1\n".repeat(size / 29),
        long_origin,
    ],
};

/// Short names below an origin that leaves room for them.
fn long_origin(size: usize) -> Vec<u8> {
    let label = format!("{}.", "a".repeat(60)).repeat(2);
    let head = format!("$ORIGIN {label}z.\n$TTL 1\n");
    let records = (0..(size - head.len()) / 15).map(|n| format!("{n:04} A 1.1.1.1\n"));
    [head, records.collect()].concat().into_bytes()
}

fn hold(bytes: &[u8]) {
    let Some(text) = text_of(bytes) else { return };
    let copy = match within(bytes, || read_zone_file("z.", text)) {
        Ok(copy) => copy,
        Err(fault) => {
            plain(&fault);
            lies_inside(text, fault.line as usize, fault.column as usize);
            return;
        }
    };
    let written = write_zone_file(&copy, &["a note"]);
    assert_eq!(read_zone_file("z.", &written), Ok(copy.clone()), "{written}");
    assert!(copy.differences(&copy).is_empty());
    taken_again(&copy);
    // A name may be as odd as any text.
    if let Err(error) = within(bytes, || Copier::new(text)) {
        plain(&error);
    }
}

/// Holds that records, in whatever order, make the same copy.
fn taken_again(copy: &ZoneCopy) {
    let mut copier = Copier::new(&copy.zone).expect("is a name");
    for set in copy.sets.iter().rev() {
        for data in set.data.iter().rev() {
            let shown = serde_json::to_value(data).expect("is text");
            let data = shown.as_str().expect("is text");
            let worded =
                Worded { name: &set.name, kind: &set.kind, ttl: set.ttl, data, apart: set.apart };
            copier.take(&worded).expect("was taken before");
        }
    }
    assert_eq!(copier.done().as_ref(), Ok(copy));
}

/// A record that is kept and not served, in a file that has another one.
fn planted(bytes: &[u8]) -> Option<bool> {
    let copy = read_zone_file("z.", text_of(bytes)?).ok()?;
    Some(copy.sets.len() > 1 && copy.sets.iter().any(|set| set.apart == Some(Apart::Disabled)))
}
