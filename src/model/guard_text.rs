//! Guards as text: the grammar of conditions.
//!
//! ```text
//! any    = all ("or" all)*          all  = not ("and" not)*      not = "not" not | "(" any ")" | atom
//! atom   = "known(" fact ")" | "count(" fact "is" truth "," "by:" ("vantage"|"subject") ")" cmp bound
//!        | "age(" fact "is" truth ")" cmp span | step "=" way | "otherwise"
//!        | fact [ "is" ["not"] truth | cmp bound ]
//! fact   = name [ "(" argument ("," argument)* ")" ]             argument = "$" name ["." path] | id
//! ```

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

use super::{Argument, Bound, Comparison, CountBy, FactKind, Guard, Query, Remote, Span, Truth};

/// Why a text is no guard, and where.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}", Remote::spelt(message))]
pub struct GuardError {
    /// Where in the text, in bytes from its start.
    pub offset: usize,
    /// What was found and what was expected.
    pub message: String,
    /// The name that is not in the catalogue, where that is what went wrong.
    pub unknown_fact: Option<String>,
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

type Parsed<T> = Result<T, GuardError>;

/// The deepest nesting of parentheses and `not`.
const DEPTH: u8 = 32;

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn skip_space(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    fn fail<T>(&self, message: impl Into<String>) -> Parsed<T> {
        Err(GuardError { offset: self.at, message: message.into(), unknown_fact: None })
    }

    /// Takes a sign such as `(` or `>=` when it comes next.
    fn sign(&mut self, sign: &str) -> bool {
        self.skip_space();
        let taken = self.rest().starts_with(sign);
        self.at += if taken { sign.len() } else { 0 };
        taken
    }

    fn expect(&mut self, sign: &str) -> Parsed<()> {
        if self.sign(sign) {
            return Ok(());
        }
        let found = self.rest().split_whitespace().next().unwrap_or("the end");
        self.fail(format!("expected `{sign}`, found `{found}`"))
    }

    fn peek_word(&mut self) -> &'a str {
        self.skip_space();
        let rest = self.rest();
        let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let end = rest.find(|c| !part(c)).unwrap_or(rest.len());
        rest[..end].trim_end_matches('.')
    }

    fn word(&mut self, wanted: &str) -> bool {
        let taken = self.peek_word() == wanted;
        self.at += if taken { wanted.len() } else { 0 };
        taken
    }

