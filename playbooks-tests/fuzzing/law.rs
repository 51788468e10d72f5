//! No decoder without a target: every function of `src/wire` that takes foreign bytes or text is played by one.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use libtest_mimic::Trial;
use syn::visit::{self, Visit};

use super::targets::TARGETS;
use super::tree;

/// Returns the trials of the law.
pub fn trials() -> Vec<Trial> {
    trials![
        d5_every_decoder_of_wire_has_a_target,
        a_decoder_without_a_target_is_seen,
        d5_every_target_is_built_and_has_seeds,
    ]
}

/// What takes bytes or text of our own, and why.
const OURS: &[(&str, &str)] = &[
    ("dns::Key::sign", "signs a message that was encoded here"),
    ("dns::Key::sign_next", "signs a message that was encoded here"),
    ("dns::Key::sign_reply", "signs a message that was encoded here"),
    ("dns::Query::to_authority", "takes a name of the estate"),
    ("dns::Query::to_resolver", "takes a name of the estate"),
    ("dns::encode_outcome", "encodes"),
    ("dns::write_zone_file", "encodes"),
    ("http::Response::text", "encodes"),
    ("tracker_udp::write_peer", "encodes"),
    ("transmission::ask_torrents", "encodes"),
    ("transmission::change", "encodes"),
    ("transmission::replace_list", "encodes"),
];

/// Finds public functions that take bytes, text or a reply.
struct Finder<'a> {
    module: &'a str,
    public: &'a BTreeSet<String>,
    within: Option<String>,
    found: &'a mut BTreeSet<String>,
}

impl Finder<'_> {
    fn note(&mut self, visibility: &syn::Visibility, signature: &syn::Signature) {
        let public = matches!(visibility, syn::Visibility::Public(_));
        // A method that takes a name looks something up in what was decoded.
        let words: &[&str] = if signature.receiver().is_some() { &["u8"] } else { &FOREIGN };
        if public && signature.inputs.iter().any(|argument| has_one_of(argument, words)) {
            let own = [
                Some(self.module.to_owned()),
                self.within.clone(),
                Some(signature.ident.to_string()),
            ];
            self.found.insert(own.into_iter().flatten().collect::<Vec<_>>().join("::"));
        }
    }
}

/// The types that may hold what somebody else wrote.
const FOREIGN: [&str; 4] = ["u8", "str", "String", "Reply"];

fn has_one_of(argument: &syn::FnArg, names: &[&str]) -> bool {
    let syn::FnArg::Typed(argument) = argument else { return false };
    let mut words = Words(BTreeSet::new());
    words.visit_type(&argument.ty);
    names.iter().any(|name| words.0.contains(*name))
}

struct Words(BTreeSet<String>);

impl<'ast> Visit<'ast> for Words {
    fn visit_ident(&mut self, ident: &'ast proc_macro2::Ident) {
        self.0.insert(ident.to_string());
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.note(&item.vis, &item.sig);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.note(&item.vis, &item.sig);
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let syn::Type::Path(path) = &*item.self_ty else { return };
        let own = path.path.segments.last().map(|last| last.ident.to_string());
        self.within = own.filter(|own| self.public.contains(own));
        if self.within.is_some() {
            visit::visit_item_impl(self, item);
        }
        self.within = None;
    }

    // Tests, and encoders that stand in a module of their own.
    fn visit_item_mod(&mut self, _: &'ast syn::ItemMod) {}
}

/// Returns the name of a public type.
fn public_type(item: &syn::Item) -> Option<String> {
    let (visibility, ident) = match item {
        syn::Item::Struct(item) => (&item.vis, &item.ident),
        syn::Item::Enum(item) => (&item.vis, &item.ident),
        _ => return None,
    };
    matches!(visibility, syn::Visibility::Public(_)).then(|| ident.to_string())
}

/// Adds the decoders of a module of `wire`, of which these are the files.
fn decoders(module: &str, texts: &[String], found: &mut BTreeSet<String>) {
    let parse =
        |text: &String| syn::parse_file(text).unwrap_or_else(|error| panic!("{module}: {error}"));
    let files: Vec<syn::File> = texts.iter().map(parse).collect();
    let public = files.iter().flat_map(|file| &file.items).filter_map(public_type).collect();
    for file in &files {
        Finder { module, public: &public, within: None, found }.visit_file(file);
    }
}

/// Returns the decoders below a folder of `src/`.
fn decoders_below(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let module = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let files: Vec<PathBuf> = if path.is_dir() {
            fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()).collect()
        } else {
            vec![path]
        };
        let texts: Vec<String> = files.iter().map(|it| fs::read_to_string(it).unwrap()).collect();
        decoders(&module, &texts, &mut found);
    }
    found
}

