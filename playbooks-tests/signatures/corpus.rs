//! Cases of one verdict each: who signed what for what, by which list, when. Every clause of the lists has both of its sides.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lifeboat::trust::SigningKey;

use super::{KINDS, stored};

/// One verdict that is asked for.
#[derive(Clone)]
pub struct Case {
    /// What it is about.
    pub name: String,
    /// The bytes that are said to be signed.
    pub message: String,
    /// The armored signature.
    pub signature: String,
    /// The namespace that is asked for.
    pub namespace: String,
    /// Who is said to have signed.
    pub principal: String,
    /// The file of allowed signers.
    pub allowed: String,
    /// The list of revoked keys.
    pub revoked: Option<String>,
    /// When (UTC), as `YYYYMMDDHHMMSS`.
    pub at: String,
    /// Why the verdict here is no where `ssh-keygen` may say yes.
    pub stricter: Option<&'static str>,
}

/// Returns the key's line without its comment.
pub fn key(name: &str) -> String {
    stored(&format!("{name}.pub"))
        .split(' ')
        .take(2)
        .collect::<Vec<_>>()
        .join(" ")
        .trim()
        .to_owned()
}

fn case(name: impl Into<String>) -> Case {
    Case {
        name: name.into(),
        message: stored("message"),
        signature: stored("ed25519.sig"),
        namespace: "file".into(),
        principal: "anna".into(),
        allowed: format!("anna {}\n", key("ed25519")),
        revoked: None,
        at: "20261126030000".into(),
        stricter: None,
    }
}

/// Returns every case.
pub fn cases() -> Vec<Case> {
    [kinds(), people(), namespaces(), times(), lines(), armors(), blobs(), flips(), revocations()]
        .concat()
}

fn kinds() -> Vec<Case> {
    let mut cases = Vec::new();
    for kind in KINDS {
        let allowed = format!("anna {}\n", key(kind));
        let signature = stored(&format!("{kind}.sig"));
        let good = Case { allowed, signature, ..case(format!("{kind}: good")) };
        cases.push(Case { message: "else".into(), ..named(&good, "other bytes") });
        cases.push(Case { message: String::new(), ..named(&good, "no bytes") });
        cases.push(Case { namespace: "git".into(), ..named(&good, "another namespace") });
        cases.push(Case { principal: "ben".into(), ..named(&good, "another person") });
        cases.push(Case {
            allowed: format!("anna {}\n", key("second")),
            ..named(&good, "another key")
        });
        cases.push(Case { revoked: Some(key(kind)), ..named(&good, "revoked") });
        cases.push(good);
    }
    for (name, why) in [("dsa", "DSA is too weak"), ("rsa1024", "1024 bits are too few")] {
        let allowed = format!("anna {}\n", key(name));
        let signature = stored(&format!("{name}.sig"));
        cases.push(Case { allowed, signature, stricter: Some(why), ..case(name) });
    }
    for kind in ["sk-ed25519", "sk-ecdsa"] {
        let allowed = format!("anna {}\n", key(kind));
        let signature = stored(&format!("{kind}-untouched.sig"));
        let stricter = Some("nobody touched the key");
        cases.push(Case { allowed, signature, stricter, ..case(format!("{kind}: untouched")) });
    }
    for authority in ["cert-authority ", "cert-authority,namespaces=\"file\" ", ""] {
        let allowed = format!("anna {authority}{}\n", key("ed25519"));
        let stricter = Some("certificates are not judged");
        let signature = stored("certified.sig");
        cases.push(Case {
            allowed,
            signature,
            stricter,
            ..case(format!("certified: {authority}"))
        });
    }
    for hash in ["ed25519", "rsa2048"] {
        let allowed = format!("anna {}\n", key(hash));
        let signature = stored(&format!("{hash}-sha256.sig"));
        cases.push(Case { allowed, signature, ..case(format!("{hash} over SHA-256")) });
    }
    cases
}

fn named(of: &Case, name: &str) -> Case {
    Case { name: format!("{}; {name}", of.name), ..of.clone() }
}

