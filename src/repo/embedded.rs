//! The runbooks, templates and scenarios that every binary carries.

use include_dir::{Dir, include_dir};

use super::shelf::{Kind, Piece, Provenance};

static RUNBOOKS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/runbooks");
static TEMPLATES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/templates");
static SCENARIOS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/playbooks-tests/scenarios");

/// Returns every embedded piece of a kind.
pub(super) fn pieces(kind: Kind) -> Vec<Piece> {
    let folder = match kind {
        Kind::Runbook => &RUNBOOKS,
        Kind::Template => &TEMPLATES,
        Kind::Scenario => &SCENARIOS,
        // Nobody has approved anything before there is an estate.
        Kind::Standing => return Vec::new(),
    };
    let mut pieces = Vec::new();
    collect(folder, kind, &mut pieces);
    pieces
}

/// Returns one embedded file of the drill's estate by its name.
pub(super) fn of_the_drill_estate(name: &str) -> Option<&'static str> {
    SCENARIOS.get_file(format!("estate/{name}"))?.contents_utf8()
}

fn collect(folder: &Dir<'static>, kind: Kind, pieces: &mut Vec<Piece>) {
    for file in folder.files() {
        let path = file.path().to_string_lossy().into_owned();
        let Some(name) = kind.name_of(&path) else { continue };
        if let Some(text) = file.contents_utf8() {
            let path = format!("{}/{path}", kind.folder());
            pieces.push(Piece { name, path, text: text.to_owned(), from: Provenance::Embedded });
        }
    }
    for inner in folder.dirs().filter(|_| kind.is_nested()) {
        collect(inner, kind, pieces);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The macro does not hear of a new file: whoever adds one touches this file, and this test says so.
    #[test]
    fn what_is_embedded_is_what_lies_in_the_folders() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        for (kind, folder) in [
            (Kind::Runbook, "runbooks"),
            (Kind::Template, "templates"),
            (Kind::Scenario, "playbooks-tests/scenarios"),
        ] {
            let found = crate::repo::working::pieces(root, folder, kind).expect("the folder reads");
            let names = |pieces: &[Piece]| {
                let mut names: Vec<String> =
                    pieces.iter().map(|piece| piece.name.clone()).collect();
                names.sort();
                names
            };
            let embedded = names(&pieces(kind));
            assert_eq!(embedded, names(&found), "build again after touching src/repo/embedded.rs");
        }
    }
}
