//! Whether a process of this machine still lives.

use super::files;
use crate::model::Life;

/// Looks at a process of this machine by its id.
pub fn life(process: u32) -> Life {
    let path = format!("/proc/{process}/stat");
    match files::read_text(path.as_ref(), 4096) {
        Ok(text) => of_stat(&text),
        Err(error) if error.is_absent() => Life::Gone,
        Err(_) => Life::Unknown,
    }
}

/// Reads the state out of `/proc/PID/stat` (proc(5)): the letter after the name in brackets.
fn of_stat(text: &str) -> Life {
    match text.rsplit(')').next().and_then(|rest| rest.trim_start().chars().next()) {
        Some('T' | 't') => Life::Stopped,
        Some('Z' | 'X' | 'x') => Life::Gone,
        Some(_) => Life::Runs,
        None => Life::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_runs_and_none_has_the_last_id() {
        assert_eq!(life(std::process::id()), Life::Runs);
        assert_eq!(life(u32::MAX), Life::Gone);
    }

    #[test]
    fn states_are_read_behind_any_name() {
        assert_eq!(of_stat("7 (a) T (b) T 1 7"), Life::Stopped);
        assert_eq!(of_stat("7 (Z) S 1 7"), Life::Runs);
        assert_eq!(of_stat("7 (x) Z 1 7"), Life::Gone);
        assert_eq!(of_stat(""), Life::Unknown);
    }
}
