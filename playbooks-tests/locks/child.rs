//! Another process at an incident: this same program, told by `--lock-child` what to do, a line at a time.

use lifeboat::host::Processes;
use lifeboat::model::{Argv, Direction, Event, Id, Span};
use lifeboat::store::{Hold, Incident, Incidents, Signer, StoreError};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

/// The machine that every child says it is on.
pub const HOST: &str = "bridge";

/// A child under way; it is killed when it is dropped.
pub struct Other {
    child: Child,
    words: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Other {
    /// Starts one at an incident.
    pub fn at(root: &Path, estate: &str, incident: &Incident) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .arg("--lock-child")
            .args([root, Path::new(estate), Path::new(incident.id().as_str())])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let words = child.stdin.take().unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap());
        Self { child, words, answers }
    }

    /// Says something without waiting for the answer.
    pub fn say(&mut self, line: &str) {
        writeln!(self.words, "{line}").unwrap();
    }

    /// Returns its next answer; empty once it is gone.
    pub fn answer(&mut self) -> String {
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// Says something and returns the answer.
    pub fn ask(&mut self, line: &str) -> String {
        self.say(line);
        self.answer()
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal; one that is to stop it has stopped it when this returns.
    pub fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.pid() as i32), signal).unwrap();
        let stopped = || lifeboat::host::life(self.pid()) == lifeboat::model::Life::Stopped;
        let end = Instant::now() + Duration::from_secs(10);
        while signal == Signal::SIGSTOP && !stopped() {
            assert!(Instant::now() < end, "it does not stop");
            std::thread::yield_now();
        }
    }

    /// Kills it and waits for its end.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Signs as a child does.
pub fn signer(pid: u32) -> Signer<'static> {
    Signer { user: "anna", host: HOST, pid }
}

/// What a child is at.
struct Life {
    root: PathBuf,
    incident: Incident,
    hold: Option<Hold>,
}

/// Is the child: reads lines and answers each.
pub fn run(arguments: &[String]) -> ExitCode {
    let [root, estate, incident] = arguments else { return ExitCode::FAILURE };
    let root = PathBuf::from(root);
    let incidents = Incidents::open(&root, &estate.as_str().into()).unwrap();
    let mut life = Life { root, incident: incidents.incident(incident).unwrap(), hold: None };
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        let words: Vec<&str> = line.split(' ').collect();
        let answer = life.hear(words[0], &words[1..]);
        std::io::stdout().write_all(format!("{answer}\n").as_bytes()).unwrap();
    }
    ExitCode::SUCCESS
}

impl Life {
    fn hear(&mut self, word: &str, rest: &[&str]) -> String {
        let now = jiff::Timestamp::now();
        match word {
            "hold" => said(self.hold(rest)),
            "drop" => {
                self.hold = None;
                "ok".to_owned()
            }
            "start" => {
                let event = Event::Started { digest: "d".to_owned(), direction: Direction::Do };
                said(self.incident.append_run(event, now).map(drop))
            }
            "append" => {
                let event = Event::Noted { by: "old".to_owned(), text: rest.join(" ") };
                said(self.incident.append_run(event, now).map(drop))
            }
            "fence" => said(self.incident.fence()),
            "child" => self.child(),
            "race" => self.race(rest[0].parse().unwrap()),
            other => panic!("what is `{other}`?"),
        }
    }

    fn hold(&mut self, services: &[&str]) -> Result<(), StoreError> {
        let holder = self.incident.holder(signer(std::process::id()), jiff::Timestamp::now());
        let hold = self.incident.hold(holder)?;
        let services = services.iter().map(|service| Id::from(*service)).collect();
        self.hold = Some(self.incident.hold_services(hold, &services, Span::from_secs(9))?);
        Ok(())
    }

    /// Starts a program as the product does, which lives on when this process is killed; returns its id.
    fn child(&self) -> String {
        let file = self.root.join("grandchild");
        let script = format!("echo $$ >{0}.new; mv {0}.new {0}; exec sleep 600", file.display());
        let argv = Argv::new(["sh", "-c", &script].map(str::to_owned).to_vec()).unwrap();
        std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let within = Duration::from_secs(600);
            let job = lifeboat::host::Job { input: Vec::new(), cap: 9, within, directory: None };
            runtime.block_on(Processes::live().run(&argv, job))
        });
        let end = Instant::now() + Duration::from_secs(10);
        loop {
            if let Ok(pid) = fs::read_to_string(&file) {
                return pid.trim().to_owned();
            }
            assert!(Instant::now() < end, "the grandchild does not start");
            std::thread::yield_now();
        }
    }

    /// Takes the locks again and again, and writes down when it goes in and out.
    fn race(&mut self, times: usize) -> String {
        let mut world = fs::OpenOptions::new();
        let mut world = world.append(true).create(true).open(self.root.join("world")).unwrap();
        let (mut held, pid) = (0, std::process::id());
        let end = Instant::now() + Duration::from_secs(60);
        while held < times && Instant::now() < end {
            if self.hold(&["a", "b"]).is_ok() {
                held += 1;
                world.write_all(format!("in {pid}\n").as_bytes()).unwrap();
                world.sync_all().unwrap();
                let again = self.incident.holder(signer(pid), jiff::Timestamp::now());
                if self.incident.again().hold(again).is_ok() {
                    // It is free although somebody is in.
                    world.write_all(b"in 0\n").unwrap();
                }
                world.write_all(format!("out {pid}\n").as_bytes()).unwrap();
            }
            self.hold = None;
        }
        held.to_string()
    }
}

fn said(result: Result<(), StoreError>) -> String {
    match result {
        Ok(()) => "ok".to_owned(),
        Err(error) => format!("no: {error}"),
    }
}
