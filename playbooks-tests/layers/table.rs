//! The law itself: the layers in their order, the pure modules, and the doors to the outside.

/// Each top-level module with the modules that it may import; imports point upwards in this list.
pub const LAYERS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("wire", &["model"]),
    ("document", &["model"]),
    ("journal", &["model"]),
    ("diagnose", &["model", "wire"]),
    ("plan", &["model"]),
    ("trust", &["model", "journal"]),
    ("view", &["model", "journal"]),
    ("words", &["model", "view"]),
    ("engine", &["model", "journal", "plan"]),
    ("net", &["model"]),
    ("host", &["model"]),
    ("store", &["model", "journal", "host"]),
    ("repo", &["model", "trust", "net", "host"]),
    ("service", &["model", "wire", "net", "host"]),
    ("world", &["model", "wire", "net"]),
    ("probe", &["model", "wire", "net", "host", "service"]),
    ("action", &["model", "service"]),
    ("drive", UP_TO_ACTION),
    ("render", &["model", "view", "words"]),
    ("cli", EVERYTHING_BELOW),
    ("main", &["cli"]),
];

const UP_TO_ACTION: &[&str] = &[
    "model", "wire", "document", "journal", "diagnose", "plan", "trust", "view", "words", "engine",
    "net", "host", "store", "repo", "service", "world", "probe", "action",
];

const EVERYTHING_BELOW: &[&str] = &[
    "model", "wire", "document", "journal", "diagnose", "plan", "trust", "view", "words", "engine",
    "net", "host", "store", "repo", "service", "world", "probe", "action", "drive", "render",
];

/// The modules without clock, file, socket, process, environment or `async`.
pub const PURE: &[&str] = &[
    "model", "wire", "document", "journal", "diagnose", "plan", "trust", "view", "words", "engine",
];

/// Whoever is not pure.
const IMPURE: &[&str] = &[
    "net", "host", "store", "repo", "service", "world", "probe", "action", "drive", "render",
    "cli", "main",
];
const ANYWHERE: &[&str] = &[
    "model", "wire", "document", "journal", "diagnose", "plan", "trust", "view", "words", "engine",
    "net", "host", "store", "repo", "service", "world", "probe", "action", "drive", "render",
    "cli", "main",
];
const NOBODY: &[&str] = &[];
const NET: &[&str] = &["net"];
const HOST: &[&str] = &["host"];
const NET_AND_HOST: &[&str] = &["net", "host"];

/// Each outside path with the only modules that may name it; the longest path that fits decides.
pub const DOORS: &[(&str, &[&str])] = &[
    ("std::env", HOST),
    ("std::env::consts", ANYWHERE),
    ("std::fs", HOST),
    ("std::io::stdin", HOST),
    ("std::io::stdout", HOST),
    ("std::io::stderr", HOST),
    ("std::io::Stdin", HOST),
    ("std::io::Stdout", HOST),
    ("std::io::Stderr", HOST),
    ("std::io::IsTerminal", HOST),
    ("std::net", NET_AND_HOST),
    ("std::net::AddrParseError", ANYWHERE),
    ("std::net::IpAddr", ANYWHERE),
    ("std::net::Ipv4Addr", ANYWHERE),
    ("std::net::Ipv6Addr", ANYWHERE),
    ("std::net::SocketAddr", ANYWHERE),
    ("std::net::SocketAddrV4", ANYWHERE),
    ("std::net::SocketAddrV6", ANYWHERE),
    ("std::os", NET_AND_HOST),
    ("std::process", HOST),
    ("std::process::ExitCode", &["host", "cli", "main"]),
    ("std::thread", IMPURE),
    ("std::thread::sleep", NOBODY),
    ("std::time::Instant", IMPURE),
    ("std::time::Instant::now", NET_AND_HOST),
    ("std::time::SystemTime", HOST),
    ("std::time::UNIX_EPOCH", HOST),
    ("jiff::Timestamp::now", HOST),
    ("jiff::Zoned::now", HOST),
    ("jiff::tz::TimeZone::get", HOST),
    ("jiff::tz::TimeZone::system", HOST),
    ("jiff::tz::TimeZone::try_system", HOST),
    ("tokio", IMPURE),
    ("tokio::fs", NOBODY),
    ("tokio::io::stdin", HOST),
    ("tokio::io::stdout", HOST),
    ("tokio::io::stderr", HOST),
    ("tokio::net", NET),
    ("tokio::process", HOST),
    ("tokio::signal", HOST),
    ("tokio::time", NET_AND_HOST),
    ("reqwest", NET),
    ("rustls", NET),
    ("webpki_root_certs", NET),
    ("socket2", NET_AND_HOST),
    ("tower_layer", NET),
    ("tower_service", NET),
    ("nix", NET_AND_HOST),
    ("hickory_proto", &["wire"]),
    ("bgpkit_parser", &["wire"]),
    ("serde_yaml", &["document"]),
    ("annotate_snippets", &["document"]),
    ("sha2", &["model", "wire", "journal", "diagnose", "plan", "trust", "store", "repo", "drive"]),
    ("base64", &["trust", "service", "world"]),
    ("include_dir", &["repo"]),
    ("ssh_key", &["trust"]),
    ("signature", &["trust"]),
    ("git2", &["repo"]),
    ("cloudflare", &["service"]),
    ("tera", &["words"]),
    ("pulldown_cmark", &["words"]),
    ("indicatif", &["render"]),
    ("dialoguer", HOST),
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
];

/// Returns what a module may import, or nothing when it has no layer.
pub fn may_import(module: &str) -> Option<&'static [&'static str]> {
    LAYERS.iter().find(|(name, _)| *name == module).map(|(_, may)| *may)
}

/// Returns the longest door that an outside path goes through, with who may use it.
pub fn door(path: &[String]) -> Option<(&'static str, &'static [&'static str])> {
    let fits = |door: &str| {
        door.split("::").enumerate().all(|(at, name)| path.get(at).is_some_and(|it| it == name))
    };
    DOORS.iter().filter(|(door, _)| fits(door)).max_by_key(|(door, _)| door.len()).copied()
}

/// Tells whether a path stands above a door, so that all of it at once would hide what comes in.
pub fn stands_above_a_door(path: &[String]) -> bool {
    let inside = format!("{}::", path.join("::"));
    DOORS.iter().any(|(door, _)| door.starts_with(&inside))
}
