//! Serving: bytes in, bytes out, on loopback; what is said comes from the state alone.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use super::authority::plain;
use super::cast::{Role, Speech};
use super::place::Place;
use super::stage::{Part, Stage};
use super::state::State;
use super::web;
use super::zones::Owner;
use crate::model::{Id, ServerState};
use crate::net::loopback::{TcpServer, UdpServer};
use crate::net::{Deadline, NetError, Stream, Transport};
use crate::wire::bird::encode::GREETING;
use crate::wire::dns;
use crate::wire::http::{Request, Response};

/// How long a client may hold a connection.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long a silent server holds a connection that its client has finished.
const HOLD: Duration = Duration::from_secs(5);

/// The largest datagram without EDNS (RFC 1035 §2.3.4), and over TCP.
const PLAIN: usize = 512;
const LARGEST: usize = 65_535;

/// Answers datagrams until the server fails.
pub async fn udp(stage: Arc<Stage>, part: Part, server: UdpServer) {
    while let Ok((bytes, from)) = server.receive().await {
        if let Some(reply) = datagram(&stage, &part, &bytes) {
            // Whoever went away before the answer came does not miss it.
            let _ = server.send(&reply, from).await;
        }
    }
}

/// Answers connections until the server fails.
pub async fn tcp(stage: Arc<Stage>, part: Part, server: TcpServer) {
    each(server, |stream| talk(Arc::clone(&stage), part.clone(), stream)).await;
}

/// Plays a router's control socket.
pub async fn bird(stage: Arc<Stage>, id: Id, server: TcpServer) {
    each(server, |stream| control(Arc::clone(&stage), id.clone(), stream)).await;
}

/// Takes connections and says nothing.
pub async fn hung(server: TcpServer) {
    each(server, |mut stream| async move {
        while !stream.read_some(4096, Deadline::after(PATIENCE)).await?.is_empty() {}
        // Whoever only finished their own half hears nothing all the same.
        Deadline::after(HOLD).run(std::future::pending::<()>()).await;
        Ok(())
    })
    .await;
}

/// Serves each connection on its own; all of them end with the server.
async fn each<F>(server: TcpServer, serve: impl Fn(Stream) -> F)
where
    F: Future<Output = Result<(), NetError>> + Send + 'static,
{
    let mut open = JoinSet::new();
    while let Ok(stream) = server.accept().await {
        open.spawn(serve(stream));
        // How a connection ended is the client's to tell.
        while open.try_join_next().is_some() {}
    }
}

/// Says REFUSED to every datagram.
pub async fn denying_udp(server: UdpServer) {
    while let Ok((bytes, from)) = server.receive().await {
        if let Some(reply) = denial(&bytes) {
            let _ = server.send(&reply, from).await;
        }
    }
}

/// Says REFUSED to every question of a connection.
pub async fn denying_tcp(server: TcpServer) {
    each(server, |stream| answer_each(stream, denial)).await;
}

fn denial(bytes: &[u8]) -> Option<Vec<u8>> {
    let asked = dns::decode_query(bytes).ok()?;
    dns::encode_answer(&asked, &plain("REFUSED"), LARGEST).ok()
}

fn datagram(stage: &Stage, part: &Part, bytes: &[u8]) -> Option<Vec<u8>> {
    let roles = stage.playing(part);
    match roles.first()?.0.speech(Transport::Udp) {
        Speech::Dns => dns_reply(stage, &roles, bytes, None),
        Speech::TrackerUdp => {
            let (role, state) = roles.first()?;
            stage.state().tracker_udp(role.id(), *state, part.at.0.is_ipv6(), bytes)
        }
        Speech::Http | Speech::Opens => None,
    }
}

fn dns_reply(
    stage: &Stage,
    roles: &[(Role, ServerState)],
    bytes: &[u8],
    most: Option<usize>,
) -> Option<Vec<u8>> {
    let asked = dns::decode_query(bytes).ok()?;
    let mut state = stage.state();
    let mut answer = state.answer(roles, &asked.name, &asked.kind);
    if asked.dnssec {
        answer = state.with_signatures(roles, (&asked.name, &asked.kind), answer);
    }
    drop(state);
    let room = asked.payload.map_or(PLAIN, |payload| usize::from(payload).max(PLAIN));
    dns::encode_answer(&asked, &answer, most.unwrap_or(room)).ok()
}

async fn talk(stage: Arc<Stage>, part: Part, stream: Stream) -> Result<(), NetError> {
    let speeches = part.roles.iter().map(|role| role.speech(Transport::Tcp));
    match speeches.into_iter().find(|speech| *speech != Speech::Opens) {
        Some(Speech::Dns) => dns_stream(&stage, &part, stream).await,
        Some(Speech::Http) => web(&stage, &part, stream).await,
        Some(Speech::TrackerUdp | Speech::Opens) | None => opened(stream).await,
    }
}

/// Holds a connection that nothing is said on until the client leaves.
async fn opened(mut stream: Stream) -> Result<(), NetError> {
    stream.read_some(1, Deadline::after(PATIENCE)).await?;
    Ok(())
}

