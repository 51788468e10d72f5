//! Breaches planted in small source trees: the checker must name each, and nothing besides.

use super::check::breaches;
use super::source::Source;
use crate::pace;
use libtest_mimic::Trial;

/// A tree of sources and the beginning of each line that the checker must say about it.
struct Planted {
    name: &'static str,
    files: &'static [(&'static str, &'static str)],
    says: &'static [&'static str],
}

/// Returns one trial for each planted tree.
pub fn trials() -> Vec<Trial> {
    let trial = |planted: &'static Planted| {
        pace::trial(format!("layers::planted::{}", planted.name), || planted.judge())
    };
    PLANTED.iter().map(trial).collect()
}

impl Planted {
    fn judge(&self) {
        let source = |(path, text): &(&str, &str)| Source {
            path: (*path).to_owned(),
            text: (*text).to_owned(),
        };
        let found = breaches(&self.files.iter().map(source).collect::<Vec<_>>());
        let fits = found.len() == self.says.len()
            && found.iter().zip(self.says).all(|(it, want)| it.starts_with(want));
        assert!(fits, "wanted:\n{}\nfound:\n{}\n", self.says.join("\n"), found.join("\n"));
    }
}

const PLANTED: &[Planted] = &[
    Planted {
        name: "a-clean-tree-is-clean",
        files: &[
            ("lib.rs", "pub mod model; pub mod net; pub mod host; pub mod cli;"),
            (
                "model/mod.rs",
                "mod id; pub use id::Id; use std::net::{IpAddr, SocketAddr}; use std::time::Duration;",
            ),
            (
                "model/id.rs",
                "use super::Other; /// See [`crate::cli::run`].\n pub struct Id(std::net::Ipv4Addr);",
            ),
            (
                "net/mod.rs",
                "use crate::model::Id; use tokio::net::TcpStream; fn f() { std::time::Instant::now(); }",
            ),
            (
                "host/mod.rs",
                "pub fn read() { std::fs::read(\"x\"); std::process::Command::new(\"true\"); }",
            ),
            (
                "cli/mod.rs",
                "use crate::{host, net, model::{self, Id as Name}}; fn f() { host::read() }",
            ),
            ("main.rs", "fn main() -> std::process::ExitCode { lifeboat::cli::main() }"),
        ],
        says: &[],
    },
    Planted {
        name: "inline-path",
        files: &[("diagnose/mod.rs", "fn f() {\n    crate::host::now();\n}")],
        says: &["diagnose/mod.rs:2: `diagnose` may not import `host` (`crate::host::now`)"],
    },
    Planted {
        name: "inline-path-in-a-type",
        files: &[("plan/mod.rs", "struct S { clock: Option<crate::host::Clock> }")],
        says: &["plan/mod.rs:1: `plan` may not import `host`"],
    },
    Planted {
        name: "inline-path-of-the-librarys-name",
        files: &[("plan/mod.rs", "fn f() { lifeboat::net::connect(); ::lifeboat::host::now(); }")],
        says: &[
            "plan/mod.rs:1: `plan` may not import `host`",
            "plan/mod.rs:1: `plan` may not import `net`",
        ],
    },
    Planted {
        name: "grouped-use",
        files: &[(
            "view/mod.rs",
            "use crate::{\n    model::Id,\n    journal::{self, Record},\n    store::{Lock as L},\n};",
        )],
        says: &["view/mod.rs:4: `view` may not import `store`"],
    },
    Planted {
        name: "super-super",
        files: &[(
            "diagnose/rules/mod.rs",
            "use super::super::net::Door;\nfn f() { super::super::host::now() }",
        )],
        says: &[
            "diagnose/rules/mod.rs:1: `diagnose` may not import `net`",
            "diagnose/rules/mod.rs:2: `diagnose` may not import `host`",
        ],
    },
    Planted {
        name: "super-from-an-inline-module",
        files: &[("diagnose/mod.rs", "mod inner { fn f() { super::super::host::now() } }")],
        says: &["diagnose/mod.rs:1: `diagnose` may not import `host`"],
    },
    Planted {
        name: "re-export",
        files: &[
            ("view/mod.rs", "pub use crate::journal::Record;"),
            ("words/mod.rs", "use crate::view::Record;"),
            ("journal/mod.rs", "pub struct Record;"),
        ],
        says: &["words/mod.rs:1: `words` may not import `journal` (`crate::view::Record`)"],
    },
    Planted {
        name: "re-export-under-another-name",
        files: &[
            ("view/mod.rs", "mod inner; pub use inner::Line;"),
            ("view/inner.rs", "pub use crate::journal::Record as Line;"),
            ("words/mod.rs", "fn f(line: crate::view::Line) {}"),
        ],
        says: &["words/mod.rs:1: `words` may not import `journal`"],
    },
    Planted {
        name: "re-export-through-a-glob",
        files: &[
            ("view/mod.rs", "pub use crate::journal::*;"),
            ("journal/mod.rs", "pub struct Record;"),
            ("words/mod.rs", "use crate::view::*;"),
            ("render/mod.rs", "use crate::view::Record;"),
        ],
        says: &[
            "render/mod.rs:1: `render` may not import `journal`",
            "words/mod.rs:1: `words` may not import `journal`",
        ],
    },
    Planted {
        name: "re-export-at-the-root",
        files: &[
            ("lib.rs", "pub mod host; pub use host::Clock;"),
            ("plan/mod.rs", "use crate::Clock;"),
        ],
        says: &["plan/mod.rs:1: `plan` may not import `host` (`crate::Clock`)"],
    },
    Planted {
        name: "re-export-as-a-type-alias",
        files: &[
            ("view/mod.rs", "pub type Line = crate::journal::Record;"),
            ("words/mod.rs", "use crate::view::Line;"),
        ],
        says: &["words/mod.rs:1: `words` may not import `journal`"],
    },
    Planted {
        name: "re-export-of-a-socket",
        files: &[
            ("net/mod.rs", "pub use tokio::net::UdpSocket;"),
            ("probe/dns.rs", "use crate::net::UdpSocket;"),
        ],
        says: &["probe/dns.rs:1: only `net` may name `tokio::net`, not `probe`"],
    },
    Planted {
        name: "crate-alias",
        files: &[
            ("diagnose/mod.rs", "use crate as house;\nfn f() { house::host::now() }"),
            ("plan/mod.rs", "use crate::{self as house};"),
            ("trust/mod.rs", "extern crate self as house;\nfn f() { house::cli::run() }"),
            ("view/mod.rs", "use super as up;\nfn f() { up::host::now() }"),
            ("words/mod.rs", "use lifeboat as house;"),
        ],
        says: &[
            "diagnose/mod.rs:1: gives the crate another name",
            "diagnose/mod.rs:2: `diagnose` may not import `host`",
            "plan/mod.rs:1: gives the crate another name",
            "trust/mod.rs:1: gives the crate another name",
            "trust/mod.rs:2: `trust` may not import `cli`",
            "view/mod.rs:1: gives the crate another name",
            "view/mod.rs:2: `view` may not import `host`",
            "words/mod.rs:1: gives the crate another name",
        ],
    },
    Planted {
        name: "the-whole-crate",
        files: &[("diagnose/mod.rs", "use crate::*;")],
        says: &["diagnose/mod.rs:1: `crate::*` brings in the whole crate"],
    },
    Planted {
        name: "module-alias",
        files: &[
            ("lib.rs", "pub mod model;"),
            ("model/mod.rs", "use crate::net as n;\nfn f() { n::connect() }"),
        ],
        says: &[
            "model/mod.rs:1: `model` may not import `net`",
            "model/mod.rs:2: `model` may not import `net`",
        ],
    },
    Planted {
        name: "socket-in-diagnose",
        files: &[(
            "diagnose/mod.rs",
            "fn f() { let _ = std::net::TcpStream::connect(\"192.0.2.1:53\"); }",
        )],
        says: &["diagnose/mod.rs:1: only `net`, `host` may name `std::net`, not `diagnose`"],
    },
    Planted {
        name: "clock-in-view",
        files: &[
            ("view/mod.rs", "use std::time::{Duration, SystemTime};"),
            ("view/now.rs", "use jiff::Timestamp;\nfn f() { Timestamp::now(); }"),
        ],
        says: &[
            "view/mod.rs:1: only `host` may name `std::time::SystemTime`, not `view`",
            "view/now.rs:2: only `host` may name `jiff::Timestamp::now`, not `view`",
        ],
    },
    Planted {
        name: "file-through-a-renamed-std",
        files: &[
            ("store/mod.rs", "use std as s;\nfn f() { s::fs::read(\"x\"); }"),
            ("plan/mod.rs", "use ::std::{fs as g};"),
        ],
        says: &[
            "plan/mod.rs:1: only `host` may name `std::fs`, not `plan`",
            "store/mod.rs:2: only `host` may name `std::fs`, not `store` (`s::fs::read` is `std::fs::read`)",
        ],
    },
    Planted {
        name: "file-through-an-extern-crate",
        files: &[("store/mod.rs", "extern crate std as s;\nfn f() { s::fs::read(\"x\"); }")],
        says: &["store/mod.rs:2: only `host` may name `std::fs`"],
    },
    Planted {
        name: "everything-of-std",
        files: &[("store/mod.rs", "use std::*;\nuse std::net::*;")],
        says: &[
            "store/mod.rs:1: `std::*` hides which of `std` is used",
            "store/mod.rs:2: `std::net::*` hides which of `std::net` is used",
        ],
    },
    Planted {
        name: "tokio-time",
        files: &[
            ("drive/mod.rs", "use tokio::time::{sleep, timeout};"),
            ("engine/mod.rs", "fn f() { tokio::sync::Notify::new(); }"),
        ],
        says: &[
            "drive/mod.rs:1: only `net`, `host` may name `tokio::time`, not `drive` (`tokio::time::sleep`",
            "drive/mod.rs:1: only `net`, `host` may name `tokio::time`, not `drive` (`tokio::time::timeout`",
            "engine/mod.rs:1: only `net`, `host`, `store`",
        ],
    },
    Planted {
        name: "inside-a-macro-call",
        files: &[("words/mod.rs", "fn f() {\n    format!(\"{}\", crate::host::now());\n}")],
        says: &["words/mod.rs:2: `words` may not import `host`"],
    },
    Planted {
        name: "inside-a-macro-body",
        files: &[(
            "plan/mod.rs",
            "macro_rules! m {\n () => {{ use std as s; s::fs::read(\"x\"); $crate::net::f() }};\n}",
        )],
        says: &[
            "plan/mod.rs:2: `plan` may not import `net`",
            "plan/mod.rs:2: only `host` may name `std::fs`",
        ],
    },
    Planted {
        name: "inside-an-attribute",
        files: &[(
            "model/mod.rs",
            "#[derive(crate::net::Door)]\nstruct S {\n #[serde(with = \"crate::host::x\")] a: u8 }",
        )],
        says: &[
            "model/mod.rs:1: `model` may not import `net`",
            "model/mod.rs:3: `model` may not import `host`",
        ],
    },
    Planted {
        name: "use-inside-a-function",
        files: &[("engine/mod.rs", "fn f() {\n    use crate::store::Lock;\n}")],
        says: &["engine/mod.rs:2: `engine` may not import `store`"],
    },
    Planted {
        name: "async-in-a-pure-module",
        files: &[
            ("engine/mod.rs", "async fn f() {}\nfn g() { async {}; }"),
            ("drive/mod.rs", "async fn f() {}"),
        ],
        says: &[
            "engine/mod.rs:1: `engine` is pure and has no `async`",
            "engine/mod.rs:2: `engine` is pure and has no `async`",
        ],
    },
    Planted {
        name: "tests-may-do-more",
        files: &[
            (
                "plan/mod.rs",
                "#[cfg(test)]\nmod tests { use crate::host; }\n#[cfg(test)]\nmod far;\n#[cfg(test)]\nuse crate::net;",
            ),
            ("plan/far.rs", "use crate::host;"),
        ],
        says: &[],
    },
    Planted {
        name: "tests-of-other-kinds-may-not",
        files: &[("plan/mod.rs", "#[cfg(not(test))]\nuse crate::net;")],
        says: &["plan/mod.rs:2: `plan` may not import `net`"],
    },
    Planted {
        name: "a-module-from-elsewhere",
        files: &[(
            "plan/mod.rs",
            "#[path = \"../host/clock.rs\"]\nmod clock;\ninclude!(\"x.rs\");",
        )],
        says: &[
            "plan/mod.rs:1: moves a module with `#[path]`",
            "plan/mod.rs:3: takes in a source file with `include!`",
        ],
    },
    Planted {
        name: "a-module-without-a-layer",
        files: &[("utils.rs", "pub fn f() {}")],
        says: &["utils.rs:1: `utils` has no layer"],
    },
    Planted {
        name: "outside-crates-at-the-wrong-door",
        files: &[
            ("cli/mod.rs", "use reqwest::Client;"),
            ("drive/mod.rs", "fn f() { git2::Repository::open(\".\"); }"),
            ("probe/dns.rs", "use hickory_proto::op::Message;"),
            ("view/mod.rs", "use tera::Tera;"),
        ],
        says: &[
            "cli/mod.rs:1: only `net` may name `reqwest`, not `cli`",
            "drive/mod.rs:1: only `repo` may name `git2`, not `drive`",
            "probe/dns.rs:1: only `wire` may name `hickory_proto`, not `probe`",
            "view/mod.rs:1: only `words` may name `tera`, not `view`",
        ],
    },
];
