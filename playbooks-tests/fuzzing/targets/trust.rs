//! Signatures (PROTOCOL.sshsig), keys, and the lists of who may sign and who may not any more.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use lifeboat::trust::{AllowedSigners, Key, Revoked, Seal, verify};

use super::{Target, lies_inside, meter, plain};

/// What the library holds for the arithmetic of a key, beside its share.
const GROUND: usize = 1 << 20;

fn within<T>(bytes: &[u8], decode: impl FnOnce() -> T) -> T {
    meter::within(bytes.len(), GROUND, decode)
}

pub const SIGNATURE: Target = Target {
    name: "sshsig",
    decoders: &["trust::Seal::parse", "trust::verify"],
    hold: hold_signature,
    planted: |bytes| Some(Seal::parse(&armored(bytes)).ok()?.namespace != "file"),
    swollen: &[
        |size| [b"SSHSIG\0\0\0\x01", &b"\0\0\0\0".repeat(size / 4)[..]].concat(),
        |size| [&b"-----BEGIN SSH SIGNATURE-----\n"[..], &b"U1NI\n".repeat(size / 5)].concat(),
        |size| b"\n".repeat(size),
    ],
};

pub const KEY: Target = Target {
    name: "ssh-key",
    decoders: &["trust::Key::read"],
    hold: |bytes| match within(bytes, || Key::read(bytes)) {
        Ok(key) => assert_eq!(key.blob(), bytes, "one key has one blob"),
        Err(error) => plain(&error),
    },
    // An Ed25519 key whose point has the other sign.
    planted: |bytes| {
        let (blob, last) = (Key::read(bytes).ok()?.blob().len(), *bytes.last()?);
        (blob == 51).then_some(last > 0x7f)
    },
    swollen: &[|size| [b"\0\0\0\x07ssh-rsa", &b"\0\0\0\x01\x01".repeat(size / 5)[..]].concat()],
};

pub const ALLOWED: Target = Target {
    name: "allowed-signers",
    decoders: &["trust::AllowedSigners::parse"],
    hold: hold_allowed,
    planted: |bytes| {
        let read = AllowedSigners::parse(bytes);
        let longest = read.lines().iter().map(|line| line.principals.len()).max()?;
        Some(longest > 24)
    },
    swollen: &[
        |size| b"\n".repeat(size),
        |size| b"a\n".repeat(size / 2),
        |size| [&b"\"a".repeat(size / 2)[..], b" ssh-rsa AAAA"].concat(),
        |size| [&b"*a".repeat(size / 2)[..], b" ", KEYS].concat(),
        |size| [&b"*,".repeat(size / 2)[..], b"* ", KEYS].concat(),
        |size| [b"a ", &b"namespaces=\"a\",".repeat(size / 15)[..], b"x=\"\" ", KEYS].concat(),
        |size| [b"a ", KEYS].concat().repeat(size / (KEYS.len() + 2)),
    ],
};

pub const REVOKED: Target = Target {
    name: "revoked-keys",
    decoders: &["trust::Revoked::parse"],
    hold: |bytes| {
        if let Err(error) = within(bytes, || Revoked::parse(bytes)) {
            plain(&error);
            if let lifeboat::trust::RevokedFault::Line(line, column) = error {
                lies_inside(&String::from_utf8_lossy(bytes), line, column);
            }
        }
    },
    // A list that has lost one of its two keys.
    planted: |bytes| {
        let read = Revoked::parse(bytes).ok()?;
        let [lost, kept] = [KEYS, OTHER].map(|key| Key::read(&blob(key)).ok());
        read.holds(&kept?).then_some(!read.holds(&lost?))
    },
    swollen: &[|size| b"#\n".repeat(size / 2), |size| KEYS.repeat(size / KEYS.len())],
};

/// A key of the captures.
const KEYS: &[u8] = include_bytes!("../../captures/ssh/ed25519.pub");

/// Another one.
const OTHER: &[u8] = include_bytes!("../../captures/ssh/ecdsa256.pub");

fn blob(key: &[u8]) -> Vec<u8> {
    let digits = key.split(|byte| *byte == b' ').nth(1).expect("has a blob");
    STANDARD.decode(digits).expect("is base64")
}

/// Returns a signature's armor around a blob; what is armored already stays as it is.
fn armored(bytes: &[u8]) -> Vec<u8> {
    if !bytes.starts_with(b"SSHSIG") {
        return bytes.to_vec();
    }
    let digits = STANDARD.encode(bytes).into_bytes();
    let lines: Vec<&[u8]> = digits.chunks(70).collect();
    let (begin, end) =
        (&b"-----BEGIN SSH SIGNATURE-----"[..], &b"-----END SSH SIGNATURE-----\n"[..]);
    [begin, &lines.join(&b'\n'), end].join(&b'\n')
}

fn hold_signature(bytes: &[u8]) {
    let text = armored(bytes);
    match within(&text, || Seal::parse(&text)) {
        Ok(seal) => assert_eq!(Key::read(seal.key.blob()).as_ref(), Ok(&seal.key)),
        Err(error) => plain(&error),
    }
    let allowed = AllowedSigners::parse(&[b"* ", KEYS].concat());
    let (now, nobody) = (Timestamp::from_second(1_800_000_000), Revoked::default());
    let now = now.expect("is a time");
    let verdict = verify(b"never signed", &text, "file", &allowed, &nobody, now);
    plain(&verdict.expect_err("nobody signed this"));
}

fn hold_allowed(bytes: &[u8]) {
    let lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
    let read = within(bytes, || AllowedSigners::parse(bytes));
    for flaw in read.flaws() {
        plain(flaw);
        let line = lines[flaw.line - 1];
        match std::str::from_utf8(line) {
            Ok(line) => lies_inside(line, 1, flaw.column),
            Err(_) => assert!(flaw.column <= line.len() + 1),
        }
    }
    for line in read.lines() {
        assert!((1..=lines.len()).contains(&line.number));
        line.names("anna@operators.example");
    }
    assert!(read.keys_of("anna@operators.example").len() <= read.lines().len());
}
