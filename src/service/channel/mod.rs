//! Where messages go, one file for each kind of channel. A message is delivered at most once: nothing here repeats.

mod file;
mod stdout;

use std::path::Path;

use crate::host::{Channel, Terminal};
use crate::model::{ChannelKind, Declaration, Delivery, Head, Id, StatusChannel};

/// The services of this family.
pub const SERVICES: &[&Declaration] = &[&file::SERVICE, &stdout::SERVICE];

/// One message for one channel in one language.
#[derive(Clone, Copy, Debug)]
pub struct Parcel<'a> {
    /// The channel.
    pub channel: &'a StatusChannel,
    /// The journal's head, the record that announced it: what is published anchors it.
    pub head: &'a Head,
    /// The step that sends it.
    pub step: &'a Id,
    /// The language.
    pub language: &'a str,
    /// The whole text.
    pub text: &'a str,
}

/// What became of a message, and where it lies or why not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Whether it arrived.
    pub delivery: Delivery,
    /// Where it lies, or why not.
    pub because: String,
}

/// The places of this machine that channels reach.
#[derive(Clone, Copy, Debug)]
pub struct Reach<'a> {
    /// The incident's folder.
    pub folder: &'a Path,
    /// The standard streams.
    pub terminal: &'a Terminal,
    /// Which of them `stdout` messages go to: under `--json`, standard output belongs to the records.
    pub stream: Channel,
}

/// Delivers a message.
pub fn deliver(parcel: &Parcel<'_>, reach: &Reach<'_>) -> Receipt {
    let kind = match parcel.channel.kind {
        ChannelKind::File => return file::deliver(parcel, reach.folder),
        ChannelKind::Stdout => return stdout::deliver(parcel, reach),
        ChannelKind::Cstate => "cstate",
        ChannelKind::Matrix => "matrix",
        ChannelKind::Statuspage => "statuspage",
        ChannelKind::Webhook => "webhook",
        ChannelKind::Mail => "mail",
    };
    failed(format!("`{kind}` channels are not built yet"))
}

fn failed(because: String) -> Receipt {
    Receipt { delivery: Delivery::Failed, because }
}

fn unknown(because: String) -> Receipt {
    Receipt { delivery: Delivery::Unknown, because }
}

fn delivered(because: String) -> Receipt {
    Receipt { delivery: Delivery::Delivered, because }
}
