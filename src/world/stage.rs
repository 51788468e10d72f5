//! The stage: the loopback servers, and the routes that lead to them or into the void.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::task::AbortHandle;

use super::cast::{Cast, Endpoint, Role, Speech};
use super::error::WorldError;
use super::network::Fate;
use super::serve;
use super::state::State;
use crate::model::{Id, ServerState};
use crate::net::loopback::{DarkPort, RefusingPort, TcpServer, UdpServer};
use crate::net::{NetError, RouteMap, Transport};

/// What every server shares.
pub struct Stage {
    state: Mutex<State>,
    /// Which server plays each endpoint.
    servers: BTreeMap<Endpoint, SocketAddr>,
    /// Which server plays each router's socket.
    sockets: Vec<(Id, String, SocketAddr)>,
    void: Void,
    maps: Mutex<BTreeMap<Id, RouteMap>>,
    local: Id,
}

/// The parts that one server plays, and at which of its endpoints its state is looked up.
#[derive(Clone, Debug)]
pub struct Part {
    /// What it plays.
    pub roles: BTreeSet<Role>,
    /// Its first endpoint.
    pub at: Endpoint,
}

/// Where packets go that nobody answers.
struct Void {
    hung: [SocketAddr; 2],
    denying: [SocketAddr; 2],
    refusing: [RefusingPort; 2],
    dark_tcp: DarkPort,
    dark_udp: UdpServer,
}

impl Void {
    fn at(&self, fate: Fate, transport: Transport) -> Option<SocketAddr> {
        let udp = transport == Transport::Udp;
        match fate {
            Fate::Open => None,
            Fate::Hung => Some(self.hung[usize::from(udp)]),
            Fate::Denied => Some(self.denying[usize::from(udp)]),
            Fate::Refused => Some(self.refusing[usize::from(udp)].address()),
            Fate::Dark if udp => Some(self.dark_udp.address()),
            Fate::Dark => Some(self.dark_tcp.address()),
        }
    }
}

/// Servers that were opened, before anybody plays on them.
pub struct Opened {
    udp: Vec<(Part, UdpServer)>,
    tcp: Vec<(Part, TcpServer)>,
    birds: Vec<(Id, TcpServer)>,
    hung: TcpServer,
    denying: (TcpServer, UdpServer),
}

impl Stage {
    /// Opens every server and draws the routes.
    pub async fn open(state: State, local: Id) -> Result<(Arc<Self>, Opened), WorldError> {
        let cast = Arc::clone(&state.cast);
        let (mut udp, mut tcp, mut servers) = (Vec::new(), Vec::new(), BTreeMap::new());
        for (roles, endpoints) in parts(&cast)? {
            let Some(at) = endpoints.first().copied() else { continue };
            let part = Part { roles, at };
            let address = match at.1 {
                Transport::Udp => {
                    udp.push((part, UdpServer::open().await?));
                    udp.last().map(|(_, server)| server.address())
                }
                Transport::Tcp => {
                    tcp.push((part, TcpServer::open().await?));
                    tcp.last().map(|(_, server)| server.address())
                }
            };
            servers.extend(endpoints.into_iter().filter_map(|endpoint| Some((endpoint, address?))));
        }
        let (mut birds, mut sockets) = (Vec::new(), Vec::new());
        let routers = state.estate.routers.iter().map(|it| (&it.id, &it.socket));
        for (id, socket) in
            routers.chain(state.estate.collectors.iter().map(|it| (&it.id, &it.socket)))
        {
            let server = TcpServer::open().await?;
            sockets.push((id.clone(), socket.clone(), server.address()));
            birds.push((id.clone(), server));
        }
        let hung = TcpServer::open().await?;
        let denying = (TcpServer::open().await?, UdpServer::open().await?);
        let void = void(&hung, [denying.0.address(), denying.1.address()]).await?;
        let maps = maps(&state, &local);
        let state = Mutex::new(state);
        let stage = Self { state, servers, sockets, void, maps: Mutex::new(maps), local };
        stage.draw()?;
        Ok((Arc::new(stage), Opened { udp, tcp, birds, hung, denying }))
    }

    /// Returns the state, alone.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the routes of a vantage.
    pub fn map(&self, vantage: &Id) -> Option<RouteMap> {
        self.maps().get(vantage).cloned()
    }

    /// Returns the vantage that stands for this machine.
    pub const fn local(&self) -> &Id {
        &self.local
    }

