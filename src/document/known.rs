//! The names that references may point at: the sections of an estate, runbooks, templates.

use std::collections::{BTreeMap, BTreeSet};

use super::format::Format;
use super::nearest::nearest;
use super::node::{Entry, Node};
use super::shape::{Shapes, Target};

/// Names by section.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    sections: BTreeMap<String, Section>,
    /// What does not come from an estate.
    others: BTreeSet<String>,
    channels: Vec<Channel>,
    estate_id: Option<String>,
    templates: BTreeSet<String>,
}

/// A status channel, as far as messages look at it.
#[derive(Clone, Debug)]
struct Channel {
    id: String,
    audience: String,
    languages: Vec<String>,
}

/// The names of one section.
#[derive(Clone, Debug, Default)]
pub(super) struct Section {
    /// The names, in the order of the document, each once.
    pub names: Vec<String>,
    /// The same, to look up.
    set: BTreeSet<String>,
    /// True where a member's own name is missing or misspelt, so that nothing can be said of the rest.
    pub open: bool,
}

impl Known {
    /// Gathers the ids of every section of a document.
    pub fn of(root: &Node, shapes: &Shapes) -> Self {
        let mut known = Self::default();
        for section in shapes.sections() {
            known.sections.insert(section.to_owned(), Section::of(root, section));
        }
        known
    }

    /// Adds a section that is no estate's.
    pub fn add(&mut self, section: &str, names: impl IntoIterator<Item = String>) {
        self.others.insert(section.to_owned());
        let section_of_names = Section::new(names.into_iter().collect(), false);
        self.sections.insert(section.to_owned(), section_of_names);
    }

    /// Looks at an estate with a runbook's eyes: without contacts a `who` is only a name to show.
    pub fn learn_estate(&mut self, root: Option<&Node>) {
        if self.sections.get("contacts").is_some_and(|contacts| contacts.names.is_empty()) {
            self.sections.remove("contacts");
        }
        self.estate_id = root.and_then(|root| root.text_of("id")).map(str::to_owned);
        let channels = root.map_or(&[][..], |root| root.items_of("status_channels"));
        self.channels = channels.iter().filter_map(Channel::of).collect();
    }

    /// Returns the estate's id.
    pub fn estate_id(&self) -> Option<&str> {
        self.estate_id.as_deref()
    }

    /// Returns what is known without the estate.
    pub fn without_estate(&self) -> Self {
        let mut rest = self.clone();
        rest.sections.retain(|name, _| self.others.contains(name));
        rest.channels.clear();
        rest
    }

    /// Adds the templates, by their paths below `templates/`.
    pub fn add_templates(&mut self, paths: &BTreeSet<String>) {
        self.templates.clone_from(paths);
        let stems = paths.iter().filter_map(|path| path.strip_suffix(".md"));
        let bases: BTreeSet<String> = stems.map(|stem| without_language(stem).to_owned()).collect();
        self.add("templates", bases);
    }

    /// Tells whether a template is there in some language.
    pub fn has_template(&self, name: &str) -> bool {
        self.sections.get("templates").is_some_and(|templates| templates.has(name))
    }

    /// Tells whether a template is there in a language; one without a language is English.
    pub fn has_template_in(&self, name: &str, language: &str) -> bool {
        let plain = language == "en" && self.templates.contains(&format!("{name}.md"));
        plain || self.templates.contains(&format!("{name}.{language}.md"))
    }

    /// Returns the languages that a message to a channel or an audience needs.
    pub fn languages_of(&self, to: &str) -> Vec<&str> {
        let by_id = self.channels.iter().any(|channel| channel.id == to);
        let meant =
            |channel: &&Channel| if by_id { channel.id == to } else { channel.audience == to };
        self.channels
            .iter()
            .filter(meant)
            .flat_map(|channel| &channel.languages)
            .map(String::as_str)
            .collect()
    }

