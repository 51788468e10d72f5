//! Conditions: the arguments of their facts, the branches they look back at, the measures they compare.

use super::super::fault::{FaultKind, Report, quoted};
use super::super::format::Format;
use super::super::nearest::nearest;
use super::super::node::Node;
use super::super::parse::Words;
use super::super::source::Place;
use super::super::walk::{listed, within};
use super::params::{Params, Word, position};
use super::steps::{is_kind, steps};
use crate::model::{Argument, Bound, Guard, Query, SubjectKind};

/// Checks every condition and fact of a runbook.
pub fn guards(root: &Node, words: &Words<'_>, params: &Params<'_>, report: &mut Report<'_>) {
    for (format, node) in words {
        let Some(text) = node.text() else { continue };
        let here = Here { root, node, text, params };
        match format {
            Format::Guard => {
                if let Ok(guard) = text.parse::<Guard>() {
                    here.guard(&guard, report);
                }
            }
            Format::Query => {
                if let Ok(query) = text.parse::<Query>() {
                    here.query(&query, report);
                }
            }
            Format::Reference => {
                params.meant(Word { text, place: node.at }, report);
            }
            Format::Address
            | Format::Ip
            | Format::Percent
            | Format::Domain
            | Format::Url
            | Format::AnnounceUrl => {}
            Format::Cidr
            | Format::TimeZone
            | Format::InfoHash
            | Format::Span
            | Format::NotYetUntil => {}
            Format::Id
            | Format::RecordType
            | Format::CopiedType
            | Format::DsRecord
            | Format::Language => {}
            Format::TsigAlgorithm | Format::DateTime | Format::Date => {}
            Format::AloneNeed | Format::Digest => {}
        }
    }
}

/// Returns the sections whose members an argument may name.
const fn sections(kind: SubjectKind) -> &'static [&'static str] {
    match kind {
        SubjectKind::Estate | SubjectKind::Source => &[],
        SubjectKind::DnsProvider => &["dns_providers"],
        SubjectKind::Registrar => &["registrars"],
        SubjectKind::Zone => &["zones"],
        SubjectKind::Resolver => &["resolvers"],
        SubjectKind::Control => &["controls"],
        SubjectKind::Tracker => &["trackers"],
        SubjectKind::Seedbox => &["seedboxes"],
        SubjectKind::Carrier => &["carriers"],
        SubjectKind::Prefix => &["prefixes"],
        SubjectKind::Upstream => &["upstreams"],
        SubjectKind::Router => &["routers"],
        SubjectKind::Collector => &["collectors"],
        SubjectKind::Vantage => &["vantages"],
        SubjectKind::Network => &["prefixes", "upstreams", "carriers"],
        SubjectKind::NameServer => &["dns_providers", "resolvers"],
    }
}

/// One condition and where it stands.
struct Here<'a> {
    root: &'a Node,
    node: &'a Node,
    text: &'a str,
    params: &'a Params<'a>,
}

