//! Printed one-time codes: how one is drawn, printed and read again, and the key that it makes.
//!
//! A code and the salt of its line make an Ed25519 key. The line holds the public half; the code signs what its owner
//! says yes to, and is forgotten. So a record that only says so counts for nothing, here as elsewhere. Sixteen symbols
//! of an alphabet of 31, of which the last one checks the others: 74 bits, each guess at 65,536 rounds.

use sha2::{Digest as _, Sha256};
use ssh_key::private::Ed25519Keypair;
use zeroize::Zeroizing;

use super::fields::put;
use super::seal::Seal;
use super::vouch::{Doubt, Doubted, statement};
use super::{Key, Refusal, SigningFault, SigningKey};
use crate::journal::Vouched;
use crate::model::{
    ApprovalMeans, ApprovalProof, CodeLine, CodeMark, CodeSheets, Event, Id, Mode, Plan, Record,
    Secret,
};

/// The namespace that codes sign in. There is none for a drill, which spends no code.
const NAMESPACE: &str = "lifeboat-code@v1";

/// What codes are written in: no `I`, `L` and `O`, which are read as `1` and `0`; no `U` and `V`, which are heard as each other.
const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKMNPQRSTWXYZ";

/// How many symbols a code has, the last one being the check.
const SYMBOLS: usize = 16;

/// How often SHA-256 is done for one guess.
const ROUNDS: u32 = 1 << 16;

/// A code. It has no `Debug`, no `Display` and no `Serialize`, and is overwritten when dropped.
pub struct Code(Zeroizing<[u8; SYMBOLS]>);

/// Why what was typed is no code at all. None of these words holds any of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Slip {
    /// Too short or too long.
    #[error("a code has {SYMBOLS} characters, and these are {0}")]
    Length(usize),
    /// A character that no code has, counted from 1.
    #[error(
        "its character {0} is in no code: there are digits, and letters without I, L, O, U and V"
    )]
    Symbol(usize),
    /// The last character does not fit the others.
    #[error("one of its characters is wrong: the last one does not fit the others")]
    Check,
}

impl Code {
    /// Makes a code of random bytes; none of its symbols is likelier than another by more than 2^-53.
    pub fn draw(random: [u8; 16]) -> Self {
        let mut values = Zeroizing::new([0; SYMBOLS]);
        let (mut left, base) = (u128::from_be_bytes(random), ALPHABET.len() as u128);
        for value in &mut values[..SYMBOLS - 1] {
            (*value, left) = ((left % base) as u8, left / base);
        }
        // 16 times 2 is 1 modulo 31, so this makes the whole sum 0.
        let base = ALPHABET.len() as u32;
        values[SYMBOLS - 1] = ((base - weighed(&values)) * 2 % base) as u8;
        Self(values)
    }

    /// Reads what somebody typed: in any case, with or without hyphens and blanks; `O` is `0`, `I` and `L` are `1`.
    ///
    /// # Errors
    /// [`Slip`], before anything is looked up.
    pub fn read(typed: &Secret) -> Result<Self, Slip> {
        let mut values = Zeroizing::new([0; SYMBOLS]);
        let mut count = 0;
        for symbol in typed.expose().chars().filter(|c| !matches!(c, ' ' | '-')) {
            let value = value(symbol).ok_or(Slip::Symbol(count + 1))?;
            if let Some(place) = values.get_mut(count) {
                *place = value;
            }
            count += 1;
        }
        match count {
            SYMBOLS if weighed(&values) == 0 => Ok(Self(values)),
            SYMBOLS => Err(Slip::Check),
            other => Err(Slip::Length(other)),
        }
    }

    /// Writes it as it stands on the sheet, in groups of four.
    pub fn printed(&self) -> String {
        let symbols: Vec<char> =
            self.0.iter().map(|value| char::from(ALPHABET[usize::from(*value)])).collect();
        let groups: Vec<String> = symbols.chunks(4).map(|group| group.iter().collect()).collect();
        groups.join("-")
    }

