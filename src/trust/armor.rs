//! The armor around a signature (PROTOCOL.sshsig § "Armored format").

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

const BEGIN: &str = "-----BEGIN SSH SIGNATURE-----";
const END: &str = "-----END SSH SIGNATURE-----";
/// Characters of base64 a line, as `ssh-keygen` writes them.
const WIDTH: usize = 70;

/// Takes the armor off; what follows its last line is ignored, as `ssh-keygen` does.
pub fn open(text: &[u8]) -> Result<Vec<u8>, &'static str> {
    let rest = text.strip_prefix(BEGIN.as_bytes()).ok_or("its first line is not the header")?;
    // Some versions of `ssh-keygen` read CR LF here, and some do not.
    let rest = rest.strip_prefix(b"\n").ok_or("its header does not end the line with LF alone")?;
    let footer = [b"\n", END.as_bytes()].concat();
    let at = rest.windows(footer.len()).position(|window| window == footer);
    let body = &rest[..at.ok_or("its last line is missing")?];
    let digits: Vec<u8> = body.iter().copied().filter(|byte| !is_space(*byte)).collect();
    STANDARD.decode(digits).map_err(|_| "what stands inside is not base64")
}

/// Puts the armor on.
pub fn close(blob: &[u8]) -> String {
    let mut text = format!("{BEGIN}\n");
    for (at, digit) in STANDARD.encode(blob).chars().enumerate() {
        if at > 0 && at % WIDTH == 0 {
            text.push('\n');
        }
        text.push(digit);
    }
    format!("{text}\n{END}\n")
}

/// Reads the base64 of one word.
pub fn word(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text.bytes().filter(|byte| !is_space(*byte)).collect::<Vec<u8>>()).ok()
}

/// White space of C, which `ssh-keygen` skips in base64.
const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

#[cfg(test)]
mod tests {
    use super::{close, open};

    #[test]
    fn what_is_closed_opens_again() {
        for length in [0, 1, 2, 3, 52, 53, 54, 500] {
            let blob: Vec<u8> = (0..length).map(|at| (at * 7) as u8).collect();
            assert_eq!(open(close(&blob).as_bytes()), Ok(blob));
        }
    }

    #[test]
    fn other_headers_and_bodies_are_refused() {
        let armored = close(b"some bytes");
        for broken in [
            armored.replace('\n', "\r\n"),
            String::new(),
            format!(" {armored}"),
            armored.replace("SSH SIGNATURE-----\n", "SSH SIGNATURE-----"),
            armored.replace("END SSH", "END GPG"),
            armored.replace("c29t", "c2!t"),
            armored.replace("c29t", "c29"),
        ] {
            assert!(open(broken.as_bytes()).is_err(), "{broken}");
        }
    }
}