impl Here<'_> {
    /// Returns the place of a word within the condition.
    fn place(&self, word: &str, report: &Report<'_>) -> Place {
        let at = position(self.text, word);
        at.map_or(self.node.at, |at| {
            within(&report.source.text, self.node, self.text, at, word.len())
        })
    }

    fn guard(&self, guard: &Guard, report: &mut Report<'_>) {
        match guard {
            Guard::All(parts) | Guard::Any(parts) => {
                parts.iter().for_each(|part| self.guard(part, report))
            }
            Guard::Not(inner) => self.guard(inner, report),
            Guard::Is { query, .. }
            | Guard::Known(query)
            | Guard::Count { query, .. }
            | Guard::Age { query, .. } => {
                self.query(query, report);
            }
            Guard::Measure { query, bound, .. } => {
                self.query(query, report);
                self.measure(query, *bound, report);
            }
            Guard::Took { branch, way } => self.took(branch.as_str(), way.as_str(), report),
            Guard::Always => {}
        }
    }

    fn query(&self, query: &Query, report: &mut Report<'_>) {
        for (argument, kind) in query.arguments.iter().zip(query.kind.arguments()) {
            let text = argument.to_string();
            let place = self.place(&text, report);
            if *kind == SubjectKind::Source {
                if text != "git" {
                    report
                        .add(
                            FaultKind::WrongValue,
                            place,
                            format!("{} is no source", quoted(&text)),
                        )
                        .expected("`git`");
                }
                continue;
            }
            let word = Word { text: &text, place };
            match argument {
                Argument::Parameter { path: Some(_), .. } => {
                    self.through_a_path(word, *kind, report)
                }
                Argument::Parameter { path: None, .. } | Argument::Id(_) => {
                    self.params.must_be(word, sections(*kind), report);
                }
            }
        }
    }

    /// A path that names no other member still speaks of its owner: `$zone.critical` is said of the zone.
    fn through_a_path(&self, word: Word<'_>, kind: SubjectKind, report: &mut Report<'_>) {
        let before = report.faults.len();
        let meant = self.params.meant(word, report);
        let named = matches!(&meant, super::params::Meant::Section(section) if sections(kind).contains(&section.as_str()));
        if named || report.faults.len() > before || meant == super::params::Meant::Unsaid {
            return;
        }
        let owner = word.text.split('.').next().unwrap_or(word.text);
        self.params.must_be(Word { text: owner, ..word }, sections(kind), report);
    }

    fn measure(&self, query: &Query, bound: Bound, report: &mut Report<'_>) {
        let (name, measure) = (query.kind.name(), query.kind.measure());
        let place = self.place(name, report);
        if measure.is_empty() {
            let found = format!("{} has no measure to compare", quoted(name));
            report.add(FaultKind::WrongValue, place, found).expected("a test such as `is true`");
            return;
        }
        let counted = measure.contains(", of ");
        let wrong = match bound {
            Bound::Percent(share) if !(0.0..=100.0).contains(&share) => {
                Some("a share from 0 % to 100 %")
            }
            Bound::Percent(_) if !counted => {
                Some("a number or a length of time: it is no part of a whole")
            }
            Bound::Span(_) if counted => Some("a number or a share in percent: it counts things"),
            Bound::Percent(_) | Bound::Number(_) | Bound::Span(_) => None,
        };
        if let Some(expected) = wrong {
            let place = self.place(&bound.to_string(), report);
            let found = format!(
                "{} is not what {} measures ({measure})",
                quoted(&bound.to_string()),
                quoted(name)
            );
            report.add(FaultKind::WrongValue, place, found).expected(expected);
        }
    }

    /// `road = switch` looks back at a branch that stands earlier, and at one of its ways.
    fn took(&self, branch: &str, way: &str, report: &mut Report<'_>) {
        let earlier: Vec<&Node> = steps(self.root)
            .into_iter()
            .filter(|step| is_kind(step, "branch") && step.at.start < self.node.at.start)
            .collect();
        let names = || earlier.iter().filter_map(|step| step.text_of("id"));
        let Some(step) = earlier.iter().find(|step| step.text_of("id") == Some(branch)) else {
            if steps(self.root).iter().any(|step| step.get("id").is_none()) {
                return;
            }
            let place = self.place(branch, report);
            let fault = report.add(
                FaultKind::UnknownReference,
                place,
                format!("no earlier branch is called {}", quoted(branch)),
            );
            let hint = if earlier.is_empty() {
                "no branch stands before this step".to_owned()
            } else {
                format!("the branches before it are {}", listed(names()))
            };
            fault.nearest(nearest(branch, names())).hint(hint);
            return;
        };
        let all = step.items_of("branch");
        let ways = || all.iter().filter_map(|way| way.text_of("take"));
        if all.iter().any(|way| way.get("take").is_none()) || ways().any(|other| other == way) {
            return;
        }
        let place = self.place(way, report);
        let fault = report.add(
            FaultKind::UnknownReference,
            place,
            format!("the branch {} has no way {}", quoted(branch), quoted(way)),
        );
        fault.nearest(nearest(way, ways())).hint(format!("its ways are {}", listed(ways())));
    }
}
