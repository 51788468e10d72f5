//! The source files that the architecture is read from.

use std::fs;
use std::path::Path;

/// One source file: its path below `src/` and its text.
pub struct Source {
    /// The path with forward slashes, such as `diagnose/mod.rs`.
    pub path: String,
    /// The whole text.
    pub text: String,
}

impl Source {
    /// Reads every `.rs` file below a folder, in the order of their paths, but for the build script: it is no module.
    pub fn tree(root: &Path) -> Vec<Source> {
        let mut found = Vec::new();
        gather(root, root, &mut found);
        found.retain(|source| source.path != "build.rs");
        found.sort_by(|a, b| a.path.cmp(&b.path));
        found
    }

    /// Returns the module that the file is, from the crate's root; `main.rs` is a root named `main`.
    pub fn module(&self) -> Vec<String> {
        let stem = self.path.trim_end_matches(".rs");
        let stem = stem.strip_suffix("/mod").unwrap_or(stem);
        if stem == "lib" { Vec::new() } else { stem.split('/').map(str::to_owned).collect() }
    }
}

fn gather(root: &Path, folder: &Path, found: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(root, &path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let below = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
            found.push(Source { path: below, text: fs::read_to_string(&path).unwrap() });
        }
    }
}