    /// Returns a part with the state that each role of it is in.
    pub fn playing(&self, part: &Part) -> Vec<(Role, ServerState)> {
        let state = self.state();
        let of = |role: &Role| (role.clone(), state.server_state(role, part.at));
        part.roles.iter().map(of).collect()
    }

    fn maps(&self) -> MutexGuard<'_, BTreeMap<Id, RouteMap>> {
        self.maps.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Leads every vantage's packets to where they go now.
    ///
    /// # Errors
    /// [`NetError::NotLoopback`], which no server here can cause.
    pub fn draw(&self) -> Result<(), NetError> {
        let state = self.state();
        let mut maps = self.maps();
        for (vantage, map) in maps.iter_mut() {
            let view = state.view_of(vantage);
            for (endpoint, server) in &self.servers {
                let fate = state.fate(&view, *endpoint);
                let goal = self.void.at(fate, endpoint.1).unwrap_or(*server);
                map.add(endpoint.0, endpoint.1, goal)?;
            }
            // A control socket is a file of this machine; nobody else has it.
            for (id, path, server) in self.sockets.iter().filter(|_| *vantage == self.local) {
                let fate = if view.cut { Fate::Hung } else { state.socket_fate(id) };
                map.add_path(path, self.void.at(fate, Transport::Tcp).unwrap_or(*server))?;
            }
        }
        Ok(())
    }
}

impl State {
    /// Tells what becomes of whoever opens a router's control socket.
    fn socket_fate(&self, id: &Id) -> Fate {
        let about = self.troubles.servers.iter().rev().find(|fault| fault.id == *id);
        match about.map_or(ServerState::Up, |fault| fault.state) {
            ServerState::Up | ServerState::Lame | ServerState::Failing => Fate::Open,
            ServerState::Hung | ServerState::Dark => Fate::Hung,
            ServerState::Refused => Fate::Refused,
        }
    }
}

impl Opened {
    /// Begins to play; every task ends with its handle.
    pub fn play(self, stage: &Arc<Stage>) -> Vec<AbortHandle> {
        let mut tasks = Vec::new();
        for (part, server) in self.udp {
            tasks.push(tokio::spawn(serve::udp(Arc::clone(stage), part, server)).abort_handle());
        }
        for (part, server) in self.tcp {
            tasks.push(tokio::spawn(serve::tcp(Arc::clone(stage), part, server)).abort_handle());
        }
        for (id, server) in self.birds {
            tasks.push(tokio::spawn(serve::bird(Arc::clone(stage), id, server)).abort_handle());
        }
        tasks.push(tokio::spawn(serve::hung(self.hung)).abort_handle());
        tasks.push(tokio::spawn(serve::denying_tcp(self.denying.0)).abort_handle());
        tasks.push(tokio::spawn(serve::denying_udp(self.denying.1)).abort_handle());
        tasks
    }
}

/// Parts that one server plays, and where.
type Group = (BTreeSet<Role>, Vec<Endpoint>);

/// Groups endpoints by who plays there: equal casts share a server, each address family its own.
fn parts(cast: &Cast) -> Result<Vec<Group>, WorldError> {
    let mut groups: BTreeMap<(Transport, bool, &BTreeSet<Role>), Vec<Endpoint>> = BTreeMap::new();
    for (endpoint, roles) in &cast.endpoints {
        let speaks: Vec<Speech> = roles.iter().map(|role| role.speech(endpoint.1)).collect();
        let mut speaking = speaks.iter().filter(|speech| **speech != Speech::Opens);
        let first = speaking.next();
        if speaking.any(|speech| Some(speech) != first) {
            return Err(WorldError::Clash(endpoint.0));
        }
        groups.entry((endpoint.1, endpoint.0.is_ipv6(), roles)).or_default().push(*endpoint);
    }
    Ok(groups.into_iter().map(|((.., roles), endpoints)| (roles.clone(), endpoints)).collect())
}

async fn void(hung: &TcpServer, denying: [SocketAddr; 2]) -> Result<Void, NetError> {
    let dark_udp = UdpServer::open().await?;
    Ok(Void {
        hung: [hung.address(), dark_udp.address()],
        denying,
        refusing: [RefusingPort::tcp()?, RefusingPort::udp()?],
        dark_tcp: DarkPort::tcp()?,
        dark_udp,
    })
}

fn maps(state: &State, local: &Id) -> BTreeMap<Id, RouteMap> {
    let named = state.estate.vantages.iter().map(|vantage| vantage.id.clone());
    named.chain([local.clone()]).map(|id| (id, RouteMap::default())).collect()
}
