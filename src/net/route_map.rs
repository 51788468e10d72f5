//! A drill's world: which real address and port is played by which loopback server.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::NetError;

/// How bytes travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Transport {
    /// Datagrams.
    Udp,
    /// A stream.
    Tcp,
}

/// Routes from real addresses, ports and socket paths to loopback. What is not in it is unreachable.
///
/// Clones share their routes: a drill's world moves them under a door that is open.
#[derive(Clone, Debug, Default)]
pub struct RouteMap(Arc<RwLock<Routes>>);

#[derive(Debug, Default)]
struct Routes {
    routes: HashMap<(SocketAddr, Transport), SocketAddr>,
    names: HashMap<(SocketAddr, Transport), SocketAddr>,
    paths: HashMap<PathBuf, SocketAddr>,
}

impl RouteMap {
    /// Adds a route from a real address, in place of the one that it had.
    ///
    /// # Errors
    /// [`NetError::NotLoopback`] for any goal but loopback.
    pub fn add(
        &mut self,
        from: SocketAddr,
        transport: Transport,
        to: SocketAddr,
    ) -> Result<(), NetError> {
        let to = loopback(to)?;
        let mut routes = self.write();
        routes.routes.insert((canonical(from), transport), to);
        routes.names.insert((to, transport), from);
        Ok(())
    }

    /// Adds a route from a Unix socket's path to a TCP server.
    ///
    /// # Errors
    /// [`NetError::NotLoopback`] for any goal but loopback.
    pub fn add_path(&mut self, from: impl Into<PathBuf>, to: SocketAddr) -> Result<(), NetError> {
        let to = loopback(to)?;
        self.write().paths.insert(from.into(), to);
        Ok(())
    }

    /// Returns the server that plays an address.
    pub(super) fn find(&self, from: SocketAddr, transport: Transport) -> Option<SocketAddr> {
        self.read().routes.get(&(canonical(from), transport)).copied()
    }

    /// Tells whether an address is played, at whatever port.
    pub(super) fn plays(&self, ip: IpAddr) -> bool {
        self.read().routes.keys().any(|(from, _)| from.ip() == ip.to_canonical())
    }

    /// Returns the server that plays a socket's path.
    pub(super) fn find_path(&self, from: &Path) -> Option<SocketAddr> {
        self.read().paths.get(from).copied()
    }

    /// Returns the address that a server plays.
    pub(super) fn name(&self, server: SocketAddr, transport: Transport) -> Option<SocketAddr> {
        self.read().names.get(&(server, transport)).copied()
    }

    fn read(&self) -> RwLockReadGuard<'_, Routes> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Routes> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

fn loopback(to: SocketAddr) -> Result<SocketAddr, NetError> {
    if to.ip().is_loopback() { Ok(to) } else { Err(NetError::NotLoopback(to.ip())) }
}

/// Writes an address in its one form, so that a mapped one finds its route too.
fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(IpAddr::to_canonical(&address.ip()), address.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_leads_to_loopback_or_nowhere() {
        let mut map = RouteMap::default();
        let (real, server) = (
            "192.0.2.1:53".parse().expect("an address"),
            "127.0.0.1:5353".parse().expect("an address"),
        );
        map.add(real, Transport::Udp, server).expect("is loopback");
        assert_eq!(map.find(real, Transport::Udp), Some(server));
        assert_eq!(map.find(real, Transport::Tcp), None);
        let mapped: SocketAddr = "[::ffff:192.0.2.1]:53".parse().expect("an address");
        assert_eq!(map.find(mapped, Transport::Udp), Some(server));
        assert_eq!(map.name(server, Transport::Udp), Some(real));
        assert!(map.plays(mapped.ip()) && !map.plays(server.ip()));
        assert_eq!(map.add(server, Transport::Udp, real), Err(NetError::NotLoopback(real.ip())));
        assert_eq!(map.add_path("/run/bird.ctl", real), Err(NetError::NotLoopback(real.ip())));
        assert_eq!(map.find_path(Path::new("/run/bird.ctl")), None);
    }

    #[test]
    fn a_moved_route_is_seen_by_whoever_holds_the_map() {
        let mut map = RouteMap::default();
        let held = map.clone();
        let real = "192.0.2.1:53".parse().expect("an address");
        for port in [5301, 5302] {
            let server = SocketAddr::new(IpAddr::from([127, 0, 0, 1]), port);
            map.add(real, Transport::Tcp, server).expect("is loopback");
            assert_eq!(held.find(real, Transport::Tcp), Some(server));
        }
    }
}
