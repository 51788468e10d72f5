//! Stand-ins of services that host zones: stateful, as strict as their documents, with a name server behind them.
//!
//! They are the other side: nothing of the product may be imported here, and a trial holds that.

mod amazon;
pub mod cloudflare;
pub mod desec;
pub mod http;
pub mod plane;
pub mod records;
pub mod route53;

use libtest_mimic::Trial;
use std::fs;
use std::path::Path;

/// Returns the trials of the stand-ins.
pub fn trials() -> Vec<Trial> {
    trials![they_import_nothing_of_the_product]
}

fn they_import_nothing_of_the_product() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("playbooks-tests/standins");
    let (mut seen, product) = (0, ["life", "boat::"].concat());
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        assert!(!text.contains(&product), "{} is no stand-in any more", path.display());
        assert!(
            !text.contains("crate::") || text.contains("crate::standins"),
            "{}",
            path.display()
        );
        seen += 1;
    }
    assert!(seen >= 4, "{seen} files");
}