/// Two bytes of length before each message (RFC 1035 §4.2.2).
async fn dns_stream(stage: &Stage, part: &Part, stream: Stream) -> Result<(), NetError> {
    let reply = |bytes: &[u8]| dns_reply(stage, &stage.playing(part), bytes, Some(LARGEST));
    answer_each(stream, reply).await
}

async fn answer_each(
    mut stream: Stream,
    reply: impl Fn(&[u8]) -> Option<Vec<u8>>,
) -> Result<(), NetError> {
    let deadline = Deadline::after(PATIENCE);
    loop {
        let length = stream.read_exact(2, deadline).await?;
        let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
        let bytes = stream.read_exact(length, deadline).await?;
        let Some(reply) = reply(&bytes) else { return Ok(()) };
        let length = u16::try_from(reply.len()).unwrap_or(u16::MAX).to_be_bytes();
        stream.write_all(&[&length[..], &reply].concat(), deadline).await?;
    }
}

async fn web(stage: &Stage, part: &Part, mut stream: Stream) -> Result<(), NetError> {
    let deadline = Deadline::after(PATIENCE);
    let response = match web::request(&mut stream, deadline).await? {
        None => Response::text(400, "Bad Request"),
        Some(request) => respond(stage, part, &request),
    };
    stream.write_all(&response.encode(), deadline).await?;
    stream.finish(deadline).await
}

/// Lets everybody who plays at the endpoint answer; whoever knows the path is heard.
fn respond(stage: &Stage, part: &Part, request: &Request) -> Response {
    let roles = stage.playing(part);
    let mut state = stage.state();
    let mut last = Response::text(404, "Not Found");
    for (role, well) in roles {
        let response = respond_as(&mut state, &role, well, request);
        if response.status != 404 {
            return response;
        }
        last = response;
    }
    last
}

fn respond_as(state: &mut State, role: &Role, well: ServerState, request: &Request) -> Response {
    if let Role::Tracker(id) = role {
        return match state.estate.tracker(id).is_some_and(|it| is_meant(&it.urls, request)) {
            true => state.tracker_http(id, well, request),
            false => Response::text(404, "Not Found"),
        };
    }
    if let Role::ResolverWeb(id) = role {
        return state.dns_over_https(id, well, request);
    }
    match well {
        ServerState::Failing => return Response::text(500, "Internal Server Error"),
        ServerState::Lame => return Response::text(401, "Unauthorized"),
        ServerState::Up | ServerState::Hung | ServerState::Refused | ServerState::Dark => {}
    }
    let path = |url: Option<&String>| url.and_then(|url| Place::of(url)).map(|place| place.path);
    match role {
        Role::ProviderApi(id) => {
            let base = path(state.estate.provider(id).and_then(|it| it.api.as_ref()));
            state.powerdns(&Owner::Provider(id.clone()), &base.unwrap_or_default(), request)
        }
        Role::RegistrarApi(id) => {
            let base = path(state.estate.registrar(id).and_then(|it| it.api.as_ref()));
            state.powerdns(&Owner::Parent(id.clone()), &base.unwrap_or_default(), request)
        }
        Role::Registry(id) => {
            let rdap = state.estate.registrar(id).and_then(|it| it.rdap.as_ref());
            let base = path(rdap.map(|rdap| &rdap.url));
            state.rdap(id, &base.unwrap_or_default(), request)
        }
        Role::Seedbox(id) => {
            let base = path(state.estate.seedbox(id).map(|it| &it.rpc));
            state.transmission(id, &base.unwrap_or_default(), request)
        }
        Role::Authority(_)
        | Role::Parent(_)
        | Role::Resolver(_)
        | Role::ResolverWeb(_)
        | Role::ControlName(_)
        | Role::ControlPort(_)
        | Role::Tracker(_) => Response::text(404, "Not Found"),
    }
}

/// Tells whether a request is for one of some URLs, by its path's folder.
fn is_meant(urls: &[String], request: &Request) -> bool {
    let folder = |path: &str| path.rsplit_once('/').map(|(folder, _)| folder.to_owned());
    let own = urls.iter().filter_map(|url| Place::of(url)).filter(|place| !place.is_udp());
    own.into_iter().any(|place| folder(&place.path) == folder(&request.path))
}

async fn control(stage: Arc<Stage>, id: Id, mut stream: Stream) -> Result<(), NetError> {
    const LONGEST: usize = 4096;
    let deadline = Deadline::after(PATIENCE);
    stream.write_all(GREETING.as_bytes(), deadline).await?;
    let mut bytes = Vec::new();
    loop {
        while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = bytes.drain(..=end).collect();
            let reply = stage.state().bird(&id, String::from_utf8_lossy(&line).trim());
            stream.write_all(reply.as_bytes(), deadline).await?;
        }
        let piece = stream.read_some(LONGEST, deadline).await?;
        if piece.is_empty() || bytes.len() > LONGEST {
            return Ok(());
        }
        bytes.extend_from_slice(&piece);
    }
}
