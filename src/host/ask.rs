//! Asking a person. Only a terminal, a test's script or nobody answers; no pipe and no variable does.

use std::collections::VecDeque;
use std::io::{self, BufRead, IsTerminal, Read, Write};
use std::sync::{Mutex, PoisonError};

use dialoguer::theme::{SimpleTheme, Theme};
use nix::errno::Errno;

use super::{HostError, Terminal};
use crate::model::ScreenText;

/// Whoever answers questions. A call blocks until the answer is there.
pub trait Ask: Send + Sync {
    /// Shows a prompt exactly as given, apart from what would drive the terminal, and returns the line typed, without its end.
    ///
    /// # Errors
    /// [`HostError::NoTerminal`] when nobody can be asked, [`HostError::Interrupted`] on Ctrl-D,
    /// [`HostError::Hangup`] when the terminal went away.
    fn ask(&self, prompt: &str) -> Result<String, HostError>;
}

/// The longest line that a person types, in bytes; the kernel's own limit is below.
const LINE: u64 = 1 << 16;

/// The person at the terminal; the prompt goes to standard error.
///
/// The terminal stays as it is: the kernel edits the line, so whoever breaks off leaves nothing to put back.
/// dialoguer gives the prompt its look; its own input reads key by key from a raw terminal, which a process that
/// a signal ends would leave behind.
#[derive(Clone, Copy, Debug)]
pub struct TerminalAsk {
    attended: bool,
}

impl TerminalAsk {
    /// Asks at this terminal; standard input and standard error must both be one.
    pub fn new(terminal: &Terminal) -> Self {
        Self { attended: terminal.input && terminal.talk }
    }
}

impl Ask for TerminalAsk {
    fn ask(&self, prompt: &str) -> Result<String, HostError> {
        if !self.attended {
            return Err(HostError::NoTerminal);
        }
        say(&ScreenText::new(&looks(prompt)))?;
        let mut line = Vec::new();
        let read = io::stdin().lock().take(LINE).read_until(b'\n', &mut line);
        read.map_err(failed)?;
        if line.ends_with(b"\n") {
            return Ok(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned());
        }
        // A line that was not finished is no answer.
        if !io::stdin().is_terminal() {
            return Err(HostError::Hangup);
        }
        say(&ScreenText::new("\n"))?;
        Err(HostError::Interrupted)
    }
}

/// Gives a prompt that asks for a value (`target: `) its look; any other is shown as it is.
fn looks(prompt: &str) -> String {
    let mut shown = String::new();
    let asked = prompt.strip_suffix(": ");
    match asked.map(|asked| SimpleTheme.format_input_prompt(&mut shown, asked, None)) {
        Some(Ok(())) => shown,
        Some(Err(_)) | None => prompt.to_owned(),
    }
}

/// Writes to standard error, and holds it no longer: others may have to say something meanwhile.
fn say(words: &ScreenText) -> Result<(), HostError> {
    let mut stderr = io::stderr().lock();
    stderr.write_all(words.as_bytes()).and_then(|()| stderr.flush()).map_err(failed)
}

/// Tells a terminal that went away from one that failed.
fn failed(error: io::Error) -> HostError {
    let gone = error.raw_os_error() == Some(Errno::EIO as i32);
    if gone || error.kind() == io::ErrorKind::BrokenPipe {
        HostError::Hangup
    } else {
        HostError::Terminal(error)
    }
}

/// Answers written beforehand, each to be used once and in order; remembers what was asked.
#[derive(Debug, Default)]
pub struct ScriptedAsk {
    answers: Mutex<VecDeque<String>>,
    asked: Mutex<Vec<String>>,
}

impl ScriptedAsk {
    /// Makes a script of answers.
    pub fn new(answers: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let answers = answers.into_iter().map(Into::into).collect();
        Self { answers: Mutex::new(answers), asked: Mutex::default() }
    }

    /// Adds an answer at the end.
    pub fn add(&self, answer: impl Into<String>) {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).push_back(answer.into());
    }

    /// Returns the prompts so far.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Ask for ScriptedAsk {
    fn ask(&self, prompt: &str) -> Result<String, HostError> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).push(prompt.to_owned());
        let next = self.answers.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        next.ok_or(HostError::NoTerminal)
    }
}

/// Nobody: every question is refused.
#[derive(Clone, Copy, Debug)]
pub struct Deny;

impl Ask for Deny {
    fn ask(&self, _prompt: &str) -> Result<String, HostError> {
        Err(HostError::NoTerminal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_is_shown_to_the_letter() {
        for prompt in ["short digest: ", "Go on?\nanswer: ", "12:00:00 exercise> ", ": "] {
            assert_eq!(looks(prompt), prompt);
        }
    }

    #[test]
    fn a_script_answers_in_order_and_then_nobody_does() {
        let script = ScriptedAsk::new(["a1b2c3d4"]);
        script.add("zone-a");
        assert_eq!(script.ask("short digest: ").expect("answers"), "a1b2c3d4");
        assert_eq!(script.ask("target: ").expect("answers"), "zone-a");
        assert!(matches!(script.ask("answer: "), Err(HostError::NoTerminal)));
        assert_eq!(script.asked(), ["short digest: ", "target: ", "answer: "]);
        assert!(matches!(Deny.ask("answer: "), Err(HostError::NoTerminal)));
    }
}
