//! Resolvers over HTTPS (RFC 8484), as a drill has them: the same answers, in the body of a reply.

use super::cast::Role;
use super::state::State;
use crate::model::{Id, ServerState};
use crate::wire::dns;
use crate::wire::http::{Request, Response};

/// The type of question and answer (RFC 8484 §6), and the longest of them.
const MESSAGE: &str = "application/dns-message";
const LONGEST: usize = 65_535;

impl State {
    /// Returns a resolver's reply to a request.
    pub fn dns_over_https(&mut self, id: &Id, well: ServerState, request: &Request) -> Response {
        let resolver = self.estate.resolver(id);
        if resolver.is_none_or(|resolver| resolver.path() != request.path) {
            return Response::text(404, "Not Found");
        }
        if request.method != "POST" {
            return Response::text(405, "Method Not Allowed");
        }
        if request.header("content-type") != Some(MESSAGE) {
            return Response::text(415, "Unsupported Media Type");
        }
        let Ok(asked) = dns::decode_query(&request.body) else {
            return Response::text(400, "Bad Request");
        };
        let roles = [(Role::Resolver(id.clone()), well)];
        let answer = self.answer(&roles, &asked.name, &asked.kind);
        match dns::encode_answer(&asked, &answer, LONGEST) {
            Ok(body) => Response { status: 200, kind: MESSAGE, headers: Vec::new(), body },
            Err(_) => Response::text(500, "Internal Server Error"),
        }
    }
}