    /// Returns the line that knows it again.
    pub fn line(&self, contact: &Id, number: u8, salt: [u8; 16]) -> CodeLine {
        let pair = Ed25519Keypair::from_seed(&self.seed(contact, number, salt));
        CodeLine { contact: contact.clone(), number, salt, key: pair.public.0 }
    }

    /// Signs a statement, where this is a line's code; `None` where it is another one.
    ///
    /// # Errors
    /// [`SigningFault`] when no key can be made.
    pub fn mark(&self, line: &CodeLine, said: &str) -> Result<Option<CodeMark>, SigningFault> {
        let key = SigningKey::from_seed(&self.seed(&line.contact, line.number, line.salt))?;
        if key.public().blob() != blob(line) {
            return Ok(None);
        }
        let seal = key.sign(said.as_bytes(), NAMESPACE)?;
        Ok(Some(CodeMark { number: line.number, key: line.key_text(), seal }))
    }

    /// Makes the key's secret half, slowly: nobody guesses at it offline.
    fn seed(&self, contact: &Id, number: u8, salt: [u8; 16]) -> Zeroizing<[u8; 32]> {
        let whose = Sha256::digest(format!("lifeboat-code@v1 {contact} {number}"));
        let mut block = Zeroizing::new([0; 64]);
        block[..32].copy_from_slice(&whose);
        block[32..48].copy_from_slice(&salt);
        block[48..].copy_from_slice(&*self.0);
        for _ in 0..ROUNDS {
            let round = Sha256::digest(*block);
            block[..32].copy_from_slice(&round);
        }
        let mut seed = Zeroizing::new([0; 32]);
        seed.copy_from_slice(&block[..32]);
        seed
    }
}

fn value(symbol: char) -> Option<u8> {
    let symbol = match symbol.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    let at = ALPHABET.iter().position(|known| char::from(*known) == symbol)?;
    u8::try_from(at).ok()
}

/// Sums the symbols, each times its place, modulo the prime 31: one wrong symbol changes it, and so do two that changed places.
fn weighed(values: &[u8; SYMBOLS]) -> u32 {
    let sum: u32 =
        (1..).zip(values).map(|(place, value): (u32, _)| place * u32::from(*value)).sum();
    sum % ALPHABET.len() as u32
}

/// Returns the key of a line as a signature names it (RFC 8709 § 4).
fn blob(line: &CodeLine) -> Vec<u8> {
    let mut blob = Vec::new();
    put(&mut blob, b"ssh-ed25519");
    put(&mut blob, &line.key);
    blob
}

/// Judges every approval of a plan by a printed code, as [`super::vouch()`] does those by signature. `spent` says why a
/// code does not count any more.
pub fn vouch_codes(
    plan: &Plan,
    digest: &str,
    records: &[Record],
    sheets: &CodeSheets,
    spent: impl Fn(&Record, &CodeLine) -> Option<Doubt>,
    (vouched, doubted): (&mut Vouched, &mut Vec<Doubted>),
) {
    for record in records {
        let Event::Approved { digest: of, by, means: ApprovalProof::Code, .. } = &record.event
        else {
            continue;
        };
        if of != digest {
            continue;
        }
        let judged = judge(plan, record, sheets)
            .and_then(|(line, key)| spent(record, line).map_or(Ok(key), Err));
        match judged {
            Ok(key) => vouched.add(record.seq, key),
            Err(because) => doubted.push(Doubted { seq: record.seq, by: by.clone(), because }),
        }
    }
}

