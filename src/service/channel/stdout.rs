//! Standard output: whoever runs the command reads the message at once.

use super::{Parcel, Reach, Receipt, delivered, failed};
use crate::host::{Channel, Wrote};
use crate::model::{Bulk, Declaration, Nature, RequestKind, Span};

/// What a standard stream is held to.
pub(super) const SERVICE: Declaration = Declaration {
    name: "stdout",
    settle: Span::from_millis(0),
    settle_because: "the system has the text when the call returns",
    conditional: false,
    quota: None,
    not_now: &[],
    requests: &[RequestKind::once("write", Nature::Tell)],
    read: 0,
    write: 1,
    bulk: Bulk::NONE,
};

/// Writes a message, between two lines that say what it is.
pub(super) fn deliver(parcel: &Parcel<'_>, reach: &Reach<'_>) -> Receipt {
    let (channel, language) = (&parcel.channel.id, parcel.language);
    let words = parcel.text.trim_end();
    let text = format!("--- message for {channel} ({language})\n{words}\n---\n");
    let stream = match reach.stream {
        Channel::Data => "standard output",
        Channel::Talk => "standard error",
    };
    match reach.terminal.copy(reach.stream, &text) {
        Ok(Wrote::Done) => delivered(stream.to_owned()),
        Ok(Wrote::Gone) => failed(format!("nobody reads {stream} any more")),
        Err(error) => failed(error.to_string()),
    }
}