fn people() -> Vec<Case> {
    let lists = [
        "anna",
        "ben",
        "anna,ben",
        "ben,anna",
        "*",
        "*,!anna",
        "!anna,*",
        "!anna",
        "!ben",
        "!ben,*",
        "*,!a*",
        "a*",
        "a*,!anna",
        "?nna",
        "????",
        "?????",
        "*a",
        "*n*n*",
        "ANNA",
        "anna@example.org",
        ",anna",
        "anna,",
        ",",
        "!",
        "!,*",
        "*,!",
        "\"anna\"",
        "\"anna,ben\"",
        "\"an\"na",
        "an\"na\"",
        "\"anna",
        "!!anna",
        "an na",
        "***",
        "a**a",
        "**nn**",
    ];
    let mut cases = Vec::new();
    for list in lists {
        for principal in ["anna", "ben", "Anna", "anna@example.org", "annab"] {
            let allowed = format!("{list} {}\n", key("ed25519"));
            cases.push(Case {
                allowed,
                principal: principal.into(),
                ..case(format!("`{list}`: {principal}"))
            });
        }
    }
    let (one, two) = (key("ed25519"), key("second"));
    for (name, allowed) in [
        ("two keys of one person", format!("anna {two}\nanna {one}\n")),
        ("one key under two names", format!("ben {one}\nanna {one}\n")),
        ("one key under another name only", format!("ben {one}\nanna {two}\n")),
        ("one key twice, once denied", format!("*,!anna {one}\nanna {one}\n")),
        ("one key twice, expired first", format!("anna valid-before=\"2020\" {one}\nanna {one}\n")),
        (
            "one key twice, the other namespace first",
            format!("anna namespaces=\"git\" {one}\nanna {one}\n"),
        ),
        ("an authority and a key", format!("anna cert-authority {one}\nanna {one}\n")),
        ("an authority alone", format!("anna cert-authority {one}\n")),
        ("nobody", String::new()),
        ("comments alone", "# anna\n\n#\n".into()),
    ] {
        for principal in ["anna", "ben"] {
            let name = format!("{name}: {principal}");
            cases.push(Case {
                allowed: allowed.clone(),
                principal: principal.into(),
                ..case(name)
            });
        }
    }
    cases
}

fn namespaces() -> Vec<Case> {
    let mut cases = Vec::new();
    let ours = SigningKey::parse(stored("ed25519").as_bytes()).unwrap();
    let lists = [
        "file", "git", "*", "*,!file", "file,git", "git,file", "!file,*", "f*", "?ile", "", ",",
        "FILE", "file ", "a b",
    ];
    for list in lists {
        for namespace in ["file", "git", "lifeboat-approval@v1"] {
            let allowed = format!("anna namespaces=\"{list}\" {}\n", key("ed25519"));
            let signature = ours.sign(stored("message").as_bytes(), namespace).unwrap();
            let name = format!("namespaces `{list}`: {namespace}");
            cases.push(Case { allowed, signature, namespace: namespace.into(), ..case(name) });
        }
    }
    for namespace in ["", "File", "file ", "fil", "files", "lifeboat-approval@v1"] {
        cases
            .push(Case { namespace: namespace.into(), ..case(format!("asked for `{namespace}`")) });
    }
    for (signed, wanted) in
        [("lifeboat-approval@v1", "lifeboat-drill-approval@v1"), ("git", "file")]
    {
        let signature = ours.sign(stored("message").as_bytes(), signed).unwrap();
        cases.push(Case {
            signature,
            namespace: wanted.into(),
            ..case(format!("{signed} for {wanted}"))
        });
    }
    cases
}

fn times() -> Vec<Case> {
    let mut cases = Vec::new();
    let clauses = [
        "valid-after=\"20261126030000\"",
        "valid-after=\"20261126030001\"",
        "valid-after=\"20261126025959\"",
        "valid-before=\"20261126030000\"",
        "valid-before=\"20261126030001\"",
        "valid-before=\"20261126025959\"",
        "valid-after=\"202611260300\"",
        "valid-before=\"202611260300\"",
        "valid-after=\"20261126\"",
        "valid-before=\"20261126\"",
        "valid-before=\"20261127\"",
        "valid-after=\"20261127\"",
        "valid-after=\"20261126030000Z\"",
        "valid-before=\"20261126025959Z\"",
        "valid-after=\"20261126z\"",
        "valid-before=\"20261127UTC\"",
        "valid-after=\"20260101\",valid-before=\"20270101\"",
        "valid-after=\"20270101\",valid-before=\"20260101\"",
        "valid-after=\"20270101\",valid-before=\"20270101\"",
        "valid-before=\"20261301\"",
        "valid-before=\"20261131\"",
        "valid-before=\"2027\"",
        "valid-before=\"tomorrow\"",
        "valid-before=\"\"",
        "valid-before=20270101",
        "valid-after=\"19700101\"",
        "valid-after=\"20260101\",valid-after=\"20260102\"",
        "VALID-AFTER=\"20260101\"",
        "valid-before=\"2027010 \"",
        "valid-before=\"-0270101\"",
        "valid-before=\"+0270101\"",
        "valid-before=\"20270101 \"",
    ];
    for clause in clauses {
        for at in ["20261126030000", "20261126030001", "20250101000000"] {
            let allowed = format!("anna {clause} {}\n", key("ed25519"));
            let stricter = clause.contains("1131").then_some("there is no such day");
            let name = format!("{clause} at {at}");
            cases.push(Case { allowed, at: at.into(), stricter, ..case(name) });
        }
    }
    cases
}

