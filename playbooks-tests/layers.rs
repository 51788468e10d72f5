//! The architecture, as a test: which module may import which, and where each outside door stands.

mod check;
mod collect;
mod planted;
mod resolve;
mod source;
mod table;
mod texts;
mod tokens;

use check::breaches;
use libtest_mimic::Trial;
use source::Source;
use std::path::Path;

/// Returns the trials of the layers, with one for each planted breach.
pub fn trials() -> Vec<Trial> {
    let own = trials![
        every_file_of_src_keeps_the_layers,
        the_layers_are_in_order,
        every_door_names_known_modules,
        no_source_is_overlooked,
    ];
    own.into_iter().chain(planted::trials()).chain(texts::trials()).collect()
}

fn every_file_of_src_keeps_the_layers() {
    let found = breaches(&Source::tree(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")));
    assert!(found.is_empty(), "the layers are broken:\n{}\n", found.join("\n"));
}

fn the_layers_are_in_order() {
    for (index, (module, may)) in table::LAYERS.iter().enumerate() {
        for import in *may {
            let above = table::LAYERS[..index].iter().any(|(name, _)| name == import);
            assert!(above, "`{import}` stands below `{module}`, which may import it");
        }
    }
}

fn every_door_names_known_modules() {
    for (door, places) in table::DOORS {
        for place in *places {
            assert!(
                table::may_import(place).is_some(),
                "`{door}` is open to `{place}`, which has no layer"
            );
        }
    }
}

fn no_source_is_overlooked() {
    let sources = Source::tree(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    assert!(sources.iter().any(|source| source.path == "lib.rs"), "`src/lib.rs` was not read");
    assert!(sources.iter().any(|source| source.path == "model/mod.rs"), "folders were not read");
}
