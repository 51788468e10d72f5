//! Routers and collectors: BIRD's control socket in a restricted session, which can change nothing.

use std::path::Path;

use ipnet::IpNet;
use thiserror::Error;

use super::Field;
use crate::model::{Bulk, Declaration, RequestKind, Span};
use crate::net::{Deadline, NetError, Stream};
use crate::wire::bird::{BirdError, Command, MOST, Manners, Protocol, Reply, Route, Status};

/// The services of this family.
pub const SERVICES: &[&Declaration] = &[&SERVICE];

/// What BIRD is held to.
pub const SERVICE: Declaration = Declaration {
    name: "bird",
    settle: Span::from_millis(0),
    settle_because: "a restricted session can change nothing",
    conditional: false,
    quota: None,
    not_now: &[],
    requests: &[RequestKind::read("restrict"), RequestKind::read("show ...")],
    read: 2,
    write: 0,
    bulk: Bulk::NONE,
};

/// What a router shows of its sessions and of routes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// Its protocols, BGP and others.
    pub protocols: Vec<Protocol>,
    /// The routes to each prefix that was asked for, to what is inside it, and to what covers it.
    pub routes: Vec<Vec<Route>>,
}

/// Why a router showed nothing.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RouterError {
    /// Its socket.
    #[error("{0}")]
    Net(#[from] NetError),
    /// Its words.
    #[error("{0}")]
    Bird(#[from] BirdError),
}

impl RouterError {
    /// Says what to do next, where something helps.
    pub const fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Net(_) => {
                Some("the user who runs this must be allowed to open the router's control socket")
            }
            Self::Bird(_) => None,
        }
    }
}

/// Looks at a router.
///
/// # Errors
/// [`RouterError`]; a router without the restricted session is not asked anything else.
pub async fn look(
    field: &Field,
    socket: &Path,
    prefixes: &[IpNet],
    until: Deadline,
) -> Result<View, RouterError> {
    let mut session = Session::open(field, socket, until).await?;
    let now = Status::read(&session.ask(&Command::Status).await?.accepted()?)?.now;
    let protocols = session.ask(&Command::Protocols).await?.accepted()?;
    let mut view = View { protocols: Protocol::read_all(&protocols, now), routes: Vec::new() };
    for prefix in prefixes {
        let inside = session.ask(&Command::RouteIn(*prefix)).await?;
        let mut routes = match Route::read_all(inside, now) {
            // Versions before 2.0.8 do not know the question.
            Err(BirdError::Refused { code: 9000..=9999, .. }) => Vec::new(),
            read => read?,
        };
        let covering = session.ask(&Command::RouteFor(*prefix)).await?;
        for route in Route::read_all(covering, now)? {
            if !routes.contains(&route) {
                routes.push(route);
            }
        }
        view.routes.push(routes);
    }
    Ok(view)
}

/// Looks at a router's manners.
///
/// # Errors
/// As [`look`].
pub async fn manners(
    field: &Field,
    socket: &Path,
    until: Deadline,
) -> Result<Manners, RouterError> {
    let mut session = Session::open(field, socket, until).await?;
    Ok(Manners::read(&session.ask(&Command::Protocols).await?.accepted()?))
}

struct Session {
    stream: Stream,
    until: Deadline,
    heard: Vec<u8>,
}

impl Session {
    /// Opens a session, and gives up the right to change anything.
    async fn open(field: &Field, socket: &Path, until: Deadline) -> Result<Self, RouterError> {
        let stream = field.door.unix(socket, until).await?;
        let mut session = Self { stream, until, heard: Vec::new() };
        session.reply().await?.accepted()?;
        session.ask(&Command::Restrict).await?.accepted()?;
        Ok(session)
    }

    async fn ask(&mut self, command: &Command) -> Result<Reply, RouterError> {
        self.stream.write_all(command.encode().as_bytes(), self.until).await?;
        self.reply().await
    }

    async fn reply(&mut self) -> Result<Reply, RouterError> {
        loop {
            if let Some((reply, taken)) = Reply::take(&self.heard)? {
                return self.without_secrets(reply, taken);
            }
            let piece = self.stream.read_some(MOST, self.until).await?;
            if piece.is_empty() {
                return Err(NetError::Closed.into());
            }
            self.heard.extend(piece);
        }
    }

    /// Takes a reply off what was heard, and reads it anew where a known secret came in two pieces.
    fn without_secrets(&mut self, reply: Reply, taken: usize) -> Result<Reply, RouterError> {
        let mut bytes: Vec<u8> = self.heard.drain(..taken).collect();
        if !self.stream.hide(&mut bytes) {
            return Ok(reply);
        }
        let (reply, _) = Reply::take(&bytes)?.ok_or(NetError::Closed)?;
        Ok(reply)
    }
}