fn lines() -> Vec<Case> {
    let (one, two) = (key("ed25519"), key("second"));
    let (kind, digits) = one.split_once(' ').unwrap();
    [
        ("tabs", format!("anna\t{kind}\t{digits}\tcomment\n")),
        ("blanks", format!("  anna   {kind}   {digits}  \n")),
        ("no line end", format!("anna {one}")),
        ("CRLF", format!("anna {one}\r\n")),
        ("CRLF before", format!("# x\r\n\r\nanna {one}\r\n")),
        ("CRLF with a comment", format!("anna {one} x\r\n")),
        ("CR alone", format!("anna {one}\rben {two}\n")),
        ("a comment behind", format!("anna {one} # ben\n")),
        ("a comment mark", format!("#anna {one}\n")),
        ("an indented comment", format!("  # anna {one}\n")),
        ("flags of two", format!("anna namespaces=\"file\",valid-before=\"20270101\" {one}\n")),
        (
            "flags with a blank",
            format!("anna namespaces=\"file\", valid-before=\"20270101\" {one}\n"),
        ),
        ("a comma at the end", format!("anna namespaces=\"file\", {one}\n")),
        ("a comma at the beginning", format!("anna ,namespaces=\"file\" {one}\n")),
        ("two commas", format!("anna namespaces=\"file\",,valid-before=\"20270101\" {one}\n")),
        ("an unknown option", format!("anna no-touch-required {one}\n")),
        ("an option run on", format!("anna namespaces=\"file\"valid-before=\"20270101\" {one}\n")),
        ("an authority run on", format!("anna cert-authorityx {one}\n")),
        ("an open quote", format!("anna namespaces=\"file {one}\n")),
        ("a quoted quote", format!("anna namespaces=\"file,\\\"x\" {one}\n")),
        ("a backslash", format!("anna namespaces=\"file\\\" {one}\n")),
        ("namespaces twice", format!("anna namespaces=\"file\",namespaces=\"file\" {one}\n")),
        ("a bare name", "anna\n".into()),
        ("no key", format!("anna {kind}\n")),
        ("a short key", format!("anna {kind} {}\n", &digits[..digits.len() - 4])),
        ("a long key", format!("anna {kind} {digits}AAAA\n")),
        ("a wrong kind", format!("anna ssh-rsa {digits}\n")),
        ("an unknown kind", format!("anna ssh-ed448 {digits}\n")),
        ("a broken line before", format!("anna nonsense\nanna {one}\n")),
        ("a broken line of somebody else", format!("ben nonsense\nanna {one}\n")),
        ("a broken option before", format!("anna x=\"y\" {two}\nanna {one}\n")),
        ("a certificate for a key", format!("anna {}\n", key("certified"))),
        ("the key first", format!("{one} anna\n")),
        ("options before the name", format!("namespaces=\"file\" anna {one}\n")),
        ("many lines", format!("{}anna {one}\n", format!("ben {two}\n").repeat(500))),
        ("the kind in capitals", format!("anna SSH-ED25519 {digits}\n")),
    ]
    .into_iter()
    .map(|(name, allowed)| Case { allowed, ..case(format!("a line with {name}")) })
    .collect()
}

