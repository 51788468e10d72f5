//! Copies of zones through the program: taken into a repository, compared, and never replaced by less than a whole zone.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::{Arc, Mutex};

use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::commands::{json, ran};
use crate::doors::servers::{Web, response};
use crate::repository::commit;

/// Returns the trials of copies.
pub fn trials() -> Vec<Trial> {
    trials![
        copies_are_taken_compared_and_kept,
        nothing_less_than_a_whole_zone_replaces_a_copy,
        what_differs_is_named_unless_it_is_declared,
        an_alias_means_nothing_to_servers_of_another_kind,
        offline_the_commit_is_all_there_is,
        a_wrong_word_names_what_there_is,
    ]
}

/// A PowerDNS that says what it is told to.
struct Server {
    web: Web,
    says: Arc<Mutex<Vec<u8>>>,
}

impl Server {
    fn start() -> Self {
        let says = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::clone(&says);
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let web = Web::on(listener, move |_| told.lock().unwrap().clone());
        let server = Self { web, says };
        server.holds(&usual());
        server
    }

    fn holds(&self, sets: &[Value]) {
        let body = json!({"name": "zone.test.", "rrsets": sets}).to_string();
        self.answers(response("200 OK", "", body.as_bytes()));
    }

    fn answers(&self, bytes: Vec<u8>) {
        *self.says.lock().unwrap() = bytes;
    }
}

fn set(name: &str, kind: &str, data: &[&str]) -> Value {
    let records: Vec<Value> =
        data.iter().map(|data| json!({"content": data, "disabled": false})).collect();
    json!({"name": name, "type": kind, "ttl": 300, "records": records, "comments": []})
}

fn usual() -> Vec<Value> {
    vec![
        set("zone.test.", "SOA", &["ns.zone.test. host.zone.test. 1 2 3 4 5"]),
        set("zone.test.", "NS", &["ns.zone.test."]),
        set("www.zone.test.", "A", &["192.0.2.9", "192.0.2.1"]),
        set("text.zone.test.", "TXT", &["\"a b\""]),
    ]
}

/// An estate of a zone that `a` serves, and for which `b` and one that is only asked stand by.
struct Ground {
    folder: tempfile::TempDir,
    a: Server,
    b: Server,
}

