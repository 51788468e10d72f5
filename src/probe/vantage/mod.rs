//! Other places to probe from: a command, for example ssh, that runs Lifeboat there; in a drill, a door.

mod errand;
pub mod report;

use std::time::Duration;

use super::{Against, Scene, here};
use crate::host::{Finished, Job};
use crate::model::{
    Argv, Evidence, Id, Observation, Remote, Vantage, VantageKind, VantageObservation,
};
use crate::net::Stopwatch;

/// The most bytes of a report that are read.
const REPORT: usize = 16 << 20;

/// What is kept of the deadline for a report's way back.
const WAY_BACK: Duration = Duration::from_millis(500);

/// Probes from every vantage that is a command.
pub(super) async fn probe(scene: &Scene<'_>) -> Vec<Evidence> {
    let elsewhere = scene.estate.vantages.iter().filter(|v| v.kind == VantageKind::Command);
    let mut found = Vec::new();
    for running in join_all(elsewhere.map(|vantage| from(scene, vantage))).await {
        found.extend(running);
    }
    found
}

/// Probes from one vantage; one that fails says so, and nothing else.
async fn from(scene: &Scene<'_>, vantage: &Vantage) -> Vec<Evidence> {
    let watch = Stopwatch::start();
    if let Some(there) = scene.field.elsewhere.get(&vantage.id) {
        if !(there.runs)() {
            return vec![failed(scene, &vantage.id, Remote::new("it cannot be reached"), watch)];
        }
        // As its command would: without what only this machine has.
        let (estate, vantage) = (errand::known_there(scene.estate), vantage.id.clone());
        let (field, against) = (&there.field, &Against::default());
        let scene =
            Scene { field, estate: &estate, as_table: None, against, vantage, ..scene.clone() };
        return here(&scene).await;
    }
    let told = match &vantage.argv {
        Some(argv) => send(scene, argv).await,
        None => Err(Remote::new("no `argv` is declared")),
    };
    let told = told.and_then(|document| report::read(scene.estate, &vantage.id, &document));
    told.unwrap_or_else(|why| vec![failed(scene, &vantage.id, why, watch)])
}

/// Runs the command and returns what it wrote.
async fn send(scene: &Scene<'_>, argv: &Argv) -> Result<Vec<u8>, Remote> {
    let within = scene.deadline.left();
    let there = within.saturating_sub(WAY_BACK).max(within / 2);
    let argv = errand::command(argv, there).map_err(|error| Remote::new(error.to_string()))?;
    let job = Job { input: errand::estate(scene.estate), cap: REPORT, within, directory: None };
    let finished = scene.field.processes.run(&argv, job).await;
    let finished = finished.map_err(|error| Remote::new(error.to_string()))?;
    if finished.cut {
        return Err(Remote::new(format!("its report is longer than {REPORT} bytes")));
    }
    if finished.output.trim_ascii().is_empty() {
        return Err(silent(&finished));
    }
    Ok(finished.output)
}

/// Says how a command ended that reported nothing.
fn silent(finished: &Finished) -> Remote {
    let ended = match finished.code {
        Some(code) => format!("exit code {code}, no report"),
        None => "killed by a signal, no report".to_owned(),
    };
    let errors = String::from_utf8_lossy(&finished.errors);
    let last = errors.lines().rev().find(|line| !line.trim().is_empty());
    Remote::new(last.map_or_else(|| ended.clone(), |line| format!("{ended}: {}", line.trim())))
}

fn failed(scene: &Scene<'_>, vantage: &Id, why: Remote, watch: Stopwatch) -> Evidence {
    let observation = VantageObservation { failed: Some(why), ipv4: false, ipv6: false };
    let observation = Observation::Vantage(observation);
    let evidence = scene.evidence(vantage, 1, watch.took(), observation);
    Evidence { vantage: vantage.clone(), ..evidence }
}

/// Waits for all futures at once, in one task.
async fn join_all<T>(futures: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut waiting: Vec<_> = futures.map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(|context| {
        let mut done = true;
        for (future, result) in waiting.iter_mut().filter(|(_, result)| result.is_none()) {
            match future.as_mut().poll(context) {
                std::task::Poll::Ready(value) => *result = Some(value),
                std::task::Poll::Pending => done = false,
            }
        }
        if done { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    waiting.into_iter().filter_map(|(_, result)| result).collect()
}
