//! Where a path leads: through imports, renames, type aliases, globs and re-exports to its origin.

use std::collections::{BTreeMap, BTreeSet};

/// A name that stands for a path, from a `use` or a `type`.
pub struct Alias {
    pub name: String,
    pub path: Vec<String>,
}

/// What one module defines and imports.
#[derive(Default)]
pub struct Scope {
    pub items: BTreeSet<String>,
    pub aliases: Vec<Alias>,
    pub globs: Vec<Vec<String>>,
}

/// One path written in a file.
pub struct Mention {
    pub file: String,
    pub line: usize,
    pub module: Vec<String>,
    pub path: Vec<String>,
}

/// A whole crate as its files tell it.
#[derive(Default)]
pub struct Crate {
    pub scopes: BTreeMap<Vec<String>, Scope>,
    pub mentions: Vec<Mention>,
    pub refused: Vec<(String, usize, String)>,
    pub asynchronous: Vec<(String, usize, Vec<String>)>,
    pub test_modules: Vec<Vec<String>>,
}

/// Where a path leads.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// Into a top-level module of this crate.
    Module(String),
    /// Out of this crate, with the whole path.
    Outside(Vec<String>),
}

/// What was found of a path so far.
#[derive(Default)]
struct Found {
    places: BTreeSet<Place>,
    /// Every path that was followed from a module, and the least depth at which it was.
    followed: BTreeMap<(Vec<String>, Vec<String>), usize>,
}

/// Longer chains of aliases are circles.
const DEEPEST: usize = 24;

impl Crate {
    /// Tells whether a path names the crate itself.
    pub fn is_root(&self, module: &[String], path: &[String]) -> bool {
        match path.first().map(String::as_str) {
            Some("crate" | "lifeboat") => path.len() == 1,
            Some("::") => path.len() == 2 && path[1] == "lifeboat",
            Some("self" | "super") => {
                let ups = path.iter().filter(|step| *step == "super").count();
                path.iter().all(|step| step == "self" || step == "super") && ups >= module.len()
            }
            _ => false,
        }
    }

    /// Returns every place that a path written in a module leads through.
    pub fn places(&self, module: &[String], path: &[String]) -> BTreeSet<Place> {
        let mut found = Found::default();
        self.follow(module, path, 0, &mut found);
        found.places
    }

    fn follow(&self, module: &[String], path: &[String], depth: usize, found: &mut Found) {
        let Some(head) = path.first().filter(|_| depth < DEEPEST) else { return };
        // Re-exports meet again and again: what was followed from no deeper leads nowhere new.
        let before = found.followed.insert((module.to_vec(), path.to_vec()), depth);
        if let Some(before) = before.filter(|before| *before <= depth) {
            found.followed.insert((module.to_vec(), path.to_vec()), before);
            return;
        }
        match head.as_str() {
            "Self" => {}
            "crate" | "lifeboat" => self.descend(&[], &path[1..], depth, found),
            "::" if path.get(1).is_some_and(|name| name == "lifeboat") => {
                self.descend(&[], &path[2..], depth, found)
            }
            "::" => outside(&path[1..], found),
            "self" => self.descend(module, &path[1..], depth, found),
            "super" => {
                let ups = path.iter().take_while(|step| *step == "super").count();
                self.descend(
                    &module[..module.len().saturating_sub(ups)],
                    &path[ups..],
                    depth,
                    found,
                );
            }
            _ => self.follow_local(module, path, depth, found),
        }
    }

    /// Follows a path whose head is a name in scope, or else another crate.
    fn follow_local(&self, module: &[String], path: &[String], depth: usize, found: &mut Found) {
        let scope = self.scopes.get(module);
        let mut known = false;
        for alias in scope.iter().flat_map(|scope| &scope.aliases) {
            if alias.name == path[0] && alias.path[0] != path[0] {
                known = true;
                self.follow(module, &joined(&alias.path, &path[1..]), depth + 1, found);
            }
        }
        if scope.is_some_and(|scope| scope.items.contains(&path[0])) {
            return self.descend(module, path, depth, found);
        }
        known |= self.through_globs(module, path, depth, found);
        if !known {
            outside(path, found);
        }
    }

    /// Follows a path from a module of this crate downwards.
    fn descend(&self, module: &[String], path: &[String], depth: usize, found: &mut Found) {
        if depth >= DEEPEST {
            return;
        }
        found.places.extend(module.first().map(|top| Place::Module(top.clone())));
        let Some(head) = path.first() else { return };
        if head == "*" {
            return self.everything_of(module, depth, found);
        }
        let below = joined(module, std::slice::from_ref(head));
        let scope = self.scopes.get(module);
        for alias in
            scope.iter().flat_map(|scope| &scope.aliases).filter(|alias| alias.name == *head)
        {
            self.follow(module, &joined(&alias.path, &path[1..]), depth + 1, found);
        }
        let aliased =
            scope.is_some_and(|scope| scope.aliases.iter().any(|alias| alias.name == *head));
        if self.scopes.contains_key(&below)
            || (module.is_empty() && !aliased && !self.is_macro(head))
        {
            self.descend(&below, &path[1..], depth + 1, found);
        } else if !aliased {
            self.through_globs(module, path, depth, found);
        }
    }

    /// Tells whether a name at the root is a macro's or an item's, not a module's.
    fn is_macro(&self, name: &str) -> bool {
        self.scopes.values().any(|scope| scope.items.contains(name))
    }

    /// Follows everything that a module re-exports, for whoever imports all of it.
    fn everything_of(&self, module: &[String], depth: usize, found: &mut Found) {
        let Some(scope) = self.scopes.get(module) else { return };
        for alias in &scope.aliases {
            self.follow(module, &alias.path, depth + 1, found);
        }
        for glob in &scope.globs {
            self.follow(module, &joined(glob, &["*".to_owned()]), depth + 1, found);
        }
    }

    /// Follows a name through the globs of a module that bring it in.
    fn through_globs(
        &self,
        module: &[String],
        path: &[String],
        depth: usize,
        found: &mut Found,
    ) -> bool {
        let globs = self.scopes.get(module).map_or(&[][..], |scope| &scope.globs);
        let brought = |glob: &Vec<String>| {
            self.absolute(module, glob).and_then(|origin| self.scopes.get(&origin)).is_some_and(
                |scope| {
                    scope.items.contains(&path[0])
                        || scope.aliases.iter().any(|alias| alias.name == path[0])
                        || !scope.globs.is_empty()
                },
            )
        };
        let mut known = false;
        for glob in globs.iter().filter(|glob| brought(glob)) {
            known = true;
            self.follow(module, &joined(glob, path), depth + 1, found);
        }
        known
    }

    /// Returns the module of this crate that a path names when taken literally.
    fn absolute(&self, module: &[String], path: &[String]) -> Option<Vec<String>> {
        let ups = path.iter().take_while(|step| *step == "super").count();
        let named = match path.first().map(String::as_str) {
            Some("crate" | "lifeboat") => path[1..].to_vec(),
            Some("self") => joined(module, &path[1..]),
            Some("super") => joined(&module[..module.len().saturating_sub(ups)], &path[ups..]),
            _ => joined(module, path),
        };
        self.scopes.contains_key(&named).then_some(named)
    }
}

fn outside(path: &[String], found: &mut Found) {
    let mut path = path.to_vec();
    if matches!(path.first().map(String::as_str), Some("core" | "alloc")) {
        path[0] = "std".to_owned();
    }
    found.places.insert(Place::Outside(path));
}

fn joined(start: &[String], rest: &[String]) -> Vec<String> {
    start.iter().chain(rest).cloned().collect()
}
