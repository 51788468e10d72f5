//! Servers that never get a secret and know it all the same: a tracker whose redirect holds it, a tracker over UDP, a
//! router. Each waits until the secret of this very command has come to where it belongs, for no sooner is it known.

use super::liar::{self, reply};
use super::search::forms;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, UdpSocket};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

/// How long a server waits for a rumour: less than any target's budget.
const PATIENCE: Duration = Duration::from_millis(250);

/// The first reply of a router takes more than one read, and the secret lies across its end.
const PIECE: usize = 16 << 10;

/// The secret of the command that runs.
#[derive(Clone, Default)]
pub struct Rumour(Arc<(Mutex<Heard>, Condvar)>);

#[derive(Default)]
struct Heard {
    wanted: String,
    secret: Option<String>,
    /// A part of another secret, and a file that is there once that one came.
    marked: Option<(&'static str, PathBuf)>,
}

impl Rumour {
    /// Forgets the last command; what ends so is the next one's.
    pub fn await_one(&self, ending: &str) {
        let mut heard = self.0.0.lock().unwrap();
        (heard.wanted, heard.secret) = (ending.to_owned(), None);
        if let Some((_, mark)) = &heard.marked {
            // It may not have come.
            let _ = fs::remove_file(mark);
        }
    }

    /// From now on a file says that a secret came: to programs, which hear no rumour.
    pub fn mark(&self, part: &'static str, mark: PathBuf) {
        self.0.0.lock().unwrap().marked = Some((part, mark));
    }

    /// Spreads a secret, if it is one of the command that runs.
    pub fn spread(&self, secret: &str) {
        let mut heard = self.0.0.lock().unwrap();
        if let Some((_, mark)) = heard.marked.as_ref().filter(|(part, _)| secret.contains(part)) {
            fs::write(mark, "").unwrap();
        }
        if !heard.wanted.is_empty() && secret.ends_with(&heard.wanted) {
            heard.secret = Some(secret.to_owned());
            self.0.1.notify_all();
        }
    }

    /// Waits for the secret; none where it does not come in time.
    fn wait(&self) -> Option<String> {
        let heard = self.0.0.lock().unwrap();
        let none = |heard: &mut Heard| heard.secret.is_none();
        self.0.1.wait_timeout_while(heard, PATIENCE, none).unwrap().0.secret.clone()
    }
}

/// What a URL's path begins with that a redirect leads to.
pub const ELSEWHERE: &str = "/elsewhere/";

/// A tracker that sends whoever asks to another server, with the secret in the way there.
pub fn redirecting(rumour: &Rumour, to: SocketAddr) -> SocketAddr {
    let rumour = rumour.clone();
    liar::serve(move |_| {
        let Some(secret) = rumour.wait() else { return reply("404 Not Found", &[], b"") };
        let encoded = String::from_utf8(forms(&secret).swap_remove(2).1).unwrap();
        reply("302 Found", &[("Location", &format!("http://{to}{ELSEWHERE}{encoded}"))], b"")
    })
}

/// A tracker over UDP that fails with the secret in its words (BEP 15), on both kinds of sockets.
pub fn over_udp(rumour: &Rumour) -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let (address, rumour) = (socket.local_addr().unwrap(), rumour.clone());
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok((count, from)) = socket.recv_from(&mut buffer) {
            let Some(transaction) = buffer[..count].get(12..16) else { continue };
            let Some(secret) = rumour.wait() else { continue };
            let words = format!("over-udp: {secret}");
            let error = [&3_u32.to_be_bytes()[..], transaction, words.as_bytes()].concat();
            let _ = socket.send_to(&error, from);
        }
    });
    address
}

/// A router that refuses the session with the secret in its words, in two pieces of a long reply.
pub fn router(rumour: &Rumour, path: &Path) {
    let (listener, rumour) = (UnixListener::bind(path).unwrap(), rumour.clone());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            // Whoever asked may have left.
            let _ = stream.write_all(b"0001 BIRD 2.0.12 ready.\n");
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let (Some(Ok(_)), Some(secret)) = (lines.next(), rumour.wait()) else { continue };
            let words = "8007 by-unix: ";
            let filling = PIECE - "8007-\n".len() - words.len() - secret.len() / 2;
            let said = format!("8007-{}\n{words}{secret}\n", "x".repeat(filling));
            let _ = stream.write_all(said.as_bytes());
        }
    });
}
