//! A roll of names, asked of one server as fast as it answers: over UDP, what was cut over TCP.
//!
//! [`call`] is the way in. One thread turns round: it hears all that came, lets what is overdue be asked again, asks as
//! much as the window and the rate allow, and rests. An answer counts only if socket, id, name, type and class are
//! those of a question under way; every question ends in exactly one [`Outcome`].

mod caller;
mod flights;
mod pace;
mod stream;

use std::net::SocketAddr;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::net::{Deadline, Door, NetError, Origin, Stopwatch, Transport};
use crate::wire::dns::{Glance, Roll, Said, Wanted};

use caller::Caller;
use stream::Streams;

/// How a roll is called.
#[derive(Clone, Copy, Debug)]
pub struct Manner {
    /// The most questions a second.
    pub rate: u32,
    /// How often a question is tried over UDP.
    pub tries: u8,
    /// Whether the server is asked to look elsewhere, too: a resolver is.
    pub recursion: bool,
    /// When all of it ends.
    pub until: Deadline,
}

/// What came of one question.
pub enum Outcome<'a> {
    /// What is wanted.
    Expected,
    /// Something, where whatever comes is wanted.
    Answered(Glance<'a>),
    /// Something else than what is wanted.
    Differs(Glance<'a>),
    /// No answer of this server: an error, or the word that others know.
    Declined(Glance<'a>),
    /// What breaks the format.
    Broken(Glance<'a>),
    /// Nothing, after so many tries.
    Lost(u8),
    /// It was not asked.
    Unasked,
}

/// Whoever takes the outcomes, on the thread that asks.
pub trait Hearer: Send + 'static {
    /// Takes the outcome of a question; says whether to go on.
    fn hear(&mut self, number: usize, outcome: Outcome<'_>) -> ControlFlow<()>;
}

/// Why a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Every question has its outcome.
    Complete,
    /// Its time was over.
    Deadline,
    /// The server said nothing for [`SILENCE`].
    Silent,
    /// Nobody listens there.
    Refused,
    /// Whoever hears the outcomes wants no more.
    Stopped,
}

/// What a call cost.
#[derive(Clone, Copy, Debug)]
pub struct Tally {
    /// Datagrams and messages that left.
    pub sent: u64,
    /// What came and answers nothing that was under way.
    pub strays: u64,
    /// How many were asked again over TCP.
    pub cut: usize,
    /// Why it ended.
    pub ending: Ending,
    /// How long it took.
    pub took: Duration,
}

/// After how long without any answer nobody is asked any more.
pub const SILENCE: Duration = Duration::from_secs(5);

/// Over how many ports is asked: whoever forges an answer has to guess one, too.
const SOCKETS: usize = 4;

/// Ends the caller's thread when nobody waits for it any more.
struct Leash(Arc<AtomicBool>);

impl Drop for Leash {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Asks a server for every name of a roll, and hands each outcome over as it comes, in no order.
///
/// # Errors
/// What this machine could not do; then some questions have no outcome.
pub async fn call<H: Hearer>(
    door: &Door,
    server: SocketAddr,
    roll: Arc<Roll>,
    manner: Manner,
    hearer: H,
) -> Result<(Tally, H), NetError> {
    let watch = Stopwatch::start();
    let peer = door.admit(server, Transport::Udp, Origin::Estate)?;
    let volley = door.volley(&peer, SOCKETS, manner.until).await?;
    let leash = Leash(Arc::default());
    let caller = Caller::new(volley, Arc::clone(&roll), manner, hearer, Arc::clone(&leash.0));
    let turning = tokio::task::spawn_blocking(move || caller.run());
    let called = turning.await.map_err(|_| NetError::Local(std::io::ErrorKind::Other))??;
    drop(leash);
    let (mut tally, mut hearer) = (called.tally, called.hearer);
    let mut streams = Streams { door, server, roll: &roll, manner, tally: &mut tally };
    streams.ask(called.cut, &mut hearer).await?;
    Ok((Tally { took: watch.took(), ..tally }, hearer))
}

/// Says what an answer is to a question; nothing for one that was cut.
fn judge<'a>(
    roll: &Roll,
    number: usize,
    glance: Glance<'a>,
    room: &mut Vec<u8>,
) -> Option<Outcome<'a>> {
    let wanted = roll.wanted(number);
    Some(match glance.says() {
        Said::Cut => return None,
        Said::Broken => Outcome::Broken(glance),
        Said::Code(_) | Said::Elsewhere => Outcome::Declined(glance),
        Said::Records | Said::Alias | Said::Nothing | Said::NoName => match wanted {
            Wanted::Anything => Outcome::Answered(glance),
            Wanted::Records(_) | Wanted::Nothing | Wanted::NoName => {
                if glance.holds(wanted, room) {
                    Outcome::Expected
                } else {
                    Outcome::Differs(glance)
                }
            }
        },
    })
}
