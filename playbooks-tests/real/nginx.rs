//! nginx before an API: it turns away whoever asks too often, and says when to come back.

use super::daemon::Daemon;
use super::http;
use super::lab::Lab;
use std::net::SocketAddr;
use std::path::PathBuf;

/// The path that nginx answers itself, outside its limit and its log.
const MARK: &str = "/here";

/// A running nginx.
pub struct Nginx {
    _daemon: Daemon,
    pub address: SocketAddr,
    log: PathBuf,
}

/// One request, as nginx logged it.
pub struct Logged {
    /// When it was answered, in seconds since the epoch, to the millisecond.
    pub at: f64,
    pub method: String,
    pub path: String,
    pub status: u16,
}

impl Nginx {
    /// Starts it before a server: one request a second passes, the others get a status and `Retry-After: 1`.
    pub fn start(
        lab: &Lab,
        name: &str,
        address: SocketAddr,
        server: SocketAddr,
        busy: u16,
    ) -> Nginx {
        let folder = lab.subfolder(name);
        let text = format!(
            "user root; daemon off; master_process off; pid {folder}/pid; error_log stderr;\nevents {{}}\nhttp {{\n\
             log_format line '$msec $request_method $request_uri $status'; access_log {folder}/log line;\n\
             client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f;\n\
             uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;\n\
             limit_req_zone $server_addr zone=all:32k rate=1r/s; limit_req_status {busy};\n\
             server {{ listen {address};\n\
             location / {{ limit_req zone=all; proxy_pass http://{server}; error_page {busy} = @busy; }}\n\
             location = {MARK} {{ access_log off; return 204; }}\n\
             location @busy {{ add_header Retry-After 1 always; return {busy}; }} }} }}\n",
            folder = folder.display()
        );
        let path = lab.write(&format!("{name}/nginx.conf"), text);
        let words = ["nginx", "-p", folder.to_str().unwrap(), "-c", path.to_str().unwrap()];
        let mut daemon = lab.start(name, &words);
        daemon.ready(|| http::request(address, "GET", MARK, &[], b"").ok());
        Nginx { _daemon: daemon, address, log: folder.join("log") }
    }

    /// Returns what came by, in its order.
    pub fn requests(&self) -> Vec<Logged> {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        text.lines().map(Logged::read).collect()
    }
}

impl Logged {
    fn read(line: &str) -> Logged {
        let [at, method, path, status] = line.split(' ').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let (method, path) = (method.to_owned(), path.to_owned());
        Logged { at: at.parse().unwrap(), method, path, status: status.parse().unwrap() }
    }
}
