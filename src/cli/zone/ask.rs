//! `zone ask`: every name of a file, asked of one server as fast as it answers.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::super::{Desk, Exit, Failure, Global, office};
use super::answers::Answers;
use crate::host::files;
use crate::model::{Address, Estate, fully_qualified};
use crate::net::{Admission, Deadline, Door, NetError, Pins};
use crate::service::dns::bulk::{self, Manner};
use crate::wire::dns::Roll;

/// Ask one server for every name of a file, and say which answers are not as written.
///
/// Each line is `NAME TYPE`, or `NAME TYPE DATA` with what should come, as in a zone file; several lines of one name and
/// type are one record set, and `!NXDOMAIN` and `!NODATA` are data too. What is printed is such a file again: the
/// answers where nothing is written; `-` before what is written and `+` before what came where they differ; `?` where
/// nothing is known.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The file; `-` reads standard input
    file: PathBuf,
    /// Whom: an address, or of the estate the name of a name server or the id of a provider or resolver
    #[arg(long, value_name = "SERVER")]
    at: String,
    /// The most questions a second
    #[arg(long, value_name = "N", default_value_t = 5_000,
        value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    rate: u32,
    /// How often a question is tried
    #[arg(long, value_name = "N", default_value_t = 8,
        value_parser = clap::value_parser!(u8).range(1..=20))]
    tries: u8,
    /// Ask for recursion, as a resolver is asked
    #[arg(long)]
    recursive: bool,
}

/// Whom to ask, and through what.
struct Whom {
    door: Door,
    server: SocketAddr,
    recursion: bool,
}

impl Arguments {
    pub(super) async fn execute(self, desk: &Desk, global: &Global) -> Result<Exit, Failure> {
        office::needs_network(global)?;
        let roll = Arc::new(read(&self.file)?);
        self.is_in_time(roll.len(), global)?;
        let whom = self.whom(desk, global)?;
        let manner = Manner {
            rate: self.rate,
            tries: self.tries,
            recursion: self.recursive || whom.recursion,
            until: Deadline::after(global.deadline.duration()),
        };
        let answers = Answers::new(desk.screen.clone(), Arc::clone(&roll), global.json);
        let called = bulk::call(&whom.door, whom.server, roll, manner, answers).await;
        let (tally, answers) = called.map_err(|error| could_not(&self.at, &error))?;
        answers.finish(whom.server, &tally)
    }

    /// Refuses what cannot be done by the deadline before anything is asked.
    fn is_in_time(&self, questions: usize, global: &Global) -> Result<(), Failure> {
        let seconds = questions as f64 / f64::from(self.rate);
        let deadline = global.deadline.duration().as_secs_f64();
        if seconds <= deadline {
            return Ok(());
        }
        let rate = self.rate;
        let why = format!(
            "{questions} questions at {rate} a second take {seconds:.0} s, and there are {deadline:.0} s"
        );
        Err(Failure::new(Exit::Usage, why)
            .hint("give more time with `--deadline`, or ask faster with `--rate`"))
    }

    /// Finds the server: an address needs no estate.
    fn whom(&self, desk: &Desk, global: &Global) -> Result<Whom, Failure> {
        if let Ok(address) = self.at.parse::<Address>() {
            let live = || Door::live(Admission::default(), Pins::new());
            let door = desk.play.as_ref().map_or_else(live, |play| play.field.door.clone());
            return Ok(Whom { door, server: address.or_port(DNS), recursion: false });
        }
        let operation = office::operation(desk, global)?;
        let (addresses, recursion) = addresses(&operation.estate, &self.at);
        let shown: Vec<String> = addresses.iter().map(ToString::to_string).collect();
        match addresses[..] {
            [server] => Ok(Whom { door: operation.field.door.clone(), server, recursion }),
            [] => Err(Failure::new(
                Exit::Usage,
                format!("`{}` is no address, and the estate has no such server", self.at),
            )
            .hint("name an address, a name server, a DNS provider or a resolver")),
            _ => Err(Failure::new(Exit::Usage, format!("`{}` has several addresses", self.at))
                .hint(format!("one is asked at a time: {}", shown.join(", ")))),
        }
    }
}

/// The port of name servers.
const DNS: u16 = 53;

/// Returns the addresses that a word of the estate stands for, and whether they are a resolver's.
fn addresses(estate: &Estate, at: &str) -> (Vec<SocketAddr>, bool) {
    if let Some(resolver) = estate.resolvers.iter().find(|resolver| resolver.id == *at) {
        return (vec![resolver.address.or_port(DNS)], true);
    }
    let name = &fully_qualified(at);
    let servers = estate.dns_providers.iter().flat_map(|provider| {
        let own = provider.id == *at;
        let servers = provider.nameservers.iter();
        servers.filter(move |server| own || fully_qualified(&server.name) == *name)
    });
    let all = servers.flat_map(|server| &server.addresses).map(|address| address.or_port(DNS));
    let mut all: Vec<SocketAddr> = all.collect();
    all.sort_unstable();
    all.dedup();
    (all, false)
}

/// Reads a roll.
fn read(path: &Path) -> Result<Roll, Failure> {
    let longest = Roll::LONGEST as u64;
    let text = if path == Path::new("-") {
        files::read_standard_input(longest)?
    } else {
        files::read_text(path, longest)?
    };
    let shown = path.display();
    let roll = Roll::parse(&text).map_err(|error| {
        Failure::new(Exit::Invalid, format!("{shown}:{error}")).hint(error.hint())
    })?;
    if roll.is_empty() {
        return Err(Failure::new(Exit::Invalid, format!("{shown} asks for nothing"))
            .hint("write a line `NAME TYPE` for each question"));
    }
    Ok(roll)
}

/// Says what this machine could not do.
fn could_not(at: &str, error: &NetError) -> Failure {
    Failure::new(Exit::CannotTell, format!("`{at}` was not asked to the end: {error}"))
}
