//! Which layers may ask a careful type for what it keeps, and which texts of the layers that hear from outside are not
//! `Remote`, each with its reason.

use super::source::Source;
use super::table::{FOREIGN, KEPT, OURS};
use libtest_mimic::Trial;
use proc_macro2::{TokenStream, TokenTree};
use std::collections::BTreeSet;
use std::path::Path;

/// Returns the trials of the laws of texts.
pub fn trials() -> Vec<Trial> {
    trials![
        c6_c7_what_careful_types_keep_leaves_few_layers,
        c7_text_from_outside_is_remote,
        c6_c7_planted_breaches_are_named,
    ]
}

fn c6_c7_what_careful_types_keep_leaves_few_layers() {
    let found: Vec<String> = tree().iter().flat_map(taken_out).collect();
    assert!(found.is_empty(), "what a careful type keeps is asked for:\n{}\n", found.join("\n"));
}

fn c7_text_from_outside_is_remote() {
    let fields: Vec<Field> = tree().iter().flat_map(fields).collect();
    let remote = fields.iter().filter(|field| field.remote).count();
    let plain: BTreeSet<&str> =
        fields.iter().filter(|field| field.plain).map(|field| field.name.as_str()).collect();
    let below = |all: &str| all.ends_with(['.', ':']);
    let covers = |all: &str, name: &str| all == name || (below(all) && name.starts_with(all));
    let new: Vec<_> =
        plain.iter().filter(|name| !OURS.iter().any(|(all, _)| covers(all, name))).collect();
    let gone: Vec<_> =
        OURS.iter().filter(|(all, _)| !plain.iter().any(|name| covers(all, name))).collect();
    assert!(
        new.is_empty() && gone.is_empty(),
        "text from outside is `Remote`; what is not has its reason in `OURS`.\nno reason: {new:#?}\nnot there: {gone:#?}"
    );
    assert!(OURS.iter().all(|(_, reason)| reason.len() > 8), "a reason is missing");
    assert!(remote >= 25, "{remote} fields of `Remote` are too few to be true");
    eprintln!("C7: {remote} fields are `Remote`, {} others have a reason each", plain.len());
}

fn c6_c7_planted_breaches_are_named() {
    let source = |path: &str, text: &str| Source { path: path.to_owned(), text: text.to_owned() };
    let said = |path: &str, text: &str| taken_out(&source(path, text)).len();
    assert_eq!(said("cli/a.rs", "fn f(it: &Remote) { show(it.raw()) }"), 1);
    assert_eq!(said("render/a.rs", "fn f(it: &Remote) { format!(\"{}\", it.raw()); }"), 1);
    assert_eq!(said("view/a.rs", "fn f(it: &[Remote]) { it.iter().map(Remote::raw); }"), 1);
    assert_eq!(said("drive/a.rs", "fn f(it: &Secret) { it.expose(); }"), 1);
    assert_eq!(said("cli/a.rs", "fn f() { ScreenText::drawn(text) }"), 1);
    assert_eq!(said("wire/a.rs", "fn f(it: &Remote) { it.raw() }"), 0);
    assert_eq!(said("cli/a.rs", "#[cfg(test)]\nmod tests { fn f() { it.raw() } }"), 0);
    let text = "pub struct A { pub said: String, pub heard: Remote, pub count: u32 }
        pub enum B { One(Vec<u8>), Two { name: Option<String> }, Three(Remote) }
        struct C { own: String }";
    let found = fields(&source("wire/a.rs", text));
    let plain: Vec<_> = found.iter().filter(|it| it.plain).map(|it| it.name.as_str()).collect();
    assert_eq!(plain, ["wire::a::A.said", "wire::a::B::Two.name"]);
    assert_eq!(found.iter().filter(|it| it.remote).count(), 2);
    assert_eq!(fields(&source("plan/a.rs", text)).len(), 0);
}

