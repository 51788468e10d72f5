//! A registry over RDAP (RFC 7480, RFC 9082): how it holds one of our domains. It is only ever asked.
//!
//! Redirects are not followed: an answer counts from the server that the operator named, and from no other.

use std::net::SocketAddr;

use super::{Budget, Field, again, ending};
use crate::host::files;
use crate::model::{
    Address, Bulk, Declaration, Ending, Inconclusive, Rdap, RegistryAnswer, Remote, RequestKind,
    Span,
};
use crate::net::{Deadline, HttpReply, HttpRequest, Method, NetError, Purpose};
use crate::wire::rdap::{MEDIA_TYPE, decode, refusal};

/// The services of this family.
pub const SERVICES: &[&Declaration] = &[&SERVICE];

/// What a registry is held to.
pub const SERVICE: Declaration = Declaration {
    name: "rdap",
    settle: Span::from_millis(0),
    settle_because: "a look-up changes nothing, however late it arrives",
    conditional: false,
    quota: None,
    not_now: &[],
    requests: &[RequestKind::read("GET /domain/{name}")],
    read: 1,
    write: 0,
    bulk: Bulk::NONE,
};

/// The longest answer that is read: real ones have a few KiB.
const CAP: usize = 256 << 10;

/// What came of asking.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// Who answered; absent when nobody did.
    pub endpoint: Option<SocketAddr>,
    /// How many requests left this machine.
    pub sent: u32,
    /// How it ended.
    pub ending: Ending<RegistryAnswer>,
}

/// Asks about a domain; what nobody listened to is tried again within the budget.
pub async fn ask(field: &Field, rdap: &Rdap, name: &str, budget: Budget) -> Told {
    let until = Deadline::after(budget.budget);
    let request = match request(field, rdap, name, until) {
        Ok(request) => request,
        Err(why) => {
            let ending = Ending::Inconclusive(Inconclusive::Local(why));
            return Told { endpoint: None, sent: 0, ending };
        }
    };
    let gap = budget.budget.mul_f64(0.8) / budget.tries.max(1);
    let (mut sent, mut left) = (0, budget.tries.max(1));
    loop {
        let next = until.within(gap);
        let mut request = request.clone();
        request.purpose = Purpose::Measure { first: sent == 0 };
        let reply = field.http.request(request).await;
        sent += u32::from(!reply.as_ref().is_err_and(NetError::inconclusive));
        left -= 1;
        if reply.as_ref().is_err_and(is_early) && left > 0 && !until.passed() {
            next.wait().await;
            continue;
        }
        return match reply {
            Ok(reply) => Told { endpoint: Some(reply.from), sent, ending: read(&reply, name) },
            Err(error) => Told { endpoint: None, sent, ending: ending(&error) },
        };
    }
}

fn request(field: &Field, rdap: &Rdap, name: &str, until: Deadline) -> Result<HttpRequest, String> {
    let url = format!("{}/domain/{name}", rdap.url.trim_end_matches('/'));
    let mut request = HttpRequest::new(Method::Get, url, until.left());
    request.headers.push(("Accept".to_owned(), MEDIA_TYPE.to_owned()));
    request.body_cap = CAP;
    let pin = |address: &Address| SocketAddr::new(address.ip, address.port.unwrap_or(0));
    request.pinned = rdap.addresses.iter().map(pin).collect();
    if let Some(ca) = &rdap.ca {
        let pem = files::read(&field.base.join(&ca.file), files::DOCUMENT);
        request.ca = Some(pem.map_err(|error| error.to_string())?);
    }
    Ok(request)
}

/// Tells whether nobody listened, which may be over in a moment.
fn is_early(error: &NetError) -> bool {
    error.surely_not_sent() && !error.inconclusive()
}

/// Reads a reply: a domain, a no in the registry's own words, a server that has no time, or nonsense.
fn read(reply: &HttpReply, name: &str) -> Ending<RegistryAnswer> {
    let nonsense = |why: String| Ending::Malformed(Remote::new(why));
    if !reply.whole {
        return nonsense("the answer is cut short, or too long".to_owned());
    }
    match reply.status {
        200 => match decode(&reply.body, name) {
            Ok(registration) => Ending::Answered(RegistryAnswer::Registered(registration)),
            Err(error) => nonsense(error.to_string()),
        },
        404 => match refusal(&reply.body) {
            Ok(told) if told.code == 404 => {
                Ending::Answered(RegistryAnswer::NotRegistered(told.title))
            }
            Ok(_) | Err(_) => nonsense("status 404, and no error of RDAP".to_owned()),
        },
        status @ (429 | 500..=599) => {
            let after = again(reply.after.map(Span::from));
            Ending::Inconclusive(Inconclusive::Busy(format!("status {status}{after}")))
        }
        status @ 300..=399 => {
            nonsense(format!("status {status}: it sends elsewhere, where nobody follows"))
        }
        status => nonsense(format!("status {status}")),
    }
}
