//! The options of an `allowed_signers` line (ssh-keygen(1), "ALLOWED SIGNERS").

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// What a line's options say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The key signs certificates, and nothing else.
    pub cert_authority: bool,
    /// The namespaces it may sign in; absent: every one.
    pub namespaces: Option<String>,
    /// Not before (UTC).
    pub valid_after: Option<Timestamp>,
    /// Not after (UTC).
    pub valid_before: Option<Timestamp>,
}

impl Options {
    /// Reads the options' word.
    ///
    /// # Errors
    /// What is wrong, and at which byte of the word.
    pub fn read(word: &str) -> Result<Self, (usize, String)> {
        let mut options = Self::default();
        let mut rest = word;
        loop {
            let at = word.len() - rest.len();
            rest = options.take(rest).map_err(|why| (at, why))?;
            match rest.strip_prefix(',') {
                Some("") => {
                    return Err((word.len(), "an option is missing after the comma".into()));
                }
                Some(next) => rest = next,
                None if rest.is_empty() => break,
                None => return Err((at, format!("`{}` is no option", first(&word[at..])))),
            }
        }
        if let (Some(after), Some(before)) = (options.valid_after, options.valid_before)
            && before <= after
        {
            return Err((0, "`valid-before` is no later than `valid-after`".into()));
        }
        Ok(options)
    }

    /// Takes one option; what is none is left for the caller to name.
    fn take<'a>(&mut self, rest: &'a str) -> Result<&'a str, String> {
        if let Some(rest) = strip(rest, "cert-authority") {
            self.cert_authority = true;
            return Ok(rest);
        }
        if let Some(rest) = strip(rest, "namespaces=") {
            let (value, rest) = quoted(rest)?;
            once(&mut self.namespaces, "namespaces", value)?;
            return Ok(rest);
        }
        for (name, place) in
            [("valid-after", &mut self.valid_after), ("valid-before", &mut self.valid_before)]
        {
            if let Some(rest) = strip(rest, name).and_then(|rest| rest.strip_prefix('=')) {
                let (value, rest) = quoted(rest)?;
                once(place, name, time(&value, name)?)?;
                return Ok(rest);
            }
        }
        Ok(rest)
    }
}

fn once<T>(place: &mut Option<T>, name: &str, value: T) -> Result<(), String> {
    if place.replace(value).is_some() {
        return Err(format!("`{name}` stands twice"));
    }
    Ok(())
}

fn first(options: &str) -> &str {
    options.split(',').next().unwrap_or(options)
}

/// Takes a name off, whatever its case.
fn strip<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let head = text.get(..name.len())?;
    head.eq_ignore_ascii_case(name).then(|| &text[name.len()..])
}

/// Takes a quoted value off; `\"` is a quote inside it.
fn quoted(text: &str) -> Result<(String, &str), String> {
    let inside = text.strip_prefix('"').ok_or("its value must stand in double quotes")?;
    let mut value = String::new();
    let mut chars = inside.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Ok((value, &inside[at + 1..])),
            '\\' if chars.peek().is_some_and(|(_, next)| *next == '"') => {
                value.push('"');
                chars.next();
            }
            _ => value.push(c),
        }
    }
    Err("its closing quote is missing".into())
}

/// Reads `YYYYMMDD`, `YYYYMMDDHHMM` or `YYYYMMDDHHMMSS`, with or without `Z` or `UTC`.
///
/// `ssh-keygen` reads a time without either in the reader's own zone; here it is UTC for everybody.
fn time(text: &str, name: &str) -> Result<Timestamp, String> {
    let wrong =
        || format!("`{name}` wants `YYYYMMDD`, `YYYYMMDDHHMM` or `YYYYMMDDHHMMSS`, then `Z`");
    let cut = |tail: &str| {
        let at = text.len().checked_sub(tail.len()).filter(|at| *at > 0)?;
        text.get(at..)?.eq_ignore_ascii_case(tail).then(|| &text[..at])
    };
    let digits = cut("Z").or_else(|| cut("UTC")).unwrap_or(text);
    let whole = matches!(digits.len(), 8 | 12 | 14) && digits.bytes().all(|b| b.is_ascii_digit());
    if !whole {
        return Err(wrong());
    }
    let read = DateTime::strptime("%Y%m%d%H%M%S", format!("{digits:0<14}")).map_err(|_| wrong());
    let zoned = read?.to_zoned(TimeZone::UTC).map_err(|_| wrong())?;
    let moment = zoned.timestamp();
    if moment == Timestamp::UNIX_EPOCH { Err(wrong()) } else { Ok(moment) }
}

#[cfg(test)]
mod tests {
    use super::Options;

    #[test]
    fn options_are_read() {
        let word = r#"cert-authority,NAMESPACES="a,b\"c",valid-after="20260102",valid-before="20270102030405Z""#;
        let options = Options::read(word).expect("reads");
        assert!(options.cert_authority);
        assert_eq!(options.namespaces.as_deref(), Some("a,b\"c"));
        assert_eq!(
            options.valid_after.map(|at| at.to_string()),
            Some("2026-01-02T00:00:00Z".into())
        );
        assert_eq!(
            options.valid_before.map(|at| at.to_string()),
            Some("2027-01-02T03:04:05Z".into())
        );
    }

    #[test]
    fn what_is_no_option_is_named_with_its_place() {
        for (word, at, said) in [
            ("valid-after=2026", 0, "double quotes"),
            ("valid-after=\"2026\"", 0, "YYYYMMDD"),
            ("cert-authority,nonsense", 15, "`nonsense` is no option"),
            ("cert-authority,", 15, "missing after the comma"),
            ("namespaces=\"a\",namespaces=\"b\"", 15, "stands twice"),
            ("namespaces=\"a", 0, "closing quote"),
            ("valid-after=\"20270101\",valid-before=\"20260101\"", 0, "no later"),
            ("valid-after=\"20261301\"", 0, "YYYYMMDD"),
        ] {
            let (place, why) = Options::read(word).expect_err(word);
            assert!(place == at && why.contains(said), "{word}: {place}, {why}");
        }
    }
}
