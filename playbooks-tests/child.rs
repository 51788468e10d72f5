//! This very program as a process of its own, whose memory and time are its alone.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::Value;

/// Starts it in a mode, hands it its work, and returns what it measured.
pub fn measured(mode: &str, work: &Value, environment: &[(String, String)]) -> Value {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .arg(mode)
        .envs(environment.iter().cloned())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(work.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{:?}", output.status);
    serde_json::from_slice(&output.stdout).unwrap()
}
