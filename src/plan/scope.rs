//! What `$name` means: parameters, the paths into what they name, and guards with both filled in.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::model::{Argument, Estate, Guard, Id, Param, ParamKind, Query};

/// What a value in a document stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meant {
    /// One id or text.
    One(String),
    /// Several.
    Many(Vec<String>),
}

/// Why a value stands for nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// An optional key or parameter is absent: the step is left out.
    Absent(String),
    /// There is no such parameter or path: the document is wrong.
    Wrong(String),
}

/// The parameters of one runbook, bound.
#[derive(Clone, Debug)]
pub struct Scope<'a> {
    /// The estate that ids are looked up in.
    pub estate: &'a Estate,
    /// The runbook's parameters.
    pub params: &'a BTreeMap<String, Param>,
    /// What they stand for; an optional one may stand for nothing.
    pub known: BTreeMap<String, Id>,
}

/// The parameter that stands for one member of a step's `each`.
pub const EACH: &str = "each";

impl<'a> Scope<'a> {
    /// Finds what a value stands for; what does not begin with `$` stands for itself.
    pub fn meant(&self, text: &str) -> Result<Meant, Missing> {
        let Some(name) = text.strip_prefix('$') else { return Ok(Meant::One(text.to_owned())) };
        let (name, path) = name.split_once('.').map_or((name, None), |(n, p)| (n, Some(p)));
        let id = self.parameter(name)?;
        let Some(path) = path else { return Ok(Meant::One(id.to_string())) };
        let kind = self.kind(name, &id);
        let member = kind.and_then(|kind| member(self.estate, kind, &id));
        let wrong = || Missing::Wrong(format!("`{text}` is no path of `{id}`"));
        let mut value = &member.ok_or_else(wrong)?;
        for key in path.split('.') {
            value = match value.get(key) {
                Some(Value::Null) | None => {
                    return Err(Missing::Absent(format!("`{id}` has no `{path}`")));
                }
                Some(value) => value,
            };
        }
        readable(value).ok_or_else(wrong)
    }

    /// Finds the one id that a value stands for.
    pub fn id(&self, text: &str) -> Result<Id, Missing> {
        match self.meant(text)? {
            Meant::One(id) => Ok(Id::new(id)),
            Meant::Many(ids) => match ids.as_slice() {
                [] => Err(Missing::Absent(format!("`{text}` names nothing"))),
                [id] => Ok(Id::new(id.as_str())),
                _ => Err(Missing::Wrong(format!("`{text}` names several"))),
            },
        }
    }

    fn parameter(&self, name: &str) -> Result<Id, Missing> {
        let declared = self.params.contains_key(name);
        match self.known.get(name) {
            Some(id) => Ok(id.clone()),
            None if declared => Err(Missing::Absent(format!("`${name}` stands for nothing"))),
            None => Err(Missing::Wrong(format!("the runbook has no parameter `{name}`"))),
        }
    }

    fn kind(&self, name: &str, id: &Id) -> Option<ParamKind> {
        let declared = self.params.get(name).map(|param| param.kind);
        let has = |kind: &ParamKind| self.estate.ids_of(*kind).contains(id);
        declared.or_else(|| KINDS.into_iter().find(has))
    }

    /// Returns a guard with its parameters filled in; what is bound to nothing stays as it is.
    pub fn bind(&self, guard: &Guard) -> Guard {
        let all = |parts: &[Guard]| parts.iter().map(|part| self.bind(part)).collect();
        match guard.clone() {
            Guard::All(parts) => Guard::All(all(&parts)),
            Guard::Any(parts) => Guard::Any(all(&parts)),
            Guard::Not(inner) => Guard::Not(Box::new(self.bind(&inner))),
            Guard::Is { query, truth, negated } => {
                Guard::Is { query: self.query(query), truth, negated }
            }
            Guard::Known(query) => Guard::Known(self.query(query)),
            Guard::Measure { query, comparison, bound } => {
                Guard::Measure { query: self.query(query), comparison, bound }
            }
            Guard::Count { query, truth, by, comparison, bound } => {
                Guard::Count { query: self.query(query), truth, by, comparison, bound }
            }
            Guard::Age { query, truth, comparison, span } => {
                Guard::Age { query: self.query(query), truth, comparison, span }
            }
            Guard::Took { branch, way } => Guard::Took { branch, way },
            Guard::Always => Guard::Always,
        }
    }