    fn any_word(&mut self, what: &str) -> Parsed<&'a str> {
        let word = self.peek_word();
        if word.is_empty() {
            let found = self.rest().chars().next().map_or("the end".into(), |c| format!("`{c}`"));
            return self.fail(format!("expected {what}, found {found}"));
        }
        self.at += word.len();
        Ok(word)
    }

    fn any(&mut self, depth: u8) -> Parsed<Guard> {
        let mut parts = vec![self.all(depth)?];
        while self.word("or") {
            parts.push(self.all(depth)?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Guard::Any(parts) })
    }

    fn all(&mut self, depth: u8) -> Parsed<Guard> {
        let mut parts = vec![self.not(depth)?];
        while self.word("and") {
            parts.push(self.not(depth)?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Guard::All(parts) })
    }

    fn not(&mut self, depth: u8) -> Parsed<Guard> {
        if depth == 0 {
            return self.fail("nested too deeply");
        }
        if self.word("not") {
            return Ok(Guard::Not(Box::new(self.not(depth - 1)?)));
        }
        if self.sign("(") {
            let inner = self.any(depth - 1)?;
            self.expect(")")?;
            return Ok(inner);
        }
        self.atom()
    }

    fn atom(&mut self) -> Parsed<Guard> {
        let start = self.at;
        let word = self.any_word("a fact")?;
        match word {
            "otherwise" => return Ok(Guard::Always),
            "known" if self.sign("(") => {
                let query = self.query()?;
                self.expect(")")?;
                return Ok(Guard::Known(query));
            }
            "count" if self.sign("(") => return self.count(),
            "age" if self.sign("(") => return self.age(),
            _ => {}
        }
        if word.parse::<FactKind>().is_err() && self.sign("=") {
            let way = self.any_word("the name of a way")?;
            return Ok(Guard::Took { branch: word.into(), way: way.into() });
        }
        self.at = start;
        self.fact_test()
    }

    fn fact_test(&mut self) -> Parsed<Guard> {
        let query = self.query()?;
        if self.word("is") {
            let negated = self.word("not");
            return Ok(Guard::Is { query, truth: self.truth()?, negated });
        }
        if let Some(comparison) = self.comparison() {
            return Ok(Guard::Measure { query, comparison, bound: self.bound()? });
        }
        Ok(Guard::Is { query, truth: Truth::True, negated: false })
    }

    fn count(&mut self) -> Parsed<Guard> {
        let (query, truth) = self.tested()?;
        self.expect(",")?;
        self.expect("by")?;
        self.expect(":")?;
        let by = match self.any_word("`vantage` or `subject`")? {
            "vantage" => CountBy::Vantage,
            "subject" => CountBy::Subject,
            other => {
                return self.fail(format!("cannot count by `{other}`; `vantage` or `subject`"));
            }
        };
        self.expect(")")?;
        let comparison = self.needed_comparison()?;
        Ok(Guard::Count { query, truth, by, comparison, bound: self.bound()? })
    }

    fn age(&mut self) -> Parsed<Guard> {
        let (query, truth) = self.tested()?;
        self.expect(")")?;
        let comparison = self.needed_comparison()?;
        let span = match self.bound()? {
            Bound::Span(span) => span,
            Bound::Number(n) => {
                return self.fail(format!("`{n}` has no unit; write for example `2h`"));
            }
            Bound::Percent(_) => return self.fail("an age is a length of time, for example `2h`"),
        };
        Ok(Guard::Age { query, truth, comparison, span })
    }

    fn tested(&mut self) -> Parsed<(Query, Truth)> {
        let query = self.query()?;
        if !self.word("is") {
            return self.fail("expected `is true`, `is false` or `is unknown`");
        }
        Ok((query, self.truth()?))
    }

    fn truth(&mut self) -> Parsed<Truth> {
        match self.any_word("`true`, `false` or `unknown`")? {
            "true" => Ok(Truth::True),
            "false" => Ok(Truth::False),
            "unknown" => Ok(Truth::Unknown),
            other => self.fail(format!("`{other}` is no truth; `true`, `false` or `unknown`")),
        }
    }

    fn comparison(&mut self) -> Option<Comparison> {
        use Comparison::{AtLeast, AtMost, Equal, Less, More};
        [AtMost, AtLeast, Less, More, Equal].into_iter().find(|c| self.sign(c.sign()))
    }

    fn needed_comparison(&mut self) -> Parsed<Comparison> {
        match self.comparison() {
            Some(comparison) => Ok(comparison),
            None => self.fail("expected one of `<`, `<=`, `=`, `>=`, `>`"),
        }
    }

    fn bound(&mut self) -> Parsed<Bound> {
        let word = self.any_word("a number, a share or a length of time")?;
        if let Ok(number) = word.parse::<f64>() {
            let share = self.sign("%");
            return Ok(if share { Bound::Percent(number) } else { Bound::Number(number) });
        }
        match Span::parse(word) {
            Ok(span) => Ok(Bound::Span(span)),
            Err(error) => self.fail(error.to_string()),
        }
    }

    fn query(&mut self) -> Parsed<Query> {
        self.skip_space();
        let start = self.at;
        let name = self.any_word("a fact")?;
        let kind = name.parse::<FactKind>().map_err(|error| GuardError {
            offset: start,
            message: error.to_string(),
            unknown_fact: Some(name.to_owned()),
        })?;
        let mut arguments = Vec::new();
        if self.sign("(") {
            arguments.push(self.argument()?);
            while self.sign(",") {
                arguments.push(self.argument()?);
            }
            self.expect(")")?;
        }
        let most = kind.arguments().len();
        if arguments.len() > most {
            return self
                .fail(format!("`{kind}` takes {most} arguments, {} given", arguments.len()));
        }
        Ok(Query { kind, arguments })
    }

    fn argument(&mut self) -> Parsed<Argument> {
        if self.sign("$") {
            let word = self.any_word("a parameter")?;
            let (name, path) = word.split_once('.').map_or((word, None), |(n, p)| (n, Some(p)));
            let path = path.map(str::to_owned);
            return Ok(Argument::Parameter { name: name.to_owned(), path });
        }
        Ok(Argument::Id(self.any_word("an id or a parameter")?.into()))
    }

    fn end<T>(&mut self, value: T) -> Parsed<T> {
        self.skip_space();
        match self.rest().split_whitespace().next() {
            None => Ok(value),
            Some(found) => self.fail(format!("expected the end, found `{found}`")),
        }
    }
}

impl FromStr for Guard {
    type Err = GuardError;

    fn from_str(text: &str) -> Parsed<Self> {
        let mut parser = Parser { text, at: 0 };
        let guard = parser.any(DEPTH)?;
        parser.end(guard)
    }
}

impl FromStr for Query {
    type Err = GuardError;