/// Returns the decoders that no target names, and the names that are no decoders.
fn compare(found: &BTreeSet<String>, named: &BTreeSet<String>) -> (Vec<String>, Vec<String>) {
    let ours: BTreeSet<String> = OURS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let missing = found.difference(named).filter(|name| !ours.contains(*name)).cloned().collect();
    let strange = named.union(&ours).filter(|name| !found.contains(*name)).cloned().collect();
    (missing, strange)
}

/// Returns what the targets name of `wire`.
fn named() -> BTreeSet<String> {
    let all = TARGETS.iter().flat_map(|target| target.decoders);
    all.filter_map(|name| name.strip_prefix("wire::")).map(str::to_owned).collect()
}

fn d5_every_decoder_of_wire_has_a_target() {
    let found = decoders_below(&tree("src/wire"));
    let (missing, strange) = compare(&found, &named());
    assert!(missing.is_empty(), "no target of playbooks-tests/fuzzing plays {missing:?}");
    assert!(strange.is_empty(), "no decoders of src/wire: {strange:?}");
    let targets = fs::read_dir(tree("playbooks-tests/fuzzing/targets")).unwrap();
    let text: String =
        targets.map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap()).collect();
    for name in named() {
        let function = name.rsplit("::").next().unwrap();
        assert!(
            text.contains(&format!("{function}(")) || text.contains(&format!("{function})")),
            "no target calls {name}"
        );
    }
    eprintln!(
        "D5: {} decoders of src/wire, each played by one of {} targets",
        found.len() - OURS.len(),
        TARGETS.len()
    );
}

fn a_decoder_without_a_target_is_seen() {
    let mut found = decoders_below(&tree("src/wire"));
    let planted = "pub fn decode(bytes: &[u8]) -> u8 { 0 } pub struct A; impl A { pub fn read(text: &str) {} pub fn of(n: u32) {} fn own(b: &[u8]) {} } struct B; impl B { pub fn read(text: &str) {} }";
    decoders("krpc", &[planted.to_owned()], &mut found);
    let (missing, _) = compare(&found, &named());
    assert_eq!(missing, ["krpc::A::read", "krpc::decode"]);
}

/// `fuzz/Cargo.toml` has a program for each target, and for all of them at once.
fn d5_every_target_is_built_and_has_seeds() {
    let manifest = fs::read_to_string(tree("fuzz/Cargo.toml")).unwrap();
    let built: BTreeSet<&str> = manifest
        .split("[[bin]]")
        .skip(1)
        .map(|bin| bin.split('"').nth(1).unwrap())
        .filter(|name| *name != "every")
        .collect();
    let targets: BTreeSet<&str> = TARGETS.iter().map(|target| target.name).collect();
    assert_eq!(built, targets, "fuzz/Cargo.toml, and TARGETS");
    for target in &targets {
        let program =
            fs::read_to_string(tree("fuzz/fuzz_targets").join(format!("{target}.rs"))).unwrap();
        assert!(program.contains(&format!("\"{target}\"")), "{target} plays another target");
    }
    let listed = fs::read_dir(tree("fuzz/seeds")).unwrap();
    let seeded: BTreeSet<String> =
        listed.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    let seeded: BTreeSet<&str> = seeded.iter().map(String::as_str).collect();
    assert_eq!(seeded, targets, "fuzz/seeds, and TARGETS");
    let own = fs::read_to_string(tree("Cargo.toml")).unwrap();
    let dependencies =
        manifest.split("[dependencies]\n").nth(1).unwrap().split("\n\n").next().unwrap();
    for line in dependencies.lines().filter(|line| !line.starts_with("libfuzzer-sys")) {
        assert!(
            own.lines().any(|it| it == line),
            "fuzz/Cargo.toml has `{line}`, Cargo.toml has another"
        );
    }
}
