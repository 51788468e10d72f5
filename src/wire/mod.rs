//! Codecs, both ways: bytes and text of foreign protocols to plain data and back.
//!
//! Every decoder is bounded and never panics; each field cites its section. Nothing here opens a socket.

pub mod as_table;
pub mod bencode;
pub mod bird;
pub mod dns;
pub mod http;
pub mod json;
pub mod rdap;
pub mod route53;
pub mod sigv4;
pub mod tracker_http;
pub mod tracker_udp;
pub mod transmission;
mod xml;
