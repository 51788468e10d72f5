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
    ("action", &["model", "diagnose", "service"]),
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
    ("ring", &["diagnose", "world"]),
    ("ring::rand", NOBODY),
    ("rustls", NET),
    ("tokio_rustls", NET),
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
    ("miniz_oxide", &["repo"]),
    ("cloudflare", &["service"]),
    ("tera", &["words"]),
    ("pulldown_cmark", &["words"]),
    ("indicatif", &["render"]),
    ("dialoguer", HOST),
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
];

/// What careful types keep, by the method that gives it out, with the only modules that may ask for it.
pub const KEPT: &[(&str, &[&str])] = &[
    // A secret's text: whoever sends it, and whoever makes a key of it.
    ("expose", &["model", "net", "service", "trust"]),
    // Untrusted text, raw: whoever speaks a protocol or judges what was said in it.
    ("raw", &["model", "wire", "diagnose", "net", "world", "service", "probe", "action"]),
    // Text that may drive a terminal, because it is this tool's own colour.
    ("drawn", &["model", "render"]),
];

/// The modules whose public fields hold what came from outside.
pub const FOREIGN: &[&str] = &[
    "wire",
    "service",
    "probe",
    "action",
    "repo",
    "net::reply",
    "net::question",
    "net::error",
    "host::processes",
    "model::evidence",
    "model::ending",
    "model::reading",
    "model::registration",
];

const ASCII: &str = "presentation form: visible ASCII, everything else as `\\DDD` (RFC 1035 §5.1)";
const ASKED: &str = "what we ask or write, in the words of the estate or the plan";
const WORDED: &str = "worded in this program; what it quotes is `Remote`";

/// Every text in a public field of theirs that is not `Remote`, or all of them below a name, with the reason.
pub const OURS: &[(&str, &str)] = &[
    ("action::Witnessed.because", WORDED),
    ("action::names::Name.", ASKED),
    ("model::evidence::DnsAnswer.rcode", "a code of the registry, or its number"),
    ("model::evidence::DnsObservation.", ASKED),
    ("model::evidence::DnsRecord.kind", "a type of the registry, or its number"),
    ("model::evidence::DnsRecord.name", ASCII),
    ("model::evidence::DnsRole::", ASCII),
    (
        "model::evidence::EvidenceSet.",
        "compared with this program's own before anything else is read",
    ),
    ("model::evidence::Inconclusive::", WORDED),
    ("model::evidence::RegistryObservation.name", ASKED),
    ("model::evidence::TrackerObservation.url", ASKED),
    ("model::reading::Found::", WORDED),
    ("model::reading::Sent::", WORDED),
    (
        "model::reading::ServedKey.",
        "numbers, base 64 and hexadecimal digits, checked by the decoder of keys",
    ),
    ("model::reading::Torrent.info_hash", "40 hexadecimal digits, checked by its decoder"),
    ("model::reading::Wanted::", ASKED),
    ("net::error::NetError::Barred.0", WORDED),
    ("net::reply::HttpReply.headers", "a header's name: a token in lower case (RFC 9110 §5.1)"),
    ("repo::custody::", "ids of commits, fingerprints of keys, and the operator's own lists"),
    ("repo::distrust::Distrust::", "ids of commits"),
    ("repo::error::RepoError::", "a path of the operator's own repository"),
    ("repo::fetch::Brought.", "the id of a commit, and a branch of the operator's own"),
    ("repo::fetch::Errand.remote", "what the operator typed"),
    ("repo::fetch::FetchError::NotThere.branch", "a branch of the operator's own"),
    (
        "repo::history::HistoryEntry.",
        "the id of a commit, and a key's fingerprint beside its signer",
    ),
    ("repo::shared::approvals::Laid.commit", "40 hexadecimal digits, checked when it is read"),
    ("repo::shared::locks::Claim.commit", "40 hexadecimal digits, checked when it is read"),
    ("repo::shared::locks::Swap.seen", "40 hexadecimal digits, as they were read"),
    ("repo::shared::parcel::Parcel.signed", "a well-formed id and `.do` or `.undo`"),
    (
        "repo::shared::stone::Stone.schema",
        "compared with this program's own before anything else is read",
    ),
    ("repo::shelf::", "the operator's own documents"),
    ("service::channel::Parcel.", "a message, in words approved beforehand"),
    ("service::channel::Receipt.because", WORDED),
    ("service::dns::copy::CopyError::Refused.because", WORDED),
    ("service::dns::hosted::HostedError::", WORDED),
    ("service::dns::hosted::Refusal.said", WORDED),
    ("service::dns::powerdns::PowerDnsError::Malformed.because", WORDED),
    ("service::dns::powerdns::PowerDnsError::NoZone.zone", ASKED),
    ("service::dns::powerdns_json::Unlike.0", WORDED),
    ("service::dns::round::", ASKED),
    ("service::dns::sight::Place::Below.", ASCII),
    ("service::dns::update_error::Said::", "names of the estate, and codes of the registry"),
    ("service::dns::update_error::UpdateError::", WORDED),
    ("service::dns::way::", "the estate's own name, authority and path of a resolver"),
    ("service::json_api::ApiPlace.base", "the estate's own URL of a service"),
    ("service::seedbox::error::SeedboxError::", "the info-hash that was asked for"),
    ("service::tracker::endpoint::Endpoint.", ASKED),
    ("wire::as_table::AsTableFault::", "a line of the operator's own table"),
    ("wire::dns::DnsError::", ASKED),
    ("wire::dns::copy::Worded.", "what is taken in; what comes out is canonical, or `Remote`"),
    ("wire::dns::query::Query.", ASKED),
    ("wire::dns::query::Received.", ASCII),
    ("wire::dns::roll::RollFault::", "a line of the operator's own roll"),
    ("wire::dns::update::", "what we write; read back only in a drill's world"),
    ("wire::http::", "a drill's own client, and what is answered to it"),
    ("wire::json::Json::", "taken apart by decoders, which hand out `Remote`"),
    ("wire::sigv4::AccessKey.id", "the id of the operator's own key"),
    ("wire::sigv4::AccessKey.secret", "the operator's own key"),
    ("wire::sigv4::Unsigned.", ASKED),
    ("wire::transmission::Edit.", ASKED),
    ("wire::transmission::Torrent.info_hash", "40 hexadecimal digits, checked by its decoder"),
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
