//! The search for a canary: in bytes, in a tree of files, and inside git's own packing.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use std::fs;
use std::path::{Path, PathBuf};

/// Every way in which a canary is looked for, by name. Written apart from the product's own.
pub fn forms(canary: &str) -> Vec<(String, Vec<u8>)> {
    let json = serde_json::to_string(canary).unwrap();
    let percent = |upper: bool, all: bool| -> String {
        let plain = |byte: u8| !all && (byte.is_ascii_alphanumeric() || b"-._~".contains(&byte));
        let each = |byte: u8| match (plain(byte), upper) {
            (true, _) => char::from(byte).to_string(),
            (false, true) => format!("%{byte:02X}"),
            (false, false) => format!("%{byte:02x}"),
        };
        canary.bytes().map(each).collect()
    };
    let hex = |upper: bool| -> String {
        let each = |byte: u8| if upper { format!("{byte:02X}") } else { format!("{byte:02x}") };
        canary.bytes().map(each).collect()
    };
    let mut all: Vec<(String, String)> = vec![
        ("raw".into(), canary.into()),
        ("json".into(), json.trim_matches('"').into()),
        ("url".into(), percent(true, false)),
        ("url, lower case".into(), percent(false, false)),
        ("url, all of it".into(), percent(true, true)),
        ("hex".into(), hex(false)),
        ("hex, upper case".into(), hex(true)),
    ];
    for before in 0..3 {
        for (alphabet, engine) in [("base64", &STANDARD), ("base64url", &URL_SAFE)] {
            let text = engine.encode(["x".repeat(before).as_bytes(), canary.as_bytes()].concat());
            // Without the digits that the neighbours decide too.
            let own = &text[(before * 8usize).div_ceil(6)..(before + canary.len()) * 8 / 6];
            all.push((format!("{alphabet} at {before}"), own.to_owned()));
        }
    }
    all.into_iter().map(|(name, form)| (name, form.into_bytes())).collect()
}

/// Returns the forms in which a canary stands in bytes.
pub fn hits(bytes: &[u8], canary: &str) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let stands = |form: &[u8]| text.contains(std::str::from_utf8(form).unwrap());
    forms(canary).into_iter().filter(|(_, form)| stands(form)).map(|(name, _)| name).collect()
}

/// Reads every file below a folder, and every object of every git repository in it, unpacked.
pub fn sinks(folder: &Path, except: &[PathBuf]) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    gather(folder, except, &mut found);
    found
}

fn gather(folder: &Path, except: &[PathBuf], found: &mut Vec<(String, Vec<u8>)>) {
    if folder.join("objects").is_dir() && folder.join("HEAD").is_file() {
        let repository = git2::Repository::open(folder).unwrap();
        let objects = repository.odb().unwrap();
        objects
            .foreach(|id| {
                let object = objects.read(*id).unwrap();
                found.push((format!("{} in {}", id, folder.display()), object.data().to_vec()));
                true
            })
            .unwrap();
    }
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let (path, kind) = (entry.path(), entry.file_type().unwrap());
        if except.contains(&path) {
            continue;
        }
        found.push((
            format!("the name of {}", path.display()),
            path.as_os_str().as_encoded_bytes().to_vec(),
        ));
        if kind.is_dir() {
            gather(&path, except, found);
        } else if kind.is_file() {
            found.push((path.display().to_string(), fs::read(&path).unwrap()));
        }
    }
}
