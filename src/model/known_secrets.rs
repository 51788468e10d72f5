//! The secrets that this process has read, found again in whatever somebody sends back.

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Secret;

/// What a secret may look like on its way back: for each of its characters, every way to write it.
type Form = Vec<Vec<Vec<u8>>>;

/// The alphabet of base64 (RFC 4648 §4).
const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Secrets that are known; a clone knows the same ones.
#[derive(Clone, Default)]
pub struct KnownSecrets(Arc<Mutex<Known>>);

#[derive(Default)]
struct Known {
    secrets: Vec<Secret>,
    forms: Arc<Forms>,
}

/// Every form of every secret, worked out when it is learned: whatever comes is looked through.
#[derive(Clone, Default)]
struct Forms {
    forms: Vec<Form>,
    begins: Begins,
}

/// Every three bytes that a form may begin with, a bit for each; no form is shorter. Most of what comes is none of them.
#[derive(Clone, Default)]
struct Begins(Vec<u64>);

impl KnownSecrets {
    /// The shortest secret that is looked for, in bytes: a shorter one would be found where it is not.
    pub const SHORTEST: usize = 8;

    /// Learns a secret; of `user:password` the password too.
    pub fn learn(&self, secret: &Secret) {
        let whole = secret.expose().trim();
        let parts = [Some(whole), whole.split_once(':').map(|(_, password)| password)];
        for part in parts.into_iter().flatten().filter(|part| part.len() >= Self::SHORTEST) {
            let mut known = self.known();
            if !known.secrets.iter().any(|it| it.expose() == part) {
                known.secrets.push(Secret::new(part));
                Arc::make_mut(&mut known.forms).extend(forms(part));
            }
        }
    }

    /// Overwrites every known secret with asterisks, as many as there were bytes: as it is, escaped for JSON, URLs or
    /// HTML, in hexadecimal, and in base64 wherever it begins. Tells whether there was one.
    pub fn hide(&self, bytes: &mut [u8]) -> bool {
        let forms = Arc::clone(&self.known().forms);
        if forms.forms.is_empty() {
            return false;
        }
        let found = found(bytes, &forms);
        for range in &found {
            bytes[range.clone()].fill(b'*');
        }
        !found.is_empty()
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for KnownSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KnownSecrets({})", self.known().secrets.len())
    }
}

impl Forms {
    fn extend(&mut self, more: Vec<Form>) {
        for form in &more {
            self.begins.take(form, &[]);
        }
        self.forms.extend(more);
    }
}

impl Begins {
    fn take(&mut self, form: &[Vec<Vec<u8>>], begun: &[u8]) {
        if let Some(three) = begun.first_chunk() {
            let bit = Self::bit(three);
            self.0.resize((1 << 16) / 64, 0);
            self.0[bit / 64] |= 1 << (bit % 64);
        } else if let [first, rest @ ..] = form {
            first.iter().for_each(|spelling| self.take(rest, &[begun, spelling].concat()));
        }
    }

    fn may(&self, three: &[u8; 3]) -> bool {
        let bit = Self::bit(three);
        self.0.get(bit / 64).is_some_and(|bits| bits >> (bit % 64) & 1 == 1)
    }

    /// Spreads three bytes over 16 bits (Fibonacci hashing).
    fn bit([one, two, three]: &[u8; 3]) -> usize {
        let number = u32::from_be_bytes([0, *one, *two, *three]);
        (number.wrapping_mul(0x9e37_79b1) >> 16) as usize
    }
}

/// Returns every place that fits a form; two of them may overlap.
fn found(bytes: &[u8], known: &Forms) -> Vec<Range<usize>> {
    let threes = bytes.windows(3).filter_map(|three| three.first_chunk());
    let starts = threes.enumerate().filter(|(_, three)| known.begins.may(three));
    let ends = starts.filter_map(|(at, _)| {
        let end = known.forms.iter().filter_map(|form| end(bytes, at, form)).max()?;
        Some(at..end)
    });
    ends.collect()
}

/// Returns where a form ends that begins at a place; each character may be written in a way of its own.
fn end(bytes: &[u8], start: usize, form: &Form) -> Option<usize> {
    let fits = |spelling: &Vec<u8>| bytes[start..].starts_with(spelling);
    if !form.first()?.iter().any(fits) {
        return None;
    }
    let mut ends = vec![start];
    for spellings in form {
        let mut next: Vec<usize> = Vec::new();
        for from in ends {
            let fits = |spelling: &&Vec<u8>| bytes[from..].starts_with(spelling);
            next.extend(spellings.iter().filter(fits).map(|spelling| from + spelling.len()));
        }
        next.sort_unstable();
        next.dedup();
        ends = next;
    }
    ends.last().copied()
}

fn forms(secret: &str) -> Vec<Form> {
    let mut forms: Vec<Form> = vec![secret.chars().map(spellings).collect()];
    forms.push(secret.bytes().map(|byte| cased(&format!("{byte:02x}"))).collect());
    forms.extend((0..3).map(|before| encoded(secret.as_bytes(), before)));
    forms.retain(|form| !form.is_empty());
    forms
}

