//! What another vantage reports: a document of somebody else's machine.

use std::sync::LazyLock;

use lifeboat::document::{self, Source};
use lifeboat::model::{Estate, Id, Observation};
use lifeboat::probe::vantage::report;

use super::{Target, plain, within};

pub const TARGET: Target = Target {
    name: "evidence",
    decoders: &["probe::vantage::report::read"],
    hold,
    planted,
    swollen: &[
        |size| b"[".repeat(size),
        |size| [b"[", &b"0,".repeat(size / 2)[..], b"0]"].concat(),
        |size| [b"[", &br#"{"":0},"#.repeat(size / 7)[..], b"0]"].concat(),
        |size| [b"\"", &br"\u0000".repeat(size / 6)[..], b"\""].concat(),
        |size| {
            [
                br#"{"schema":"lifeboat.evidence/v1","evidence":["#,
                &br#"{"a":"b"},"#.repeat(size / 10)[..],
                b"0]}",
            ]
            .concat()
        },
    ],
};

static ESTATE: LazyLock<Estate> = LazyLock::new(|| {
    let text = include_str!("../../documents/estate.yaml");
    document::estate(&Source::new("estate.yaml", text)).expect("the sample is an estate")
});

fn hold(bytes: &[u8]) {
    let (estate, vantage) = (&*ESTATE, Id::new("elsewhere"));
    match within(bytes, || report::read(estate, &vantage, bytes)) {
        Ok(evidence) => {
            assert!(evidence.iter().all(|it| it.vantage == vantage));
            let looked = |it: &Observation| matches!(it, Observation::Vantage(_));
            assert!(evidence.iter().any(|it| looked(&it.observation)));
            let text = serde_json::to_string(&evidence).expect("evidence is plain data");
            assert!(!text.contains("\\u00"), "a control character came through: {text}");
        }
        Err(why) => plain(&why),
    }
}

/// Something with a longer name than any seed has.
fn planted(bytes: &[u8]) -> Option<bool> {
    let evidence = report::read(&ESTATE, &Id::new("elsewhere"), bytes).ok()?;
    Some(evidence.iter().any(|it| it.id.as_str().len() > 31))
}
