//! DNS messages, both ways: what probes ask and read, and what a drill's servers read and answer.
//!
//! Messages are RFC 1035 §4 with EDNS (RFC 6891); names and data stand in presentation form (RFC 1035
//! §5.1), names in lower case and fully qualified. Validates no signature and follows no referral.

mod answer;
mod canonical;
mod copy;
mod data;
mod glance;
mod hmac;
mod line;
mod lines;
mod message;
mod name;
mod octodns;
mod options;
mod query;
mod reader;
mod roll;
mod text;
mod tsig;
mod update;
mod zone_file;
mod zone_words;

pub use answer::{decode, encode_answer, is_answer_to};
pub use canonical::{ToBeSigned, canonical_data, canonical_name, key_tag, kind_name, kind_number};
pub use copy::{Copier, CopyFault, Taken, Worded};
pub use glance::{Glance, Said};
pub use hmac::Hash;
pub use octodns::octodns_value;
pub use query::{Query, Received, decode_query, encode_query};
pub use roll::{Roll, RollError, RollFault, Wanted};
pub use tsig::{Blame, FUDGE, Key, Proof, Signed};
pub use update::{
    Edit, Given, Update, decode_outcome, decode_update, encode_outcome, encode_update,
};
pub use zone_file::{ZoneFileFault, read_zone_file, write_zone_file};

use thiserror::Error;

use crate::model::Remote;

/// Why bytes are no DNS message, or a value is none.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DnsError {
    /// The bytes break the format; the text says where.
    #[error("no DNS message: {0}")]
    Malformed(Remote),
    /// A query where an answer was expected, or the reverse.
    #[error("a DNS message of the wrong direction")]
    Direction,
    /// A message that asks nothing, or several things at once.
    #[error("a DNS message with {0} questions")]
    Questions(usize),
    /// A text that is no domain name.
    #[error("`{}` is no domain name", Remote::new(.0))]
    Name(String),
    /// A text that is no record type.
    #[error("`{}` is no record type", Remote::new(.0))]
    Kind(String),
    /// A text that is no response code.
    #[error("`{}` is no response code", Remote::new(.0))]
    Code(String),
    /// A text that is no data of its type.
    #[error("`{}` is no data of type {}", Remote::new(data), Remote::new(kind))]
    Data {
        /// The record type.
        kind: String,
        /// The data, as it was written.
        data: String,
    },
    /// A message that cannot be written.
    #[error("the DNS message cannot be written: {}", Remote::new(.0))]
    Unwritable(String),
}

impl DnsError {
    /// Says what to do next, where something helps.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Name(_) => Some("labels are 1 to 63 bytes long, a whole name at most 255"),
            Self::Kind(_) => Some("write a type such as `A`, `AAAA`, `NS`, or `TYPE65280`"),
            Self::Code(_) => Some("write a code such as `NOERROR` or `RCODE11`"),
            Self::Data { .. } => Some("write it as a zone file would, or as `\\# LENGTH HEX`"),
            Self::Malformed(_) | Self::Direction | Self::Questions(_) | Self::Unwritable(_) => None,
        }
    }
}
