//! Messages to files and standard output, and what is said when they do not arrive.

use std::os::unix::fs::PermissionsExt;

use libtest_mimic::Trial;
use lifeboat::host::{Channel, Environment, Terminal};
use lifeboat::model::{Delivery, Head, Id, StatusChannel};
use lifeboat::service::channel::{Parcel, Reach, Receipt, deliver};

/// Returns the trials of delivery.
pub fn trials() -> Vec<Trial> {
    trials![
        a_message_becomes_one_private_file,
        an_included_step_makes_no_folder,
        a_file_in_the_way_is_named,
        a_folder_outside_the_incident_is_refused,
        what_is_not_built_says_so,
    ]
}

fn channel(kind: &str, directory: Option<&str>) -> StatusChannel {
    let channel = serde_json::json!({ "id": "log", "kind": kind, "directory": directory });
    serde_json::from_value(channel).unwrap()
}

fn sent(channel: &StatusChannel, folder: &std::path::Path, step: &str) -> Receipt {
    let step = Id::new(step);
    let head = Head { seq: 12, hash: "3fa2".repeat(16) };
    let (language, text) = ("en", "**Resolved**\n\n\n");
    let terminal = Terminal::look(&Environment::read());
    let reach = Reach { folder, terminal: &terminal, stream: Channel::Data };
    deliver(&Parcel { channel, head: &head, step: &step, language, text }, &reach)
}

fn a_message_becomes_one_private_file() {
    let folder = tempfile::tempdir().unwrap();
    for (directory, place) in [(None, "messages"), (Some("out/public/"), "out/public")] {
        let receipt = sent(&channel("file", directory), folder.path(), "say-it");
        assert_eq!(receipt.delivery, Delivery::Delivered, "{}", receipt.because);
        let path = folder.path().join(place).join("12-say-it.en.md");
        let text = std::fs::read_to_string(&path).unwrap();
        let (words, anchor) = text.split_once("\n\n").unwrap();
        assert_eq!(words, "**Resolved**");
        assert_eq!(anchor, format!("<!-- lifeboat journal 12 {} -->\n", "3fa2".repeat(16)));
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(receipt.because, path.display().to_string());
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }
}

fn an_included_step_makes_no_folder() {
    let folder = tempfile::tempdir().unwrap();
    sent(&channel("file", None), folder.path(), "failback/say-it");
    assert!(folder.path().join("messages/12-failback.say-it.en.md").is_file());
}

fn a_file_in_the_way_is_named() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("messages"), "in the way").unwrap();
    let receipt = sent(&channel("file", None), folder.path(), "say-it");
    assert_eq!(receipt.delivery, Delivery::Failed);
    assert!(receipt.because.contains("messages"), "{}", receipt.because);
    assert_eq!(std::fs::read_to_string(folder.path().join("messages")).unwrap(), "in the way");
}

fn a_folder_outside_the_incident_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for directory in ["../elsewhere", "/tmp/elsewhere"] {
        let receipt = sent(&channel("file", Some(directory)), folder.path(), "say-it");
        assert_eq!(receipt.delivery, Delivery::Failed);
        assert!(receipt.because.contains("leaves the incident's folder"), "{}", receipt.because);
    }
}

fn what_is_not_built_says_so() {
    let folder = tempfile::tempdir().unwrap();
    for kind in ["cstate", "matrix", "statuspage", "webhook", "mail"] {
        let receipt = sent(&channel(kind, None), folder.path(), "say-it");
        let because = format!("`{kind}` channels are not built yet");
        assert_eq!(receipt, Receipt { delivery: Delivery::Failed, because });
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