    fn query(&self, query: Query) -> Query {
        let bind = |argument: Argument| match &argument {
            Argument::Id(_) => argument,
            Argument::Parameter { name, path } => self.argument(name, path.as_deref()),
        };
        Query { kind: query.kind, arguments: query.arguments.into_iter().map(bind).collect() }
    }

    /// A path that names one other object stands for that one; any other path still speaks of its owner.
    fn argument(&self, name: &str, path: Option<&str>) -> Argument {
        let Some(id) = self.known.get(name) else {
            return Argument::Parameter { name: name.to_owned(), path: path.map(str::to_owned) };
        };
        let named = path.and_then(|path| self.id(&format!("${name}.{path}")).ok());
        let object = |id: &Id| KINDS.iter().any(|kind| self.estate.ids_of(*kind).contains(id));
        Argument::Id(named.filter(object).unwrap_or_else(|| id.clone()))
    }

    /// Returns the ids that a step's `each` names: a list in the estate, or one of its sections.
    pub fn each(&self, text: &str) -> Result<Vec<Id>, Missing> {
        let section = KINDS.into_iter().find(|kind| section(*kind) == text);
        if let Some(kind) = section {
            return Ok(self.estate.ids_of(kind));
        }
        Ok(match self.meant(text)? {
            Meant::One(id) => vec![Id::new(id)],
            Meant::Many(ids) => ids.into_iter().map(Id::new).collect(),
        })
    }
}

/// Every kind of parameter.
pub const KINDS: [ParamKind; 10] = [
    ParamKind::DnsProvider,
    ParamKind::Registrar,
    ParamKind::Zone,
    ParamKind::Resolver,
    ParamKind::Tracker,
    ParamKind::Seedbox,
    ParamKind::Carrier,
    ParamKind::Prefix,
    ParamKind::Upstream,
    ParamKind::Vantage,
];

/// Returns the estate's section that holds a kind.
const fn section(kind: ParamKind) -> &'static str {
    match kind {
        ParamKind::DnsProvider => "dns_providers",
        ParamKind::Registrar => "registrars",
        ParamKind::Zone => "zones",
        ParamKind::Resolver => "resolvers",
        ParamKind::Tracker => "trackers",
        ParamKind::Seedbox => "seedboxes",
        ParamKind::Carrier => "carriers",
        ParamKind::Prefix => "prefixes",
        ParamKind::Upstream => "upstreams",
        ParamKind::Vantage => "vantages",
    }
}

/// Returns a member of the estate as plain data.
fn member(estate: &Estate, kind: ParamKind, id: &Id) -> Option<Value> {
    let plain = serde_json::to_value(estate).ok()?;
    let members = plain.get(section(kind))?.as_array()?;
    members.iter().find(|member| member["id"] == id.as_str()).cloned()
}

/// Reads an id, a text, a list of either, or the one instruction that a small mapping such as `{ manual: … }` holds.
fn readable(value: &Value) -> Option<Meant> {
    match value {
        Value::String(text) => Some(Meant::One(text.clone())),
        Value::Array(items) => {
            let name = |item: &Value| {
                let own = item.as_str().or_else(|| item["id"].as_str());
                own.or_else(|| item["name"].as_str()).map(str::to_owned)
            };
            items.iter().map(name).collect::<Option<Vec<_>>>().map(Meant::Many)
        }
        Value::Object(map) if map.len() == 1 => map.values().next().and_then(readable),
        Value::Number(number) => Some(Meant::One(number.to_string())),
        Value::Null | Value::Bool(_) | Value::Object(_) => None,
    }
}
