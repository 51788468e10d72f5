//! Plans as files: JSON that a person approves by its digest.

use std::collections::BTreeMap;

use lifeboat::journal::RunState;
use lifeboat::model::Plan;
use lifeboat::plan::{Digest, afford};

use super::{Target, plain, within};

pub const TARGET: Target = Target {
    name: "plan",
    decoders: &["model::Plan::deserialize", "plan::Digest::of"],
    hold,
    planted,
    swollen: &[
        |size| b"[".repeat(size),
        |size| [br#"{"schema":""#, &b"a".repeat(size)[..], b"\"}"].concat(),
        |size| [br#"{"params":{"a":["#, &b"0,".repeat(size / 2)[..], b"0]}}"].concat(),
    ],
};

fn read(bytes: &[u8]) -> Result<Plan, serde_json::Error> {
    serde_json::from_slice(bytes)
}

fn hold(bytes: &[u8]) {
    let plan = match within(bytes, || read(bytes)) {
        Ok(plan) => plan,
        Err(error) => {
            assert!(error.line() <= bytes.split(|byte| *byte == b'\n').count());
            return;
        }
    };
    let digest = Digest::of(&plan);
    let text = serde_json::to_vec(&plan).expect("a plan is plain data");
    let again = read(&text).expect("what was written is read");
    assert!(again == plan, "{plan:?} came back as {again:?}");
    assert_eq!(Digest::of(&again).hex(), digest.hex());
    assert_eq!((digest.hex().len(), digest.short().len()), (64, 8));
    RunState::new(&plan, &digest.hex());
    let nothing_left =
        plan.requests.keys().map(|service| (service.clone(), 0)).collect::<BTreeMap<_, _>>();
    if let Err(refusal) = afford(&plan, &nothing_left) {
        plain(&refusal);
    }
}

/// A plan of an incident with a long name.
fn planted(bytes: &[u8]) -> Option<bool> {
    Some(read(bytes).ok()?.incident.as_str().len() > 44)
}
