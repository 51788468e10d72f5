//! Commands as separate arguments. There is no shell anywhere.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A command: its program and its arguments, each of them one argument whatever is in it.
///
/// The words of a document are taken as they stand there. A command of this program's own is made of words that are
/// written in its source, and of values, each of which says how it comes in: as the value of an option, or as an operand
/// that can be no option.
///
/// ```
/// use lifeboat::model::Argv;
///
/// let value = String::from("--upload-pack=touch /tmp/x");
/// let git = Argv::of("git").word("ls-remote");
/// assert!(git.clone().operand(&value).is_err());
/// assert_eq!(git.option("--git-dir", &value).unwrap().arguments()[1], "--git-dir=--upload-pack=touch /tmp/x");
/// ```
///
/// A value is no word, so that it cannot become an option:
///
/// ```compile_fail,E0597
/// use lifeboat::model::Argv;
///
/// let value = String::from("--upload-pack=touch /tmp/x");
/// let git = Argv::of("git").word("ls-remote");
/// let git = git.word(&value);
/// ```
///
/// Nor is it the name of one, or a program:
///
/// ```compile_fail,E0597
/// use lifeboat::model::Argv;
///
/// let value = String::from("--upload-pack=touch /tmp/x");
/// let git = Argv::of("git").word("ls-remote");
/// let git = git.option(&value, "x");
/// ```
///
/// ```compile_fail,E0597
/// use lifeboat::model::Argv;
///
/// let value = String::from("--upload-pack=touch /tmp/x");
/// let git = Argv::of(&value).word("ls-remote");
/// ```
///
/// And no text becomes a command:
///
/// ```compile_fail,E0277
/// use lifeboat::model::Argv;
///
/// let value = String::from("git ls-remote; touch /tmp/x");
/// let git: Argv = value.into();
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
#[schemars(with = "Vec<String>", extend("minItems" = 1))]
pub struct Argv(Vec<String>);

/// Why words make no command.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ArgvError {
    /// There is no program.
    #[error("a command begins with its program")]
    NoProgram,
    /// The system ends an argument at a zero byte, and would lose what follows.
    #[error("an argument holds a zero byte")]
    Zero,
    /// A value that whoever is called would take for an option.
    #[error("`{}` begins with a dash, and is to be a value", super::Remote::new(.0.as_str()))]
    Option(String),
}

impl Argv {
    /// Makes a command of the words of a document: its program and its arguments.
    ///
    /// # Errors
    /// [`ArgvError::NoProgram`] and [`ArgvError::Zero`].
    pub fn new(words: Vec<String>) -> Result<Self, ArgvError> {
        if words.first().is_none_or(String::is_empty) {
            return Err(ArgvError::NoProgram);
        }
        words.iter().try_for_each(|word| whole(word).map(drop))?;
        Ok(Self(words))
    }

    /// Begins a command of this program's own.
    pub fn of(program: &'static str) -> Self {
        Self(vec![program.to_owned()])
    }

    /// Adds an argument of this program's own.
    #[must_use]
    pub fn word(mut self, word: &'static str) -> Self {
        self.0.push(word.to_owned());
        self
    }

    /// Adds arguments of this program's own.
    #[must_use]
    pub fn words(self, words: &[&'static str]) -> Self {
        words.iter().fold(self, |argv, word| argv.word(word))
    }

    /// Adds an option with its value, both in one argument: `--name=value`.
    ///
    /// # Errors
    /// [`ArgvError::Zero`].
    pub fn option(mut self, name: &'static str, value: &str) -> Result<Self, ArgvError> {
        self.0.push(format!("{name}={}", whole(value)?));
        Ok(self)
    }

    /// Adds a value that is an argument of its own.
    ///
    /// # Errors
    /// [`ArgvError::Zero`], and [`ArgvError::Option`] for one that begins with a dash, also behind a `--`.
    pub fn operand(mut self, value: &str) -> Result<Self, ArgvError> {
        if value.starts_with('-') {
            return Err(ArgvError::Option(value.to_owned()));
        }
        self.0.push(whole(value)?.to_owned());
        Ok(self)
    }

    /// Returns the program.
    pub fn program(&self) -> &str {
        self.0.first().map_or("", String::as_str)
    }

    /// Returns the arguments after the program.
    pub fn arguments(&self) -> &[String] {
        self.0.get(1..).unwrap_or_default()
    }
}

/// Passes on a text without a zero byte.
fn whole(text: &str) -> Result<&str, ArgvError> {
    if text.contains('\0') { Err(ArgvError::Zero) } else { Ok(text) }
}

impl TryFrom<Vec<String>> for Argv {
    type Error = ArgvError;

    fn try_from(words: Vec<String>) -> Result<Self, ArgvError> {
        Self::new(words)
    }
}

impl From<Argv> for Vec<String> {
    fn from(argv: Argv) -> Self {
        argv.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn a_command_of_a_document_stands_as_written() {
        let argv = Argv::new(words(&["ssh", "-v", "there"])).expect("a command");
        assert_eq!((argv.program(), argv.arguments()), ("ssh", &words(&["-v", "there"])[..]));
        assert_eq!(Argv::new(Vec::new()), Err(ArgvError::NoProgram));
        assert_eq!(Argv::new(words(&["", "x"])), Err(ArgvError::NoProgram));
        assert_eq!(Argv::new(words(&["a", "b\0c"])), Err(ArgvError::Zero));
        assert!(serde_json::from_str::<Argv>("[]").is_err());
        assert!(serde_json::from_str::<Argv>(r#"["a", "b\u0000"]"#).is_err());
        assert_eq!(serde_json::to_string(&argv).expect("JSON"), r#"["ssh","-v","there"]"#);
    }

    #[test]
    fn a_value_is_one_argument_and_no_option() {
        let git = Argv::of("git").words(&["fetch", "--"]);
        let made = git.clone().operand("a b; $(c)").expect("an operand");
        assert_eq!(made.arguments(), words(&["fetch", "--", "a b; $(c)"]));
        for hostile in ["-", "--upload-pack=x", "-oProxyCommand=x"] {
            assert_eq!(git.clone().operand(hostile), Err(ArgvError::Option(hostile.to_owned())));
        }
        assert_eq!(git.clone().operand("a\0b"), Err(ArgvError::Zero));
        assert_eq!(git.option("--x", "a\0"), Err(ArgvError::Zero));
    }
}
