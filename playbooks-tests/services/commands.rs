//! The program itself before a seedbox that is busy, or that says how many requests it takes.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use libtest_mimic::Trial;
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};

use super::fleet::Fleet;
use super::standin::Busy;

pub fn trials() -> Vec<Trial> {
    trials![
        d7_a_plan_whose_service_is_busy_is_refused_in_time_and_says_when,
        d7_a_plan_beyond_what_a_service_says_is_left_is_refused,
        d7_a_run_beyond_what_a_service_says_is_left_by_then_is_refused,
    ]
}

/// A folder with an estate and an open incident, and what the estate reaches.
struct Place {
    folder: tempfile::TempDir,
    fleet: Fleet,
    _servers: Runtime,
}

/// How a call ended.
#[derive(Debug)]
struct Ran {
    code: i32,
    out: String,
    talk: String,
    took: Duration,
}

impl Ran {
    fn said(&self) -> String {
        format!("{}\n{}", self.out, self.talk)
    }
}

impl Place {
    fn start(
        busy: impl FnMut(usize, &str) -> Option<Busy> + Send + 'static,
        headers: impl FnMut(&Value) -> String + Send + 'static,
        quota: &str,
    ) -> Self {
        let servers = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let fleet = servers.block_on(Fleet::start(3, busy, |_| false, headers));
        let folder = tempfile::tempdir().unwrap();
        let estate =
            fleet.estate().replace("kind: transmission,", &format!("kind: transmission,{quota}"));
        std::fs::write(folder.path().join("lifeboat.yaml"), estate).unwrap();
        let place = Self { folder, fleet, _servers: servers };
        assert_eq!(place.run(&["declare", "a storm", "--severity", "major"]).code, 0);
        place
    }

    fn run(&self, words: &[&str]) -> Ran {
        let (folder, watch): (&Path, _) = (self.folder.path(), Instant::now());
        let mut command = Command::new(env!("CARGO_BIN_EXE_lifeboat"));
        command.args(words).current_dir(folder).env_clear().env("HOME", folder).env("USER", "anna");
        let output = command.output().unwrap();
        Ran {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            talk: String::from_utf8(output.stderr).unwrap(),
            took: watch.elapsed(),
        }
    }

    fn plan(&self) -> Ran {
        let words = ["plan", "tracker-loss", "--set", "lost=one", "--set", "backup=two"];
        self.run(&[&words[..], &["--deadline", "4s", "--json"]].concat())
    }
}

fn d7_a_plan_whose_service_is_busy_is_refused_in_time_and_says_when() {
    for (headers, says) in
        [("Retry-After: 40\r\n", "asked again in 40s"), ("Retry-After: 1\r\n", "asked again in 1s")]
    {
        let weather = move |_, _: &str| Some((429, headers.to_owned()));
        let place = Place::start(weather, |_| String::new(), "");
        let ran = place.plan();
        assert_eq!(ran.code, 6, "{}", ran.said());
        assert!(ran.said().contains("`sb` is busy (status 429)"), "{}", ran.said());
        assert!(ran.said().contains(says), "{}", ran.said());
        assert!(ran.took <= Duration::from_millis(4_500), "{:?}", ran.took);
        // Two probes and one reading: nothing has been paid for yet that could be sent again.
        let arrived = place.fleet.seedbox.arrivals().len();
        assert!((1..=3).contains(&arrived), "{arrived}");
        eprintln!("D7: `plan --deadline 4s` ended after {} ms", ran.took.as_millis());
    }
}

fn d7_a_plan_beyond_what_a_service_says_is_left_is_refused() {
    let left = |left: u32| move |_: &Value| format!("X-RateLimit-Remaining: {left}\r\n");
    let enough = Place::start(|_, _| None, left(5_000), "").plan();
    assert_eq!(enough.code, 0, "{}", enough.talk);
    let plan: Value = serde_json::from_str(&enough.out).unwrap();
    let uses = find(&plan, "requests").unwrap()["sb"]["uses"].as_u64().unwrap();
    assert!(uses > 30, "{plan}");
    let ran = Place::start(|_, _| None, left(30), "").plan();
    assert_eq!(ran.code, 6, "{}", ran.said());
    let said = format!("`sb` says that it takes 30 requests now, and the plan would use {uses}");
    assert!(ran.said().contains(&said), "{}", ran.said());
    let quota = Place::start(|_, _| None, left(5_000), " quota: { requests: 30, per: 5m },").plan();
    assert_eq!(quota.code, 6, "{}", quota.talk);
    let said = format!("`sb` takes 30 requests, and the plan would use {uses}");
    assert!(quota.said().contains(&said), "{}", quota.said());
}

/// Between plan and run somebody else spends what was left: nothing is written, and nobody is asked.
fn d7_a_run_beyond_what_a_service_says_is_left_by_then_is_refused() {
    let place = Place::start(
        |_, _| None,
        |call| {
            let of_all = call["arguments"]["ids"].is_null();
            format!("X-RateLimit-Remaining: {}\r\n", if of_all { 5_000 } else { 7 })
        },
        " quota: { requests: 5000, per: 5m },",
    );
    let pinned = place.plan();
    assert_eq!(pinned.code, 0, "{}", pinned.talk);
    let plan: Value = serde_json::from_str(&pinned.out).unwrap();
    let short = find(&plan, "short").unwrap().as_str().unwrap();
    let ran = place.run(&["run", short, "--deadline", "4s"]);
    assert_eq!(ran.code, 6, "{}", ran.said());
    assert!(ran.said().contains("`sb` says that it takes 7 requests now"), "{}", ran.said());
    let lists = place.fleet.lists.lock().unwrap();
    assert!(lists.changes.is_empty(), "nothing was written");
}

/// Finds a key anywhere in a document.
fn find<'v>(value: &'v Value, key: &str) -> Option<&'v Value> {
    match value {
        Value::Object(map) => {
            map.get(key).or_else(|| map.values().find_map(|value| find(value, key)))
        }
        Value::Array(all) => all.iter().find_map(|value| find(value, key)),
        _ => None,
    }
}