impl Ground {
    fn new() -> Self {
        let ground =
            Self { folder: tempfile::tempdir().unwrap(), a: Server::start(), b: Server::start() };
        ground.estate(&json!([]));
        fs::create_dir(ground.path().join("private")).unwrap();
        let key = ground.path().join("private/key");
        fs::write(&key, "the-key").unwrap();
        fs::set_permissions(key, fs::Permissions::from_mode(0o600)).unwrap();
        ground
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn estate(&self, differs: &Value) {
        let servers = json!([{"name": "ns.zone.test.", "addresses": ["127.0.0.1:1"]}]);
        let provider = |id: &str, server: &Server| {
            json!({"id": id, "kind": "powerdns", "api": format!("http://{}/api/v1/servers/localhost", server.web.address),
                "credential": {"file": "private/key"}, "nameservers": servers})
        };
        let estate = json!({
            "schema": "lifeboat/estate/v1", "id": "copied", "trust": {"commits": "any"}, "incidents": {"directory": "incidents"},
            "network": {"allow_private": ["127.0.0.0/8"]},
            "dns_providers": [provider("a", &self.a), provider("b", &self.b), {"id": "c", "kind": "unmanaged", "nameservers": servers}],
            "zones": [{"id": "z", "name": "zone.test", "delegated_to": ["a"], "standby_at": ["b", "c"], "differs": differs}],
        });
        fs::write(self.path().join("lifeboat.yaml"), estate.to_string()).unwrap();
    }

    fn copy(&self, provider: &str) -> String {
        fs::read_to_string(self.path().join(format!("zones/z/{provider}.zone"))).unwrap()
    }

    #[track_caller]
    fn ran(&self, words: &[&str], code: i32) -> String {
        let (stdout, stderr) = ran(self.path(), words, code);
        format!("{stdout}{stderr}")
    }

    #[track_caller]
    fn json(&self, words: &[&str], code: i32) -> Value {
        json(self.path(), &[words, &["--json"]].concat(), code)
    }
}

const TEXT: &str = "; zone.test. as `a` has it
; left out: what a signer makes (RRSIG, NSEC, NSEC3, NSEC3PARAM, ZONEMD); a new serial alone is no change
zone.test. 300 IN SOA ns.zone.test. host.zone.test. 1 2 3 4 5
zone.test. 300 IN NS ns.zone.test.
text.zone.test. 300 IN TXT \"a b\"
www.zone.test. 300 IN A 192.0.2.1
www.zone.test. 300 IN A 192.0.2.9
";

fn copies_are_taken_compared_and_kept() {
    let ground = Ground::new();
    let said = ground.ran(&["zone", "snapshot"], 0);
    assert!(said.contains("z at a: new, 4 record sets in `zones/z/a.zone`"), "{said}");
    assert!(said.contains("z at c: no copy") && said.contains("`c` gives no copy: "), "{said}");
    assert!(said.contains("git add zones && git commit"), "{said}");
    assert_eq!(ground.copy("a"), TEXT);
    assert!(!ground.path().join("zones/z/c.zone").exists(), "nothing is no empty zone");
    commit(ground.path());
    let said = ground.ran(&["zone", "diff"], 10);
    assert!(said.contains("z: a in git -> a now\n  alike"), "{said}");
    assert!(said.contains("no commit has `zones/z/c.zone`"), "{said}");
    // What lies in the working tree and is in no commit is nobody's word.
    let file = ground.path().join("zones/z/a.zone");
    fs::write(&file, "zone.test. 300 IN NS elsewhere.test.\n").unwrap();
    ground.ran(&["zone", "diff", "z", "a"], 0);
    fs::write(&file, TEXT).unwrap();
    // A new serial is no change, whatever moved it.
    let mut again = usual();
    again[0] = set("zone.test.", "SOA", &["ns.zone.test. host.zone.test. 2026112601 2 3 4 5"]);
    ground.a.holds(&again);
    ground.ran(&["zone", "diff", "z", "a"], 0);
    let told = ground.json(&["zone", "snapshot", "--from", "a"], 0);
    assert_eq!(
        (&told["schema"], &told["copies"][0]["state"]),
        (&json!("lifeboat.zone-snapshot/v1"), &json!("same"))
    );
    assert_eq!(ground.copy("a"), TEXT);
    again[2] = set("www.zone.test.", "A", &["192.0.2.1", "192.0.2.7"]);
    ground.a.holds(&again);
    let said = ground.ran(&["zone", "diff", "zone.test.", "git", "a"], 4);
    assert!(
        said.contains("- www.zone.test. 300 A 192.0.2.9\n  + www.zone.test. 300 A 192.0.2.7"),
        "{said}"
    );
    assert!(!said.contains("192.0.2.1"), "{said}");
    let told = ground.json(&["zone", "diff", "z", "a", "b"], 4);
    let zone = &told["zones"][0];
    assert_eq!(told["schema"], "lifeboat.zone-diff/v1");
    assert_eq!((&zone["before"]["from"], &zone["differs"]), (&json!("live"), &json!(true)));
    assert_eq!(zone["changed"][0]["after"]["data"], json!(["192.0.2.1", "192.0.2.9"]));
    let before = ground.path().join("before.zone");
    fs::hard_link(&file, &before).unwrap();
    assert_eq!(ground.json(&["zone", "snapshot", "z"], 0)["copies"][0]["state"], "changed");
    assert_eq!(fs::read_to_string(before).unwrap(), TEXT, "a copy is never written over another");
    assert!(ground.copy("a").contains("2026112601") && ground.copy("a").contains("192.0.2.7"));
}

fn nothing_less_than_a_whole_zone_replaces_a_copy() {
    let ground = Ground::new();
    ground.ran(&["zone", "snapshot", "--from", "a"], 0);
    let whole = json!({"name": "zone.test.", "rrsets": usual()}).to_string();
    let cut = response("200 OK", "", whole.as_bytes());
    for (bytes, says) in [
        (cut[..cut.len() - 40].to_vec(), "cut short"),
        (response("200 OK", "", &whole.as_bytes()[..whole.len() - 40]), "no zone with `rrsets`"),
        (response("200 OK", "", b"{\"rrsets\":[]}"), "there is nothing in it"),
        (response("404 Not Found", "", b"{}"), "holds no zone `zone.test`"),
        (response("401 Unauthorized", "", b"{}"), "refuses the credential"),
        (Vec::new(), "`a`: "),
    ] {
        ground.a.answers(bytes);
        let said = ground.ran(&["zone", "snapshot", "--from", "a"], 10);
        assert!(said.contains("not copied; what was there stays") && said.contains(says), "{said}");
        assert_eq!(ground.copy("a"), TEXT);
        assert_eq!(fs::read_dir(ground.path().join("zones/z")).unwrap().count(), 1, "left-overs");
    }
    // Of what is there and broken, nothing is kept.
    fs::write(ground.path().join("zones/z/a.zone"), "half a line").unwrap();
    ground.a.holds(&usual());
    assert_eq!(
        ground.json(&["zone", "snapshot", "--from", "a"], 0)["copies"][0]["state"],
        "changed"
    );
    assert_eq!(ground.copy("a"), TEXT);
}

fn what_differs_is_named_unless_it_is_declared() {
    let ground = Ground::new();
    let mut theirs = usual();
    theirs[1] = set("zone.test.", "NS", &["ns.b.test."]);
    ground.b.holds(&theirs);
    // Without a commit, the serving provider is what the others are held against.
    let said = ground.ran(&["zone", "parity"], 4);
    assert!(said.contains("z: b now as a now: not alike, 3 of 4 record sets"), "{said}");
    assert!(
        said.contains("! zone.test. NS has other data")
            && said.contains("differs: [{ name, type, at }]"),
        "{said}"
    );
    assert!(said.contains("z: c now as a now: not known: `c` gives no copy"), "{said}");
    ground.ran(&["zone", "snapshot"], 0);
    ground.estate(&json!([{"name": "@", "type": "NS", "at": ["b"], "why": "each has its own"}]));
    commit(ground.path());
    let told = ground.json(&["zone", "parity", "z"], 10);
    let of = |provider: &str| {
        let copies = told["copies"].as_array().unwrap().iter();
        copies
            .filter(|it| it["copy"]["provider"] == provider)
            .cloned()
            .collect::<Vec<_>>()
            .remove(0)
    };
    assert_eq!(told["schema"], "lifeboat.zone-parity/v1");
    assert_eq!(
        (&of("b")["truth"], &of("b")["alike"], &of("b")["declared"]),
        (&json!("true"), &json!(3), &json!(1))
    );
    assert_eq!((&of("a")["truth"], &of("a")["against"]["from"]), (&json!("true"), &json!("git")));
    assert_eq!(of("c")["truth"], "unknown");
    // A server of its own kind alone understands an alias; one that is switched off is served by nobody.
    let mut aliased = usual();
    let mut off = set("off.zone.test.", "A", &["192.0.2.3"]);
    off["records"][0]["disabled"] = true.into();
    aliased.extend([set("cdn.zone.test.", "ALIAS", &["elsewhere.test."]), off]);
    ground.a.holds(&aliased);
    let said = ground.ran(&["zone", "snapshot", "--from", "a"], 0);
    assert!(said.contains("does not travel: cdn.zone.test. ALIAS (alias)"), "{said}");
    assert!(said.contains("does not travel: off.zone.test. A (disabled)"), "{said}");
    assert!(ground.copy("a").contains(";@ alias cdn.zone.test. 300 IN ALIAS elsewhere.test.\n"));
    commit(ground.path());
    let said = ground.ran(&["zone", "parity"], 4);
    assert!(said.contains("! cdn.zone.test. ALIAS does not travel as it stands"), "{said}");
    assert!(!said.contains("off.zone.test."), "{said}");
}

fn an_alias_means_nothing_to_servers_of_another_kind() {
    let ground = Ground::new();
    let sets = [&usual()[..], &[set("zone.test.", "CNAME", &["flat.test."])]].concat();
    ground.a.holds(&sets);
    ground.b.holds(&sets);
    ground.ran(&["zone", "parity"], 10);
    let of_desec = |set: &Value| {
        let records = set["records"].as_array().unwrap().iter();
        let records: Vec<&Value> = records.map(|record| &record["content"]).collect();
        json!({"name": set["name"], "type": set["type"], "ttl": set["ttl"], "records": records})
    };
    let body: Value = sets.iter().map(of_desec).collect();
    ground.b.answers(response("200 OK", "", body.to_string().as_bytes()));
    let path = ground.path().join("lifeboat.yaml");
    let mut estate: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    estate["dns_providers"][1]["kind"] = "desec".into();
    fs::write(&path, estate.to_string()).unwrap();
    let said = ground.ran(&["zone", "parity"], 4);
    assert!(said.contains("! zone.test. CNAME does not travel as it stands"), "{said}");
    assert!(said.contains("z: b now as a now: not alike, 4 of 5 record sets"), "{said}");
}

fn offline_the_commit_is_all_there_is() {
    let ground = Ground::new();
    let said = ground.ran(&["zone", "parity", "--offline"], 10);
    assert!(said.contains("`lifeboat zone snapshot` takes one"), "{said}");
    ground.ran(&["zone", "snapshot"], 0);
    let mut theirs = usual();
    theirs.pop();
    ground.b.holds(&theirs);
    ground.ran(&["zone", "snapshot", "--from", "b"], 0);
    commit(ground.path());
    let (a, b) = (ground.a.web.requests().len(), ground.b.web.requests().len());
    let said = ground.ran(&["zone", "diff", "z", "a", "b", "--offline"], 4);
    assert!(
        said.contains("z: a in git -> b in git\n  - text.zone.test. 300 TXT \"a b\""),
        "{said}"
    );
    let said = ground.ran(&["zone", "parity", "--offline"], 4);
    assert!(said.contains("z: b in git as a in git: not alike, 3 of 4 record sets"), "{said}");
    ground.ran(&["zone", "diff", "z", "git:a", "git:a"], 0);
    ground.ran(&["zone", "diff", "z", "git", "live", "--offline"], 10);
    ground.ran(&["zone", "snapshot", "--offline"], 10);
    assert_eq!(
        (a, b),
        (ground.a.web.requests().len(), ground.b.web.requests().len()),
        "somebody was asked"
    );
    // A copy that somebody broke is named by its line.
    fs::write(
        ground.path().join("zones/z/a.zone"),
        "zone.test. 60 IN A 192.0.2.1\nx 60 IN BOGUS y\n",
    )
    .unwrap();
    commit(ground.path());
    let said = ground.ran(&["zone", "diff", "z", "git:a", "git:b"], 10);
    assert!(
        said.contains("`zones/z/a.zone`, as committed, line 2, column 9: found `BOGUS`"),
        "{said}"
    );
}

fn a_wrong_word_names_what_there_is() {
    let ground = Ground::new();
    assert!(ground.ran(&["zone", "parity", "nope"], 2).contains("there are: z"));
    assert!(ground.ran(&["zone", "snapshot", "--from", "nope"], 2).contains("there are: a, b, c"));
    assert!(ground.ran(&["zone", "diff", "z", "git:nope"], 2).contains("there are: a, b, c"));
}