/// Returns every way to write a character: RFC 8259 §7, RFC 3986 §2.1 once and twice, HTML, RFC 1035 §5.1.
fn spellings(c: char) -> Vec<Vec<u8>> {
    let raw = c.to_string();
    let mut all = vec![raw.clone().into_bytes()];
    let each = |mark: &str| raw.bytes().map(|byte| format!("{mark}{byte:02x}")).collect::<String>();
    all.extend(cased(&each("%")));
    all.extend(cased(&each("%25")));
    all.extend(units(c, |unit| format!("\\u{unit:04x}")));
    all.extend(units(c, |unit| format!("\\u{unit:04X}")));
    all.push(format!("&#{};", c as u32).into_bytes());
    all.extend(cased(&format!("&#x{:x};", c as u32)));
    all.push(format!("\\{:03}", c as u32).into_bytes());
    let others: &[&str] = match c {
        '"' => &["\\\"", "\\\\\\\"", "&quot;"],
        '\\' => &["\\\\", "\\\\\\\\"],
        '/' => &["\\/"],
        ' ' => &["+"],
        '&' => &["&amp;"],
        '<' => &["&lt;"],
        '>' => &["&gt;"],
        '\'' => &["&apos;", "\\'"],
        '\t' => &["\\t"],
        '+' => &["-"],
        _ => &[],
    };
    all.extend(others.iter().map(|it| it.as_bytes().to_vec()));
    all
}

/// Writes a character as its UTF-16 units.
fn units(c: char, write: impl Fn(u16) -> String) -> Option<Vec<u8>> {
    let units: String = c.encode_utf16(&mut [0; 2]).iter().map(|unit| write(*unit)).collect();
    Some(units.into_bytes())
}

/// Returns a spelling in lower and in upper case, once where they are the same.
fn cased(text: &str) -> Vec<Vec<u8>> {
    let mut both = vec![text.as_bytes().to_vec(), text.to_uppercase().into_bytes()];
    both.dedup();
    both
}

/// Returns the digits of base64 that a secret alone decides when so many bytes stand before it in its group of three,
/// in either alphabet (RFC 4648 §4 and §5).
fn encoded(secret: &[u8], before: usize) -> Form {
    let bits: Vec<bool> = std::iter::repeat_n(0, before)
        .chain(secret.iter().copied())
        .flat_map(|byte: u8| (0..8).rev().map(move |bit| byte >> bit & 1 == 1))
        .collect();
    let digit = |six: &[bool]| {
        let value = six.iter().fold(0, |value, bit| value << 1 | usize::from(*bit));
        char::from(BASE64[value])
    };
    let whole = bits.chunks_exact(6).map(digit);
    let own = whole.skip((before * 8).div_ceil(6));
    let either = |c: char| {
        let mut all = spellings(c);
        all.extend((c == '/').then(|| spellings('_')).into_iter().flatten());
        all
    };
    own.map(either).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CANARY: &str = "c4n\"ry+/%=;é x";

    fn known(secret: &str) -> KnownSecrets {
        let known = KnownSecrets::default();
        known.learn(&Secret::new(secret));
        known
    }

    fn hidden(secret: &str, text: &str) -> String {
        let mut bytes = text.as_bytes().to_vec();
        known(secret).hide(&mut bytes);
        String::from_utf8(bytes).expect("text")
    }

    #[test]
    fn every_way_to_write_it_is_found() {
        let percent: String = CANARY.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let hex: String = CANARY.bytes().map(|byte| format!("{byte:02X}")).collect();
        let units: String = CANARY.encode_utf16().map(|unit| format!("\\u{unit:04X}")).collect();
        for echo in [
            CANARY.to_owned(),
            serde_json::to_string(CANARY).expect("JSON").trim_matches('"').to_owned(),
            percent.to_lowercase(),
            percent.replace("%20", "+"),
            percent,
            hex.to_lowercase(),
            hex,
            units.to_lowercase(),
            units,
            CANARY.replace('"', "&quot;"),
        ] {
            let text = format!("<{echo}>");
            assert_eq!(hidden(CANARY, &text), format!("<{}>", "*".repeat(echo.len())), "{text}");
        }
    }

    #[test]
    fn base64_is_found_wherever_it_begins() {
        use base64::Engine as _;
        use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
        for before in ["", "a", "ab", "abc", "user:"] {
            let whole = format!("{before}{CANARY}{before}");
            for text in [STANDARD.encode(&whole), URL_SAFE_NO_PAD.encode(&whole)] {
                let left = hidden(CANARY, &text).replace('*', "");
                assert!(text.len() - left.len() >= CANARY.len() * 4 / 3 - 2, "{text}: {left}");
            }
        }
    }

    #[test]
    fn two_secrets_that_overlap_are_both_found_whole() {
        let known = known("abcdefghij");
        known.learn(&Secret::new("fghijklmno"));
        let mut bytes = b"-abcdefghijklmno-".to_owned();
        assert!(known.hide(&mut bytes));
        assert_eq!(&bytes, b"-***************-");
    }

    #[test]
    fn a_password_is_found_alone_and_what_is_short_is_not_looked_for() {
        assert_eq!(hidden("lifeboat:s3cret-word", "no s3cret-word"), "no ***********");
        assert_eq!(hidden("admin", "latest admin"), "latest admin");
        let known = known("s3cret-word");
        assert!(!known.hide(&mut []) && known.hide(&mut b"s3cret-word".to_owned()));
        assert_eq!(format!("{known:?}"), "KnownSecrets(1)");
    }
}