    fn from_str(text: &str) -> Parsed<Self> {
        let mut parser = Parser { text, at: 0 };
        let query = parser.query()?;
        parser.end(query)
    }
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind)?;
        let shown: Vec<String> = self.arguments.iter().map(ToString::to_string).collect();
        if shown.is_empty() { Ok(()) } else { write!(f, "({})", shown.join(", ")) }
    }
}

impl fmt::Display for Argument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Parameter { name, path: Some(path) } => write!(f, "${name}.{path}"),
            Self::Parameter { name, path: None } => write!(f, "${name}"),
            Self::Id(id) => write!(f, "{id}"),
        }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Percent(share) => write!(f, "{share} %"),
            Self::Span(span) => write!(f, "{span}"),
        }
    }
}

impl fmt::Display for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All(parts) => join(f, parts, " and "),
            Self::Any(parts) => join(f, parts, " or "),
            Self::Not(inner) => write!(f, "not ({inner})"),
            Self::Is { query, truth, negated } => {
                write!(f, "{query} is {}{truth}", if *negated { "not " } else { "" })
            }
            Self::Known(query) => write!(f, "known({query})"),
            Self::Measure { query, comparison, bound } => {
                write!(f, "{query} {} {bound}", comparison.sign())
            }
            Self::Count { query, truth, by, comparison, bound } => {
                let by = match by {
                    CountBy::Vantage => "vantage",
                    CountBy::Subject => "subject",
                };
                write!(f, "count({query} is {truth}, by: {by}) {} {bound}", comparison.sign())
            }
            Self::Age { query, truth, comparison, span } => {
                write!(f, "age({query} is {truth}) {} {span}", comparison.sign())
            }
            Self::Took { branch, way } => write!(f, "{branch} = {way}"),
            Self::Always => f.write_str("otherwise"),
        }
    }
}

/// Writes the parts of `and` or `or`; parts that are themselves joined stand in parentheses.
fn join(f: &mut fmt::Formatter<'_>, parts: &[Guard], sign: &str) -> fmt::Result {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            f.write_str(sign)?;
        }
        if matches!(part, Guard::All(_) | Guard::Any(_)) {
            write!(f, "({part})")?;
        } else {
            write!(f, "{part}")?;
        }
    }
    Ok(())
}

/// Gives guards and queries their textual serde form and schema.
macro_rules! serde_as_text {
    ($type:ty, $name:literal) => {
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        impl JsonSchema for $type {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "format": $name })
            }
        }
    };
}
serde_as_text!(Guard, "guard");
serde_as_text!(Query, "query");

#[cfg(test)]
mod tests {
    use super::{Guard, GuardError};

    fn shown(text: &str) -> Result<String, GuardError> {
        text.parse::<Guard>().map(|guard| guard.to_string())
    }

    #[test]
    fn guards_are_read_and_shown_alike() {
        for text in [
            "dns.authority.answers($failed) is true",
            "dns.authority.answers($standby) is not true",
            "count(dns.authority.answers($failed) is false, by: vantage) >= 1",
            "resolver.answers-right($zone.critical) >= 95 %",
            "age(dns.authority.answers($failed) is true) >= 2h",
            "road = switch",
            "known(observer.healthy)",
            "not (observer.healthy is true)",
            "zone.parity($standby, git) is true and dnssec.safe-to-move($zone, $standby) is true",
            "(observer.ipv4 is true or observer.ipv6 is true) and tracker.answers(t-1) is false",
        ] {
            assert_eq!(shown(text), Ok(text.to_owned()));
        }
    }

    #[test]
    fn a_bare_fact_means_is_true() {
        let text = "postmortem.accepted and actions.all-owned";
        let full = "postmortem.accepted is true and actions.all-owned is true";
        assert_eq!(shown(text), Ok(full.to_owned()));
    }

    #[test]
    fn mistakes_are_named_where_they_stand() {
        let unknown = shown("observer.healthy and dns.authority.anwsers($a)").unwrap_err();
        assert_eq!(
            (unknown.offset, unknown.unknown_fact.as_deref()),
            (21, Some("dns.authority.anwsers"))
        );
        for (text, offset) in [
            ("", 0),
            ("observer.healthy is maybe", 25),
            ("count(observer.healthy is false) >= 1", 31),
            ("age(observer.healthy is true) >= 2", 34),
            ("(observer.healthy", 17),
            ("observer.healthy observer.ipv4", 17),
        ] {
            assert_eq!(shown(text).map_err(|error| error.offset), Err(offset), "{text}");
        }
    }

    #[test]
    fn deep_nesting_is_refused() {
        assert!(shown(&"(".repeat(10_000)).is_err());
        assert!(shown(&"not ".repeat(10_000)).is_err());
    }
}
