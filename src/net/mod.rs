//! The one door to the network: every address is admitted here, and every socket opened here.
//!
//! [`Door::live`] reaches the world; [`Door::sealed`] reaches loopback servers through a [`RouteMap`]
//! and nothing else. Apart from that value both run the same code. Deadlines count real time.
//! Nothing here knows a protocol above UDP, TCP and HTTP, and nothing reads a file.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "this is the door to the network, and sockets count real time"
)]

mod admission;
mod attempt;
mod companions;
mod connected;
mod courtesy;
mod deadline;
mod door;
mod error;
mod exchange;
mod fence;
mod http;
mod hub;
mod icmp;
pub mod loopback;
mod pins;
mod question;
mod reply;
mod request;
mod retry;
mod route_map;
mod seats;
mod stream;
mod target;
mod tls;
mod volley;

pub use admission::{Admission, Origin};
pub use companions::{Companion, Companions};
pub use deadline::{Deadline, Stopwatch};
pub use door::{Door, Peer};
pub use error::NetError;
pub use fence::Fence;
pub use http::{Http, Looking, Lookup};
pub use pins::Pins;
pub use question::{Accept, Asked, Datagram, Question, Refusals};
pub use reply::HttpReply;
pub use request::{Credential, HttpRequest, Method, PlainHttp, Purpose};
pub use retry::{Draw, Now, RetryBudget, Tally};
pub use route_map::{RouteMap, Transport};
pub use seats::seats;
pub use stream::Stream;
pub use target::origin_of;
pub use volley::{Train, Volley};