/// Returns the line that knows a record's code, and its key's fingerprint.
fn judge<'a>(
    plan: &Plan,
    record: &Record,
    sheets: &'a CodeSheets,
) -> Result<(&'a CodeLine, String), Doubt> {
    let Event::Approved { by, code: Some(mark), .. } = &record.event else {
        return Err(Doubt::NoCode);
    };
    if plan.mode == Mode::Drill {
        return Err(Doubt::Drill);
    }
    let takes = |it: &&crate::model::PlannedApproval| it.codes && it.by == ApprovalMeans::Signature;
    let approval = plan.approval.as_ref().filter(takes).ok_or(Doubt::NoCodes)?;
    let mut approvers = approval.approvers.iter();
    let approver = approvers.find(|it| it.contact == by.as_str()).ok_or(Doubt::Stranger)?;
    let known = |line: &&CodeLine| line.number == mark.number && line.key_text() == mark.key;
    let line = sheets.of(by).find(known).ok_or(Doubt::Void(mark.number))?;
    let said = statement(plan, &record.event, approver).ok_or(Doubt::NoCode)?;
    let seal = Seal::parse(mark.seal.as_bytes()).map_err(Refusal::from)?;
    let key = Key::read(&blob(line)).map_err(|_| Doubt::Void(mark.number))?;
    if seal.namespace != NAMESPACE {
        let (found, wanted) = (seal.namespace, NAMESPACE.to_owned());
        return Err(Refusal::Namespace { found, wanted }.into());
    }
    if seal.key != key || !seal.fits(said.as_bytes()) {
        return Err(Refusal::Forged(key.fingerprint()).into());
    }
    Ok((line, key.fingerprint()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<String, Slip> {
        Code::read(&Secret::new(text)).map(|code| code.printed())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn what_is_printed_is_read_and_a_slip_is_noticed(random: [u8; 16], at in 0_usize..16, other in 0_usize..16, by in 1_usize..31) {
            let printed = Code::draw(random).printed();
            prop_assert_eq!(read(&printed), Ok(printed.clone()));
            let heard = printed.to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l");
            prop_assert_eq!(read(&heard), Ok(printed.clone()));
            let plain: Vec<u8> = printed.bytes().filter(|byte| *byte != b'-').collect();
            let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("ASCII");
            let (mut wrong, mut swapped) = (plain.clone(), plain.clone());
            let before = ALPHABET.iter().position(|it| *it == plain[at]).expect("a symbol");
            wrong[at] = ALPHABET[(before + by) % 31];
            prop_assert_eq!(read(&text(&wrong)), Err(Slip::Check));
            swapped.swap(at, other);
            prop_assert_eq!(read(&text(&swapped)).is_ok(), plain[at] == plain[other]);
            prop_assert_eq!(read(&text(&plain[1..])), Err(Slip::Length(15)));
        }

        #[test]
        fn nothing_that_is_typed_is_a_panic(text in any::<String>()) {
            drop(read(&text));
        }
    }

    #[test]
    fn what_is_no_code_says_where_and_repeats_nothing() {
        assert_eq!(read(""), Err(Slip::Length(0)));
        assert_eq!(read("0000-00U0"), Err(Slip::Symbol(7)));
        assert_eq!(read("0000-0000-0000-0000"), Ok("0000-0000-0000-0000".to_owned()));
        assert_eq!(read("0000-0000-0000-00000"), Err(Slip::Length(17)));
        assert_eq!(read("0000-0000-0000-0001"), Err(Slip::Check));
    }

    #[test]
    fn a_code_is_of_one_line() {
        let (ben, salt) = (Id::from("ben"), [7; 16]);
        let (code, other) = (Code::draw([1; 16]), Code::draw([2; 16]));
        let line = code.line(&ben, 3, salt);
        let mark = |code: &Code, line: &CodeLine| code.mark(line, "yes").expect("signs").is_some();
        assert!(mark(&code, &line));
        assert!(!mark(&other, &line));
        for moved in [
            CodeLine { number: 4, ..line.clone() },
            CodeLine { contact: Id::from("carla"), ..line.clone() },
            CodeLine { salt: [8; 16], ..line.clone() },
        ] {
            assert!(!mark(&code, &moved), "{moved}");
        }
    }
}
