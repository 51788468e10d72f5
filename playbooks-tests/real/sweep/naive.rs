//! A naive engine, for the sweep to find out: it does, and then writes down what it did. It is not shipped.

use jiff::Timestamp;
use lifeboat::document::{self, Source};
use lifeboat::host::{Clock, Processes, Secrets};
use lifeboat::model::{Estate, Plan, Work};
use lifeboat::net::{Admission, Door, Http, Pins};
use lifeboat::service::Field;
use serde_json::{Value, json};
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

/// Takes the run of the folder it stands in up, to its end.
pub fn child() -> ExitCode {
    let text = fs::read_to_string("lifeboat.yaml").unwrap();
    let estate = document::estate(&Source::new("lifeboat.yaml".to_owned(), text)).unwrap();
    let incident = incident();
    let plan = fs::read_dir(incident.join("plans")).unwrap().next().unwrap().unwrap().path();
    let plan = fs::read_to_string(plan).unwrap();
    let plan: Plan = serde_json::from_str(&plan).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(carry_out(&field(&estate), &estate, &plan, &incident));
    ExitCode::SUCCESS
}

async fn carry_out(field: &Field, estate: &Estate, plan: &Plan, incident: &Path) {
    let journal = incident.join("journal.jsonl");
    for step in &plan.steps {
        if is_done(&journal, step.id.as_str()) {
            continue;
        }
        if let Work::Change(planned) = &step.work {
            for change in &planned.changes {
                lifeboat::action::write(field, estate, change, "key").await;
            }
            let settled = json!({"step": step.id, "direction": "do", "end": "landed"});
            append(&journal, &json!({"settled": settled}));
        } else if let Work::Message { .. } = &step.work {
            let name = format!("{}-{}.en.md", std::process::id(), step.id);
            fs::create_dir_all(incident.join("messages")).unwrap();
            fs::write(incident.join("messages").join(name), "We moved everything.\n").unwrap();
            append(&journal, &json!({"told": {"step": step.id}}));
        }
    }
}

fn is_done(journal: &Path, step: &str) -> bool {
    let text = fs::read_to_string(journal).unwrap();
    let done = |line: &str| {
        let Ok(record) = serde_json::from_str::<Value>(line) else { return false };
        let event = &record["event"];
        event["settled"]["step"] == step || event["told"]["step"] == step
    };
    text.lines().any(done)
}

fn append(journal: &Path, event: &Value) {
    let mut file = OpenOptions::new().append(true).open(journal).unwrap();
    file.write_all(format!("{}\n", json!({"at": Timestamp::now(), "event": event})).as_bytes())
        .unwrap();
    file.sync_data().unwrap();
}

fn field(estate: &Estate) -> Field {
    let admission = Admission { allow_private: estate.network.allow_private.clone() };
    let door = Door::live(admission, Pins::new());
    let base = std::env::current_dir().unwrap();
    Field {
        http: Http::new(door.clone()),
        door,
        clock: Clock::wall(),
        secrets: Secrets::live(&base),
        processes: Processes::live(),
        base,
        elsewhere: Arc::default(),
    }
}

/// Returns the one path below a folder that a journal lies in.
fn incident() -> PathBuf {
    let mut below = fs::read_dir("incidents/sweep").unwrap().map(|it| it.unwrap().path());
    below.find(|path| path.join("journal.jsonl").exists()).unwrap()
}
