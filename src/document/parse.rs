//! From text to model: the whole way, with every mistake.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use ipnet::IpNet;

use crate::model::{Estate, PinFile, Runbook, Scenario, StandingApproval};

use super::check;
use super::fault::{Fault, FaultKind, Faults, Report};
use super::format::Format;
use super::known::Known;
use super::node::Node;
use super::read::read;
use super::schema::Kind;
use super::shape::Shapes;
use super::source::{Place, Source};
use super::value::json;
use super::walk::Walk;

/// Reads a document of any type against its schema, its references to its own sections included.
///
/// # Errors
/// Every mistake of the document.
pub fn parse<T: JsonSchema + DeserializeOwned + 'static>(source: &Source) -> Result<T, Faults> {
    let tree = Tree::read(source);
    let known = tree.own_names::<T>();
    finish(source, tree.hold::<T>(&known, |_, _, _| {}), &tree)
}

/// Reads an estate; JSON is read as well.
///
/// # Errors
/// Every mistake of the document.
pub fn estate(source: &Source) -> Result<Estate, Faults> {
    let tree = Tree::read(source);
    finish(source, estate_faults(&tree), &tree)
}

/// Reads a runbook by itself; [`super::lint`] holds it against an estate.
///
/// # Errors
/// Every mistake of the document.
pub fn runbook(source: &Source) -> Result<Runbook, Faults> {
    let tree = Tree::read(source);
    finish(source, runbook_faults(&tree, &Known::default()), &tree)
}

/// Reads a scenario by itself; [`super::lint`] holds it against its estate.
///
/// # Errors
/// Every mistake of the document.
pub fn scenario(source: &Source) -> Result<Scenario, Faults> {
    let tree = Tree::read(source);
    finish(source, scenario_faults(&tree, &Known::default()), &tree)
}

/// Reads a pin file by itself; [`super::lint`] holds it against its estate.
///
/// # Errors
/// Every mistake of the document.
pub fn pins(source: &Source) -> Result<PinFile, Faults> {
    let tree = Tree::read(source);
    finish(source, pins_faults(&tree, None), &tree)
}

/// Reads a standing approval by itself; [`super::lint`] holds it against its estate.
///
/// # Errors
/// Every mistake of the document.
pub fn standing(source: &Source) -> Result<StandingApproval, Faults> {
    let tree = Tree::read(source);
    finish(source, standing_faults(&tree, &Known::default()), &tree)
}

/// Returns what kind of document a source says that it is, in its `schema`; `None` where it does not say.
pub fn kind_of(source: &Source) -> Option<Kind> {
    let tree = Tree::read(source);
    let word = tree.root.as_ref()?.text_of("schema")?;
    [Kind::Estate, Kind::Runbook, Kind::Scenario, Kind::Pins, Kind::Standing]
        .into_iter()
        .find(|kind| word == format!("lifeboat/{}/v1", kind.name()))
}

pub(super) fn estate_faults(tree: &Tree<'_>) -> Vec<Fault> {
    let known = tree.own_names::<Estate>();
    tree.hold::<Estate>(&known, |root, _, report| check::estate(root, report))
}

pub(super) fn runbook_faults(tree: &Tree<'_>, known: &Known) -> Vec<Fault> {
    tree.hold::<Runbook>(known, |root, words, report| check::runbook(root, words, known, report))
}

pub(super) fn scenario_faults(tree: &Tree<'_>, known: &Known) -> Vec<Fault> {
    tree.hold::<Scenario>(known, |root, _, report| check::scenario(root, known, report))
}

pub(super) fn pins_faults(tree: &Tree<'_>, private: Option<&[IpNet]>) -> Vec<Fault> {
    let known = Known::default();
    tree.hold::<PinFile>(&known, |root, _, report| check::pins(root, private, report))
}

pub(super) fn standing_faults(tree: &Tree<'_>, known: &Known) -> Vec<Fault> {
    tree.hold::<StandingApproval>(known, |root, words, report| {
        check::standing(root, words, known, report);
    })
}

/// A document that was read, with what reading it already found.
pub(super) struct Tree<'a> {
    /// The tree; absent where the text is no YAML.
    pub root: Option<Node>,
    report: Report<'a>,
}

/// The conditions, facts and references of a document.
pub(super) type Words<'a> = Vec<(Format, &'a Node)>;

impl<'a> Tree<'a> {
    /// Reads a document's tree.
    pub fn read(source: &'a Source) -> Self {
        let mut report = Report::new(source);
        let root = read(&mut report);
        Self { root, report }
    }

    /// Returns the names that the document itself declares.
    pub fn own_names<T: JsonSchema + 'static>(&self) -> Known {
        let root = self.root.as_ref();
        root.map(|root| Known::of(root, &Shapes::of::<T>())).unwrap_or_default()
    }

    /// Walks the tree against a type's schema, then makes further checks; returns every mistake.
    pub fn hold<'t, T: JsonSchema + 'static>(
        &'t self,
        known: &Known,
        further: impl FnOnce(&'t Node, &Words<'t>, &mut Report<'a>),
    ) -> Vec<Fault> {
        let mut report = self.report.clone();
        let Some(root) = &self.root else { return report.finish(None) };
        let shapes = Shapes::of::<T>();
        let mut walk = Walk { shapes: &shapes, known, report: &mut report, words: Vec::new() };
        walk.node(root, shapes.root);
        let words = walk.words;
        further(root, &words, &mut report);
        report.finish(Some(root))
    }
}

/// Makes the model of a tree without faults.
fn finish<T: DeserializeOwned>(
    source: &Source,
    faults: Vec<Fault>,
    tree: &Tree<'_>,
) -> Result<T, Faults> {
    let Some(root) = tree.root.as_ref().filter(|_| faults.is_empty()) else {
        return Err(Faults(faults));
    };
    serde_json::from_value(json(root)).map_err(|error| {
        let place = Place { end: 0, ..Place::beginning() };
        Faults(vec![Fault::new(
            source,
            FaultKind::WrongValue,
            place,
            format!("the document cannot be understood: {error}"),
        )])
    })
}