fn tree() -> Vec<Source> {
    Source::tree(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"))
}

/// Names every place outside tests that asks a careful type for what it keeps and may not.
fn taken_out(source: &Source) -> Vec<String> {
    let owner = source.module().first().cloned().unwrap_or_default();
    let mut asked = Vec::new();
    walk(source.text.parse().unwrap(), &mut asked);
    let barred = |(_, name): &(usize, String)| {
        KEPT.iter().any(|(kept, may)| kept == name && !may.contains(&owner.as_str()))
    };
    let asked = asked.into_iter().filter(barred);
    asked
        .map(|(line, name)| format!("{}:{line}: `{owner}` asks for `{name}`", source.path))
        .collect()
}

/// Collects every method and associated function that is named, with its line; tests are left out.
fn walk(tokens: TokenStream, asked: &mut Vec<(usize, String)>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        if is_for_tests(&tokens[at..]) {
            let rest = &tokens[at + 2..];
            let end = rest.iter().position(|it| match it {
                TokenTree::Group(group) => group.delimiter() == proc_macro2::Delimiter::Brace,
                TokenTree::Punct(mark) => mark.as_char() == ';',
                TokenTree::Ident(_) | TokenTree::Literal(_) => false,
            });
            at += 3 + end.unwrap_or(rest.len());
            continue;
        }
        match token {
            TokenTree::Group(group) => walk(group.stream(), asked),
            TokenTree::Punct(mark) if ".:".contains(mark.as_char()) => {
                let called = matches!(tokens.get(at + 2),
                    Some(TokenTree::Group(group)) if group.stream().is_empty());
                if let Some(TokenTree::Ident(name)) = tokens.get(at + 1)
                    && (called || mark.as_char() == ':')
                {
                    asked.push((name.span().start().line, name.to_string()));
                }
            }
            TokenTree::Punct(_) | TokenTree::Ident(_) | TokenTree::Literal(_) => {}
        }
        at += 1;
    }
}

fn is_for_tests(tokens: &[TokenTree]) -> bool {
    matches!(tokens, [TokenTree::Punct(mark), TokenTree::Group(group), ..]
        if mark.as_char() == '#' && group.stream().to_string().replace(' ', "") == "cfg(test)")
}

/// One public field of a layer that hears from outside.
struct Field {
    name: String,
    /// It holds text that is not `Remote`.
    plain: bool,
    remote: bool,
}

fn fields(source: &Source) -> Vec<Field> {
    let module = source.module();
    let path = module.join("::");
    if !FOREIGN.iter().any(|place| path == *place || path.starts_with(&format!("{place}::"))) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for item in syn::parse_file(&source.text).unwrap().items {
        match item {
            syn::Item::Struct(it) if is_public(&it.vis) => {
                found.extend(of(&format!("{path}::{}", it.ident), &it.fields, |f| {
                    is_public(&f.vis)
                }));
            }
            syn::Item::Enum(it) if is_public(&it.vis) => {
                for variant in &it.variants {
                    let name = format!("{path}::{}::{}", it.ident, variant.ident);
                    found.extend(of(&name, &variant.fields, |_| true));
                }
            }
            _ => {}
        }
    }
    found
}

fn is_public(visibility: &syn::Visibility) -> bool {
    matches!(visibility, syn::Visibility::Public(_))
}

fn of(owner: &str, fields: &syn::Fields, counts: impl Fn(&syn::Field) -> bool) -> Vec<Field> {
    let field = |(at, field): (usize, &syn::Field)| {
        let name = field.ident.as_ref().map_or(at.to_string(), ToString::to_string);
        let mut words = Words::default();
        syn::visit::Visit::visit_type(&mut words, &field.ty);
        let has = |word: &str| words.0.iter().any(|it| it == word);
        // Bytes draw nothing until somebody makes text of them, and what is `'static` is our own.
        let text = has("str") && !has("static");
        let plain = has("String") || text || has("Cow");
        Field { name: format!("{owner}.{name}"), plain, remote: has("Remote") }
    };
    fields.iter().enumerate().filter(|(_, it)| counts(it)).map(field).collect()
}

/// Every word of a type.
#[derive(Default)]
struct Words(Vec<String>);

impl<'ast> syn::visit::Visit<'ast> for Words {
    fn visit_ident(&mut self, word: &'ast proc_macro2::Ident) {
        self.0.push(word.to_string());
    }

    fn visit_lifetime(&mut self, lifetime: &'ast syn::Lifetime) {
        self.0.push(lifetime.ident.to_string());
    }
}
