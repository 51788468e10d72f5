//! The judgement: each mention of a source tree against the layers and the doors.

use super::collect::collect;
use super::resolve::{Crate, Mention, Place};
use super::source::Source;
use super::table;
use std::collections::BTreeSet;

/// Returns every breach of the architecture as `file:line: what`, in order.
pub fn breaches(sources: &[Source]) -> Vec<String> {
    let mut whole = Crate::default();
    sources.iter().for_each(|source| collect(source, &mut whole));
    let mut found: BTreeSet<(String, usize, String)> = whole.refused.iter().cloned().collect();
    found.extend(sources.iter().filter_map(without_layer));
    for mention in whole.mentions.iter().filter(|mention| !for_tests(&whole, &mention.module)) {
        found.extend(judge(&whole, mention).map(|why| (mention.file.clone(), mention.line, why)));
    }
    for (file, line, module) in
        whole.asynchronous.iter().filter(|(.., module)| !for_tests(&whole, module))
    {
        let owner = owner(module);
        if table::PURE.contains(&owner) {
            found.insert((file.clone(), *line, format!("`{owner}` is pure and has no `async`")));
        }
    }
    found.into_iter().map(|(file, line, why)| format!("{file}:{line}: {why}")).collect()
}

fn owner(module: &[String]) -> &str {
    module.first().map_or("lib", String::as_str)
}

fn without_layer(source: &Source) -> Option<(String, usize, String)> {
    let module = source.module();
    let owner = owner(&module);
    let known = owner == "lib" || table::may_import(owner).is_some();
    (!known).then(|| (source.path.clone(), 1, format!("`{owner}` has no layer")))
}

fn for_tests(whole: &Crate, module: &[String]) -> bool {
    whole.test_modules.iter().any(|path| module.starts_with(path))
}

/// Returns what is wrong with a mention, place by place.
fn judge<'a>(whole: &'a Crate, mention: &'a Mention) -> impl Iterator<Item = String> + 'a {
    let owner = owner(&mention.module);
    let written = mention.path.join("::").replace("::::", "::");
    let root = mention.path.last().is_some_and(|last| last == "*")
        && whole.is_root(&mention.module, &mention.path[..mention.path.len() - 1]);
    let all = root.then(|| format!("`{written}` brings in the whole crate"));
    let places = whole.places(&mention.module, &mention.path).into_iter();
    all.into_iter().chain(places.filter_map(move |place| match place {
        Place::Module(top) => import(owner, &top, &written),
        Place::Outside(path) => door(owner, &path, &written),
    }))
}

fn import(owner: &str, top: &str, written: &str) -> Option<String> {
    let allowed = owner == "lib" || owner == top || table::may_import(owner)?.contains(&top);
    (!allowed).then(|| format!("`{owner}` may not import `{top}` (`{written}`)"))
}

fn door(owner: &str, path: &[String], written: &str) -> Option<String> {
    if let Some(above) =
        path.strip_suffix(&["*".to_owned()]).filter(|above| table::stands_above_a_door(above))
    {
        return Some(format!("`{written}` hides which of `{}` is used", above.join("::")));
    }
    let (door, places) = table::door(path)?;
    let named = path.join("::");
    (!places.contains(&owner)).then(|| match places {
        [] => format!("nobody may name `{door}` (`{written}` is `{named}`)"),
        _ => format!(
            "only {} may name `{door}`, not `{owner}` (`{written}` is `{named}`)",
            list(places)
        ),
    })
}

fn list(places: &[&str]) -> String {
    places.iter().map(|place| format!("`{place}`")).collect::<Vec<_>>().join(", ")
}