fn armors() -> Vec<Case> {
    let good = stored("ed25519.sig");
    let body = good.lines().nth(1).unwrap();
    [
        ("CRLF", good.replace('\n', "\r\n")),
        ("CRLF in the header", good.replacen('\n', "\r\n", 1)),
        ("CR before the footer", good.replace("\n-----END", "\r\n-----END")),
        ("no last line end", good.trim_end().to_owned()),
        ("text behind", format!("{good}more\n")),
        ("text before", format!("more\n{good}")),
        ("a blank before", format!(" {good}")),
        ("an empty line before", format!("\n{good}")),
        ("no header", good.lines().skip(1).collect::<Vec<_>>().join("\n")),
        ("no footer", good.replace("-----END SSH SIGNATURE-----", "")),
        ("a footer on the line", good.replace("\n-----END", "-----END")),
        ("a blank behind the header", good.replacen("-----\n", "----- \n", 1)),
        ("a header of its own case", good.replacen("BEGIN SSH", "begin ssh", 1)),
        ("another header", good.replacen("SSH SIGNATURE", "PGP SIGNATURE", 1)),
        ("blanks inside", good.replace(body, &format!("{} {}", &body[..10], &body[10..]))),
        ("tabs inside", good.replace(body, &format!("\t{body}\t"))),
        ("empty lines inside", good.replace(body, &format!("\n{body}\n\n"))),
        ("a form feed inside", good.replace(body, &format!("\u{c}{body}"))),
        (
            "one line",
            format!(
                "-----BEGIN SSH SIGNATURE-----\n{}\n-----END SSH SIGNATURE-----\n",
                inside(&good)
            ),
        ),
        ("one character less", good.replace(body, &body[1..])),
        ("a line less", good.replace(body, "")),
        ("a foreign character", good.replace(body, &body.replacen('A', "!", 1))),
        ("the other alphabet", good.replace(body, &body.replacen('A', "-", 1))),
        ("padding inside", good.replace(body, &body.replacen('A', "=", 1))),
        ("padding behind", good.replace("\n-----END", "=\n-----END")),
        ("two signatures", format!("{good}{good}")),
        ("nothing", String::new()),
        ("a header alone", "-----BEGIN SSH SIGNATURE-----\n".into()),
        (
            "header and footer",
            "-----BEGIN SSH SIGNATURE-----\n-----END SSH SIGNATURE-----\n".into(),
        ),
    ]
    .into_iter()
    .map(|(name, signature)| {
        let stricter = name.starts_with("CRLF").then_some("not every version reads it");
        Case { signature, stricter, ..case(format!("armor with {name}")) }
    })
    .collect()
}

fn inside(armored: &str) -> String {
    armored.lines().filter(|line| !line.starts_with('-')).collect()
}

fn blob(name: &str) -> Vec<u8> {
    STANDARD.decode(inside(&stored(&format!("{name}.sig")))).unwrap()
}

fn armor(blob: &[u8]) -> String {
    format!(
        "-----BEGIN SSH SIGNATURE-----\n{}\n-----END SSH SIGNATURE-----\n",
        STANDARD.encode(blob)
    )
}

/// The parts of an ed25519 signature's blob, to be put together in other ways.
struct Parts {
    magic: Vec<u8>,
    version: u32,
    key: Vec<u8>,
    namespace: Vec<u8>,
    reserved: Vec<u8>,
    hash: Vec<u8>,
    signature: Vec<u8>,
    end: Vec<u8>,
}

impl Parts {
    fn of(name: &str) -> Parts {
        let blob = blob(name);
        let mut at = 10;
        let mut next = || {
            let length = u32::from_be_bytes(blob[at..at + 4].try_into().unwrap()) as usize;
            at += 4 + length;
            blob[at - length..at].to_vec()
        };
        let (key, namespace, reserved, hash, signature) = (next(), next(), next(), next(), next());
        Parts {
            magic: b"SSHSIG".to_vec(),
            version: 1,
            key,
            namespace,
            reserved,
            hash,
            signature,
            end: vec![],
        }
    }

    fn armored(&self) -> String {
        let mut blob = self.magic.clone();
        blob.extend(self.version.to_be_bytes());
        for part in [&self.key, &self.namespace, &self.reserved, &self.hash, &self.signature] {
            blob.extend((part.len() as u32).to_be_bytes());
            blob.extend(part);
        }
        blob.extend(&self.end);
        armor(&blob)
    }
}

