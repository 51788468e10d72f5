//! Decoders against bytes that foreign daemons sent; `captures/*/capture.sh`,
//! `captures/dns/update.sh` and `captures/torrent.sh` record them.

mod dns;
mod torrent;
mod update;

use libtest_mimic::Trial;

/// Returns the trials of the decoders.
pub fn trials() -> Vec<Trial> {
    [dns::trials(), torrent::trials(), update::trials()].into_iter().flatten().collect()
}

/// Reads a capture: hexadecimal, with line breaks.
fn capture(name: &str) -> Vec<u8> {
    let path = format!("{}/playbooks-tests/captures/{name}.hex", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let digits: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}
