//! An operator's folder: before a plan is run, and half-way through it.

use std::fs;
use std::path::{Path, PathBuf};

use nix::sys::signal::Signal;
use serde_json::Value;

use super::roster::{self, Call};
use crate::signals::pty::Output;
use crate::signals::rig::Rig;

/// Two folders to copy: one where a plan is pinned, one where its run was stopped half-way.
pub struct Scene {
    pub rig: Rig,
    kept: tempfile::TempDir,
}

impl Scene {
    /// Pins a plan on an estate that is altered before, begins it, and stops it.
    pub fn set(alter: impl FnOnce(&Path, &mut Value)) -> Scene {
        let kept = tempfile::tempdir().unwrap();
        let rig = Rig::pinned_on(&[], |estate| {
            // Longer than any command has.
            estate["probing"]["target_budget"] = "3s".into();
            alter(kept.path(), estate);
        });
        let scene = Scene { rig, kept };
        copy(scene.rig.folder(), &scene.pinned());
        scene.begin();
        copy(scene.rig.folder(), &scene.begun());
        scene
    }

    fn begin(&self) {
        let mut run = self.rig.asked("run", false, Output::Terminal);
        self.rig.servers.state().published = false;
        self.rig.approve(&mut run);
        let seen = || self.rig.events().iter().any(|event| event == "verified").then_some(());
        run.until("a look that sees nothing yet", seen);
        run.signal(Signal::SIGTERM);
        let (code, said) = run.finish();
        assert_eq!(code, 12, "{said}");
    }

    fn pinned(&self) -> PathBuf {
        self.kept().join("pinned")
    }

    fn begun(&self) -> PathBuf {
        self.kept().join("begun")
    }

    /// Returns the folder beside the operator's.
    pub fn kept(&self) -> &Path {
        self.kept.path()
    }

    /// Returns a fresh folder for a call: whatever is run for the first time must not have begun.
    pub fn folder(&self, call: &Call) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let from = if call.name == "run" { self.pinned() } else { self.begun() };
        copy(&from, folder.path());
        for (name, text) in roster::FILES {
            fs::write(folder.path().join(name), text).unwrap();
        }
        folder
    }
}

/// Copies a folder with everything in it.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}
