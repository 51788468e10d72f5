//! dnsdist before a resolver: it passes everything on, and lies where it is told to.

use super::daemon::Daemon;
use super::lab::Lab;
use std::net::SocketAddr;

/// What it does with questions for one name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lie {
    /// Gives an address, for a time to live, claiming that it was validated or not.
    Forge { address: &'static str, ttl: u32, ad: bool },
    /// Answers with a code and nothing else.
    Code(&'static str),
    /// Says that there is no record of that kind.
    Empty,
}

/// Starts it; ask it before use.
pub fn start(
    lab: &Lab,
    name: &str,
    address: SocketAddr,
    resolver: SocketAddr,
    (host, lie): (&str, Lie),
) -> Daemon {
    let action = match lie {
        Lie::Forge { address, ttl, ad } => {
            format!("SpoofAction({{'{address}'}}, {{ttl={ttl}, ad={ad}, ra=true}})")
        }
        Lie::Code(code) => format!("RCodeAction(DNSRCode.{code}, {{ra=true}})"),
        Lie::Empty => "RCodeAction(DNSRCode.NOERROR, {ra=true})".to_owned(),
    };
    let text = format!(
        "setLocal('{address}')\nsetACL({{'127.0.0.0/8'}})\nsetSecurityPollSuffix('')\n\
         newServer({{address='{resolver}', healthCheckMode='up'}})\n\
         addAction(AndRule({{QNameRule('{host}'), QTypeRule(DNSQType.A)}}), {action})\n"
    );
    let path = lab.write(&format!("{name}/dnsdist.conf"), text);
    lab.start(name, &["dnsdist", "--supervised", "--disable-syslog", "-C", path.to_str().unwrap()])
}
