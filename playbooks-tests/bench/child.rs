//! The measured process: this same program, told by `--bench-child` to probe the estate on its input.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use lifeboat::host::{Clock, Processes, Secrets};
use lifeboat::model::{Estate, EvidenceSet, ProbeKind};
use lifeboat::net::{Admission, Deadline, Door, Http, Pins};
use lifeboat::service::{Field, Resolvers};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What the measured process says.
#[derive(Serialize, Deserialize)]
pub struct Measured {
    pub set: EvidenceSet,
    /// The most memory that it ever had, in KiB.
    pub peak_kib: u64,
}

/// Runs a probe in a process that may hold so many files, and returns what it saw and the whole time.
pub fn probe(estate: &Value, files: u32) -> (Measured, Duration) {
    let program = std::env::current_exe().unwrap();
    let started = Instant::now();
    let mut child = Command::new("sh")
        .args(["-c", &format!("ulimit -n {files}; exec \"$0\" --bench-child")])
        .arg(program)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(estate.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let took = started.elapsed();
    assert!(output.status.success(), "{:?}", output.status);
    (serde_json::from_slice(&output.stdout).unwrap(), took)
}

/// Is the measured process.
pub fn child() -> ExitCode {
    let estate: Estate = serde_json::from_reader(std::io::stdin()).unwrap();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let set = runtime.block_on(async {
        let admission = Admission { allow_private: estate.network.allow_private.clone() };
        let door = Door::live(admission, Pins::new());
        let lookup = Arc::new(Resolvers::new(door.clone(), &estate, std::path::Path::new("/")));
        let field = Field {
            http: Http::with_lookup(door.clone(), lookup),
            door,
            clock: Clock::wall(),
            secrets: Secrets::fixed("none"),
            processes: Processes::refused(),
            base: "/".into(),
            elsewhere: Arc::new(BTreeMap::new()),
        };
        let deadline = Deadline::after(Duration::from_secs(20));
        lifeboat::probe::probe(&estate, &field, &ProbeKind::ALL, None, deadline).await
    });
    runtime.shutdown_background();
    let measured = Measured { set, peak_kib: peak_kib() };
    serde_json::to_writer(std::io::stdout().lock(), &measured).unwrap();
    ExitCode::SUCCESS
}

/// Returns the most memory that this process ever had, in KiB.
pub fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}
