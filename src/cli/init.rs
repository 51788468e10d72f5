//! `init`: an operator's repository to start from. Nothing that exists is touched.

use std::path::{Path, PathBuf};

use clap::Args;

use super::{Desk, Exit, Failure, Global};
use crate::host::files;
use crate::repo::{self, Kind, Shelf};

/// Make a folder with an estate, baselines and scenarios to start from.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The folder; made when it is not there
    #[arg(default_value = ".")]
    directory: PathBuf,
}

const README: &str = "# Our Lifeboat repository

- `lifeboat.yaml` is the estate: what we run. The values are examples; put ours in their place.
- `as.tsv` maps address ranges to networks, `baseline.json` says how many peers are usual.
- `runbooks/` overrides the runbooks that the binary carries, file by file; `lifeboat runbook show NAME` prints one.
- `templates/` overrides the words, `scenarios/` holds rehearsals of our own.
- `private/` holds secrets and stays out of git.

    lifeboat lint
    lifeboat drill carrier-outage --unattended
    lifeboat diagnose
";

const IGNORED: &str = "private/\nincidents/\n";

impl Arguments {
    pub(super) async fn execute(self, desk: &Desk, _: &Global) -> Result<Exit, Failure> {
        let root = &self.directory;
        let pieces = pieces()?;
        if let Some((path, _)) = pieces.iter().find(|(path, _)| files::exists(&root.join(path))) {
            let there = root.join(path);
            let failure =
                Failure::new(Exit::Usage, format!("`{}` is already there", there.display()));
            return Err(failure.hint("name an empty folder; nothing was written"));
        }
        for (path, text) in &pieces {
            let path = root.join(path);
            if let Some(folder) = path.parent() {
                files::create_directory(folder)?;
            }
            files::create_new(&path, text.as_bytes())?;
        }
        if !repo::is_inside_one(root) {
            repo::initialise(root)?;
        }
        desk.screen.data(&listing(root, &pieces))?;
        desk.screen
            .talk("Next: edit lifeboat.yaml, then `git add -A && git commit` and `lifeboat lint`.");
        Ok(Exit::Done)
    }
}

fn listing(root: &Path, pieces: &[(String, String)]) -> String {
    pieces.iter().map(|(path, _)| format!("{}\n", root.join(path).display())).collect()
}

fn pieces() -> Result<Vec<(String, String)>, Failure> {
    let mut pieces = vec![
        ("README.md".to_owned(), README.to_owned()),
        (".gitignore".to_owned(), IGNORED.to_owned()),
    ];
    for name in ["lifeboat.yaml", "as.tsv", "baseline.json"] {
        let text = Shelf::of_the_drill_estate(name);
        let text =
            text.ok_or_else(|| Failure::new(Exit::Internal, format!("no `{name}` inside")))?;
        pieces.push((name.to_owned(), text.to_owned()));
    }
    let shelf = Shelf::embedded();
    let scenario = shelf.get(Kind::Scenario, "carrier-outage");
    pieces.extend(scenario.map(|piece| (piece.path.clone(), piece.text.clone())));
    Ok(pieces)
}
