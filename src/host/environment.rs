//! What the process was started with, read once.

use std::env;
use std::path::PathBuf;

use jiff::tz::TimeZone;

use super::files;

/// A reading of the environment. Nothing in it can approve a change.
#[derive(Clone, Debug)]
pub struct Environment {
    /// The user's state directory: `XDG_STATE_HOME`, else `~/.local/state`; `None` without a home.
    pub state_directory: Option<PathBuf>,
    /// The directory the command was started in.
    pub directory: PathBuf,
    /// The user's login name, for the journal; `unknown` when the system does not say.
    pub user: String,
    /// This machine's name, for the journal.
    pub machine: String,
    /// This process's id, for locks.
    pub process: u32,
    /// Whether `TERM` is `dumb` or missing.
    pub dumb: bool,
    /// Whether `NO_COLOR` is set to anything.
    pub no_color: bool,
    /// `COLUMNS`, where it is a number.
    pub columns: Option<usize>,
    /// `LIFEBOAT_THREADS`, where it is a number of at least one.
    pub threads: Option<usize>,
}

impl Environment {
    /// Reads the environment of this process.
    pub fn read() -> Self {
        let mut read = Self::of(|name| env::var(name).ok());
        read.directory = env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
        read.machine = machine();
        read
    }

    /// Reads an environment given as a function from a variable's name to its value.
    pub fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        let filled = |name: &str| variable(name).filter(|value| !value.is_empty());
        let number = |name: &str| filled(name).and_then(|value| value.parse::<usize>().ok());
        let absolute = |name: &str| filled(name).map(PathBuf::from).filter(|p| p.is_absolute());
        Self {
            state_directory: absolute("XDG_STATE_HOME")
                .or_else(|| absolute("HOME").map(|home| home.join(".local/state"))),
            directory: PathBuf::from("."),
            user: filled("USER").or_else(|| filled("LOGNAME")).unwrap_or_else(unknown),
            machine: unknown(),
            process: std::process::id(),
            dumb: filled("TERM").is_none_or(|term| term == "dumb"),
            no_color: filled("NO_COLOR").is_some(),
            columns: number("COLUMNS").filter(|columns| *columns > 0),
            threads: number("LIFEBOAT_THREADS").filter(|threads| *threads > 0),
        }
    }

    /// Returns the words of the command line, the program's own name first.
    pub fn arguments() -> Vec<std::ffi::OsString> {
        env::args_os().collect()
    }

    /// Returns the reader's time zone.
    pub fn zone() -> TimeZone {
        TimeZone::system()
    }

    /// Returns the directory for short-lived files.
    pub fn temporary() -> PathBuf {
        env::temp_dir()
    }
}

fn unknown() -> String {
    "unknown".to_owned()
}

/// Reads the machine's name from the kernel.
fn machine() -> String {
    let name = files::read_text("/proc/sys/kernel/hostname".as_ref(), 256);
    name.ok()
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .unwrap_or_else(unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &'static [(&str, &str)]) -> Environment {
        Environment::of(|name| pairs.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()))
    }

    #[test]
    fn the_state_directory_follows_the_base_directory_rules() {
        let plain = of(&[("HOME", "/home/u")]);
        assert_eq!(plain.state_directory, Some("/home/u/.local/state".into()));
        let chosen = of(&[("HOME", "/home/u"), ("XDG_STATE_HOME", "/s")]);
        assert_eq!(chosen.state_directory, Some("/s".into()));
        let relative = of(&[("HOME", "/home/u"), ("XDG_STATE_HOME", "s")]);
        assert_eq!(relative.state_directory, Some("/home/u/.local/state".into()));
        assert_eq!(of(&[]).state_directory, None);
    }

    #[test]
    fn the_terminal_is_plain_unless_it_says_otherwise() {
        assert!(of(&[]).dumb);
        assert!(of(&[("TERM", "dumb")]).dumb);
        assert!(!of(&[("TERM", "xterm")]).dumb);
        assert!(of(&[("NO_COLOR", "1")]).no_color);
        assert!(!of(&[("NO_COLOR", "")]).no_color);
    }

    #[test]
    fn threads_are_a_positive_number_or_nothing() {
        assert_eq!(of(&[("LIFEBOAT_THREADS", "1")]).threads, Some(1));
        assert_eq!(of(&[("LIFEBOAT_THREADS", "0")]).threads, None);
        assert_eq!(of(&[("LIFEBOAT_THREADS", "many")]).threads, None);
    }
}