fn blobs() -> Vec<Case> {
    let changed = |change: &dyn Fn(&mut Parts)| {
        let mut parts = Parts::of("ed25519");
        change(&mut parts);
        parts.armored()
    };
    let mut cases: Vec<Case> = [
        ("nothing changed", changed(&|_| {})),
        ("version 0", changed(&|it| it.version = 0)),
        ("version 2", changed(&|it| it.version = 2)),
        ("version 2^32 - 1", changed(&|it| it.version = u32::MAX)),
        ("another magic", changed(&|it| it.magic = b"SSHSIH".to_vec())),
        ("no magic", changed(&|it| it.magic.clear())),
        ("another key", changed(&|it| it.key = Parts::of("second").key)),
        ("no key", changed(&|it| it.key.clear())),
        ("a key and more", changed(&|it| it.key.push(0))),
        ("another namespace", changed(&|it| it.namespace = b"git".to_vec())),
        ("no namespace", changed(&|it| it.namespace.clear())),
        ("a namespace in two", changed(&|it| it.namespace = b"fi\0le".to_vec())),
        ("something reserved", changed(&|it| it.reserved = b"later".to_vec())),
        ("SHA-256 claimed", changed(&|it| it.hash = b"sha256".to_vec())),
        ("SHA-1 claimed", changed(&|it| it.hash = b"sha1".to_vec())),
        ("MD5 claimed", changed(&|it| it.hash = b"md5".to_vec())),
        ("no hash", changed(&|it| it.hash.clear())),
        ("the hash in capitals", changed(&|it| it.hash = b"SHA512".to_vec())),
        ("bytes at the end", changed(&|it| it.end = vec![0])),
        ("no signature", changed(&|it| it.signature.clear())),
        ("a signature and more", changed(&|it| it.signature.push(0))),
        ("a shorter signature", changed(&|it| it.signature.truncate(60))),
        (
            "the signature of another key",
            changed(&|it| it.signature = Parts::of("second").signature),
        ),
        (
            "a signature of another kind",
            changed(&|it| it.signature = Parts::of("rsa2048").signature),
        ),
    ]
    .into_iter()
    .map(|(name, signature)| Case { signature, ..case(format!("a blob with {name}")) })
    .collect();
    for (name, at) in [("ecdsa256", "ecdsa384"), ("sk-ed25519", "ed25519"), ("rsa2048", "rsa3072")]
    {
        let mut parts = Parts::of(name);
        parts.signature = Parts::of(at).signature;
        let allowed = format!("anna {}\n", key(name));
        cases.push(Case {
            allowed,
            signature: parts.armored(),
            ..case(format!("{name} signed as {at}"))
        });
    }
    let mut weak = Parts::of("rsa2048");
    let tail = weak.signature.split_off(4 + "rsa-sha2-512".len());
    weak.signature = [b"\0\0\0\x07ssh-rsa".to_vec(), tail].concat();
    let allowed = format!("anna {}\n", key("rsa2048"));
    cases.push(Case { allowed, signature: weak.armored(), ..case("RSA over SHA-1") });
    for cut in (0..blob("ed25519").len()).step_by(7) {
        let signature = armor(&blob("ed25519")[..cut]);
        cases.push(Case { signature, ..case(format!("a blob cut at {cut}")) });
    }
    cases
}

/// One bit flipped at many places, of each kind.
fn flips() -> Vec<Case> {
    let mut cases = Vec::new();
    for kind in KINDS {
        let whole = blob(kind);
        let step = (whole.len() / 40).max(1);
        for at in (0..whole.len()).step_by(step) {
            let mut changed = whole.clone();
            changed[at] ^= 1 << (at % 8);
            let (allowed, signature) = (format!("anna {}\n", key(kind)), armor(&changed));
            cases.push(Case { allowed, signature, ..case(format!("{kind}: byte {at} flipped")) });
        }
    }
    cases
}

fn revocations() -> Vec<Case> {
    let (one, two) = (key("ed25519"), key("second"));
    let cases = [
        ("an empty list", String::new()),
        ("comments", "# nobody\n\n".into()),
        ("the key", one.clone()),
        ("the key with a comment", format!("{one} anna\n")),
        ("the key behind blanks", format!(" \t{one}\n")),
        ("another key", two.clone()),
        ("both", format!("{two}\n{one}\n")),
        ("a broken line before", format!("nonsense\n{two}\n")),
        ("a broken line behind", format!("{two}\nnonsense\n")),
        ("a line of CR", format!("{two}\n\r\n")),
        ("CRLF", format!("{one}\r\n")),
        ("a key of 1024 bits", format!("{}\n{two}\n", key("rsa1024"))),
        ("a DSA key", format!("{}\n{two}\n", key("dsa"))),
        ("a certificate of another key", format!("{}\n", key("certified"))),
        ("a short key", format!("{}\n", &one[..one.len() - 4])),
        ("options", format!("namespaces=\"file\" {two}\n")),
        ("a name before the key", format!("anna {two}\n")),
        ("a fingerprint", "SHA256:OOxAJEpqoHmgmbLjzSCfrYgUG+zeDuZqFNNmTjZUIyw\n".into()),
    ];
    let mut all: Vec<Case> = cases
        .into_iter()
        .map(|(name, list)| Case { revoked: Some(list), ..case(format!("revoked: {name}")) })
        .collect();
    // The second key's certificate takes the second key with it.
    let (allowed, signature) = (format!("anna {two}\n"), stored("second.sig"));
    let revoked = Some(key("certified"));
    all.push(Case { allowed, signature, revoked, ..case("revoked: the key's certificate") });
    all
}