    /// Returns every name of the estate, its own included; `None` where no estate is known or a section is open.
    pub fn subjects(&self) -> Option<Vec<&str>> {
        let estate = || self.sections.iter().filter(|(name, _)| !self.others.contains(*name));
        let closed = estate().next().is_some() && estate().all(|(_, section)| !section.open);
        let names = || estate().flat_map(|(_, section)| &section.names);
        closed.then(|| names().chain(&self.estate_id).map(String::as_str).collect())
    }

    /// Returns a section, unless nothing is known about it.
    pub fn section(&self, name: &str) -> Option<&Section> {
        self.sections.get(name).filter(|section| !section.open)
    }

    /// Tells whether a reference may be a name; true as well where nothing is known about one of its sections.
    pub fn admits(&self, target: &Target, name: &str) -> bool {
        let said = target.words.iter().any(|word| word == name);
        said || self.meant(target).is_none_or(|all| all.iter().any(|section| section.has(name)))
    }

    /// Returns every name that a reference may be, unless nothing is known about one of its sections.
    pub fn names<'k>(&'k self, target: &'k Target) -> Option<Vec<&'k str>> {
        let sections = self.meant(target)?;
        let all = sections.iter().flat_map(|section| &section.names);
        let all = all.filter(|name| !target.words.contains(name));
        let mut names: Vec<&str> = target.words.iter().chain(all).map(String::as_str).collect();
        if sections.len() > 1 {
            let mut seen = BTreeSet::new();
            names.retain(|name| seen.insert(*name));
        }
        Some(names)
    }

    /// Returns the sections that a reference looks through, unless nothing is known about one of them.
    fn meant(&self, target: &Target) -> Option<Vec<&Section>> {
        let all: Vec<&String> = match &target.sections[..] {
            [] => self.sections.keys().filter(|name| !self.others.contains(*name)).collect(),
            sections => sections.iter().collect(),
        };
        let found: Option<Vec<&Section>> = all.iter().map(|name| self.section(name)).collect();
        found.filter(|sections| !sections.is_empty())
    }
}

impl Channel {
    fn of(node: &Node) -> Option<Self> {
        let languages: Vec<String> =
            node.items_of("languages").iter().filter_map(Node::text).map(str::to_owned).collect();
        let languages = if languages.is_empty() { vec!["en".to_owned()] } else { languages };
        let audience = node.text_of("audience").unwrap_or("customers").to_owned();
        Some(Self { id: node.text_of("id")?.to_owned(), audience, languages })
    }
}

/// Returns `status/investigating` of `status/investigating.de`.
fn without_language(stem: &str) -> &str {
    let split = stem.rsplit_once('.').filter(|(_, tail)| Format::Language.check(tail).is_ok());
    split.map_or(stem, |(base, _)| base)
}

/// So many keys of a document are looked through for a misspelt section.
const MANY: usize = 200;

impl Section {
    fn of(root: &Node, section: &str) -> Self {
        let misspelt = |node: &Node| node.get("id").and_then(Node::text).is_none();
        let Some(node) = root.get(section) else {
            let near =
                |entry: &Entry| entry.key != section && nearest(&entry.key, [section]).is_some();
            let open = root.entries().iter().take(MANY).any(near);
            return Self::new(Vec::new(), open);
        };
        let keys = node.entries().iter().map(|entry| entry.key.clone());
        let ids = node.items().iter().filter_map(|item| item.text_of("id").map(str::to_owned));
        let open =
            node.items().iter().any(misspelt) || (node.items().is_empty() && node.text().is_some());
        Self::new(keys.chain(ids).collect(), open)
    }

    fn new(mut names: Vec<String>, open: bool) -> Self {
        let mut set = BTreeSet::new();
        names.retain(|name| set.insert(name.clone()));
        Self { names, set, open }
    }

    /// Tells whether a name is among them.
    pub fn has(&self, name: &str) -> bool {
        self.set.contains(name)
    }
}
