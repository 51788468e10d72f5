//! What differs between two plans, for an approver who has read the earlier one. Nothing that differs is left out.

use serde_json::Value;

use super::change;
use super::page::{Page, count, list};
use super::plan::{Seal, sealed, show_step, title};
use super::style::{Style, Tone};
use crate::model::{Beside, Measure, Mode, Plan, RrContent, Rrset, ScreenText, TrackerEntry};
use crate::view::{Difference, ORDER, moment_to_the_second};

/// An earlier plan, and everything in which a later one differs from it.
#[derive(Clone, Copy, Debug)]
pub struct Against<'a> {
    /// The earlier plan.
    pub plan: &'a Plan,
    /// Its digest.
    pub seal: Seal<'a>,
    /// What differs.
    pub differences: &'a [Difference],
}

impl Against<'_> {
    /// Tells whether the plans say the same, apart from times and how facts were measured.
    pub fn same(&self) -> bool {
        !self.differences.iter().any(Difference::weighs)
    }
}

/// The sections of a page with the fields of a plan that stand there; what is in none stands in the first.
const SECTIONS: &[(&str, &[&str])] = &[
    ("", &[]),
    ("Goes past limits", &["overrides"]),
    ("Steps", &["steps"]),
    ("Left out", &["left_out"]),
    ("Nobody knows", &["unknowns"]),
    ("Ends well when", &["exit"]),
    ("Requests", &["requests"]),
    ("Rests on", &["rests_on"]),
    ("Facts", &["facts"]),
];

/// Words what differs between two plans; its last lines are those of a plan.
pub fn delta(plan: &Plan, seal: &Seal<'_>, against: &Against<'_>, style: &Style) -> ScreenText {
    let mut page = Page::of(style, style.exercise || plan.mode == Mode::Drill);
    let earlier = against.plan;
    page.heading(&title(plan));
    page.field(0, "incident", plan.incident.as_str());
    let pinned = style.time(earlier.pinned_at);
    page.field(0, "against", &format!("{}, pinned {pinned}", against.seal.short));
    page.line(0, "Only what differs stands here; the whole plan lies in its path.");
    for (number, (heading, fields)) in SECTIONS.iter().enumerate() {
        let here = |it: &&Difference| {
            let field = it.path.first();
            it.weighs()
                && field.is_none_or(|field| match number {
                    0 => !has_section(field),
                    _ => fields.contains(&field.as_str()),
                })
        };
        let mut own = against.differences.iter().filter(here).peekable();
        if own.peek().is_some() {
            page.blank();
            if !heading.is_empty() {
                page.heading(heading);
            }
        }
        own.for_each(|it| show(&mut page, (earlier, plan), it));
    }
    page.blank();
    if against.same() {
        let only = if against.differences.iter().all(Difference::is_time) {
            "Nothing differs but times."
        } else {
            "Nothing differs but times and how facts were measured."
        };
        page.toned(Tone::Strong, 0, only);
    }
    times(&mut page, against, plan, style);
    measures(&mut page, against, plan);
    page.blank();
    sealed(&mut page, plan, seal);
    page.done()
}

/// Shows one difference: a mark, where, and what was there before and is there now.
fn show(page: &mut Page<'_>, plans: (&Plan, &Plan), it: &Difference) {
    if show_whole(page, plans, it) {
        return;
    }
    let label = label(&it.path);
    match (&it.before, &it.after) {
        (Some(old), Some(new)) => changed(page, &label, it, old, new),
        (None, Some(new)) => page.item(Tone::Good, 0, "+", &both(&label, &said(it, new))),
        (Some(old), None) => page.item(Tone::Bad, 0, "-", &both(&label, &said(it, old))),
        (None, None) => page.item(Tone::Plain, 0, "~", &label),
    }
}

/// Shows a step or a change that is only in one of the plans as a plan shows it, and a step whose kind is another.
fn show_whole(page: &mut Page<'_>, (old, new): (&Plan, &Plan), it: &Difference) -> bool {
    let path: Vec<&str> = it.path.iter().map(String::as_str).collect();
    let step = |plan: &Plan, name: &str, page: &mut Page<'_>, mark: &str| {
        let found = plan.steps.iter().find(|step| step.id == name);
        found.inspect(|step| show_step(page, mark, step)).is_some()
    };
    match (&path[..], &it.before, &it.after) {
        (["steps", name], None, Some(_)) => step(new, name, page, "+"),
        (["steps", name], Some(_), None) => step(old, name, page, "-"),
        (["steps", name, "work"], ..) => step(old, name, page, "-") && step(new, name, page, "+"),
        (["steps", name, "work", "change", "changes", _], before, after) => {
            let (mark, less, value) = match (before, after) {
                (Some(value), None) => ("-", "less", value),
                (None, Some(value)) => ("+", "more", value),
                _ => return false,
            };
            let Ok(one) = serde_json::from_value(value.clone()) else { return false };
            page.item(Tone::Strong, 0, mark, &format!("{name}: one change {less}"));
            change::show(page, 3, mark, &one);
            true
        }
        _ => false,
    }
}

fn changed(page: &mut Page<'_>, label: &str, it: &Difference, old: &Value, new: &Value) {
    if let (Value::Array(old), Value::Array(new)) = (old, new) {
        return lists(page, label, it, old, new);
    }
    let (mut before, mut after) = (said(it, old), said(it, new));
    if before == after {
        (before, after) = (exact(&old.to_string()), exact(&new.to_string()));
    }
    if before.len() + after.len() < 60 {
        return page.item(Tone::Plain, 0, "~", &format!("{label}: {before} -> {after}"));
    }
    page.item(Tone::Plain, 0, "~", &format!("{label}:"));
    page.item(Tone::Bad, 3, "-", &before);
    page.item(Tone::Good, 3, "+", &after);
}

/// Shows which items of a list went and which came; in another order, both lists.
fn lists(page: &mut Page<'_>, label: &str, it: &Difference, old: &[Value], new: &[Value]) {
    let gone = without(old, new);
    let came = without(new, old);
    let kept = (without(old, &gone), without(new, &came));
    page.item(Tone::Plain, 0, "~", &format!("{label}:"));
    for (sign, tone, items) in [("-", Tone::Bad, &gone), ("+", Tone::Good, &came)] {
        items.iter().for_each(|item| page.item(tone, 3, sign, &said(it, item)));
    }
    if kept.0 != kept.1 {
        let all = |items: &[Value]| list(items.iter().map(|item| said(it, item)), "nothing");
        page.item(Tone::Plain, 3, "~", &format!("the order was: {}", all(&kept.0)));
        page.item(Tone::Plain, 3, "~", &format!("the order is: {}", all(&kept.1)));
    }
}

/// Returns what of a list is not in another, each as often as it is not.
fn without(items: &[Value], others: &[Value]) -> Vec<Value> {
    let mut others = others.to_vec();
    let mut rest = items.to_vec();
    rest.retain(|item| match others.iter().position(|other| other == item) {
        Some(at) => {
            others.swap_remove(at);
            false
        }
        None => true,
    });
    rest
}

fn both(label: &str, value: &str) -> String {
    format!("{label}: {value}")
}

/// Words where something differs: without the section that it stands in, and without what only JSON needs.
fn label(path: &[String]) -> String {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let parts = match &path[..] {
        ["steps", step, "work", "change", "changes", rest @ ..] => [&[*step], rest].concat(),
        ["steps", step, "work", _, rest @ ..] => [&[*step], rest].concat(),
        ["facts", fact, "truth"] => vec![*fact],
        [field, rest @ ..] if !rest.is_empty() && has_section(field) => rest.to_vec(),
        all => all.to_vec(),
    };
    let parts = parts.into_iter().filter(|part| !["rrsets", "trackers"].contains(part));
    let words = parts.map(|part| if part == ORDER { "order" } else { part });
    words.map(|part| exact(&part.replace('_', " "))).collect::<Vec<_>>().join(": ")
}

fn has_section(field: &str) -> bool {
    SECTIONS.iter().any(|(_, fields)| fields.contains(&field))
}

/// Words a value for whoever approves it.
fn said(it: &Difference, value: &Value) -> String {
    let path: Vec<&str> = it.path.iter().map(String::as_str).collect();
    let known = match &path[..] {
        [.., "rrsets", _] => serde_json::from_value(value.clone()).ok().map(|set| rrset(&set)),
        [.., "trackers"] => serde_json::from_value(value.clone()).ok().map(tracker),
        ["facts", _] => value["truth"].as_str().map(str::to_owned),
        ["facts", _, "measure"] => {
            serde_json::from_value(value.clone()).ok().map(|it: Measure| it.to_string())
        }
        _ => None,
    };
    known.unwrap_or_else(|| plain(value))
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => exact(text),
        Value::Array(items) => list(items.iter().map(plain), "nothing"),
        Value::Object(fields) => {
            let field = |(name, value): (&String, &Value)| {
                format!("{} {}", exact(&name.replace('_', " ")), plain(value))
            };
            let fields: Vec<String> = fields.iter().map(field).collect();
            list([fields.join("; ")].into_iter().filter(|it| !it.is_empty()), "nothing")
        }
    }
}

/// Spells out what a page would fold: spaces at an end or beside each other, line ends, and nothing at all.
fn exact(text: &str) -> String {
    let folded = text.split(' ').any(str::is_empty) || text.contains(['\n', '\r', '\t']);
    if !folded {
        return text.to_owned();
    }
    let mut shown = String::from("\"");
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        let is_edge = at == 0 || at + 1 == text.len() || before == ' ';
        match c {
            ' ' if is_edge => shown.push_str("\\u{20}"),
            '\n' | '\r' | '\t' => shown.extend(c.escape_default()),
            c => shown.push(c),
        }
        before = c;
    }
    shown.push('"');
    shown
}

fn rrset(set: &Rrset) -> String {
    let Rrset { key: _, ttl, records, comments } = set;
    let off = |it: bool| if it { " (disabled)" } else { "" };
    let beside = |it: &Beside| format!(" ({it})");
    let records = records.iter().map(|it| {
        let RrContent { content, disabled, beside: kept } = it;
        let kept = kept.as_ref().map(beside).unwrap_or_default();
        format!("{}{}{kept}", exact(content), off(*disabled))
    });
    let mut parts = vec![list(records, "nothing")];
    if *ttl > 0 || !set.records.is_empty() {
        parts.push(format!("kept for {ttl} s"));
    }
    parts.extend(comments.iter().map(|it| {
        let (content, account) = (exact(&it.content), exact(&it.account));
        format!("beside it: {content} (by {account}, at {})", it.modified_at)
    }));
    parts.join("; ")
}

fn tracker(entry: TrackerEntry) -> String {
    format!("tier {}: {}", entry.tier, exact(&entry.url))
}

/// Words both times of both plans, on one line.
fn times(page: &mut Page<'_>, against: &Against<'_>, plan: &Plan, style: &Style) {
    let old = against.plan;
    let both =
        [("pinned", old.pinned_at, plan.pinned_at), ("start by", old.start_by, plan.start_by)];
    let differ = both.iter().filter(|(_, old, new)| old != new);
    let words = differ.map(|(what, old, new)| {
        let (mut before, mut after) = (style.time(*old), style.time(*new));
        if before == after {
            (before, after) = (old.to_string(), new.to_string());
        }
        format!("{what} {before} -> {after}")
    });
    let words: Vec<String> = words.collect();
    if !words.is_empty() {
        page.field(0, "times", &words.join("; "));
    }
}

/// Words how facts were measured otherwise: each measure, and of all else which facts.
fn measures(page: &mut Page<'_>, against: &Against<'_>, plan: &Plan) {
    let mut details: Vec<&str> = Vec::new();
    for detail in against.differences.iter().filter_map(Difference::detail) {
        if !details.contains(&detail) {
            details.push(detail);
        }
    }
    for detail in details {
        let own: Vec<&Difference> =
            against.differences.iter().filter(|it| it.detail() == Some(detail)).collect();
        let facts = count(own.len(), "fact", "facts");
        let names = || list(own.iter().map(|it| fact(it)), "none");
        let (label, text) = match detail {
            ORDER => ("order", "of the facts: another one".to_owned()),
            "at" => {
                let spans = [against.plan, plan].map(seen);
                ("seen at", format!("{facts}: {} -> {}", spans[0], spans[1]))
            }
            "measure" => {
                ("measures", format!("{facts}: {}", list(own.iter().map(|it| measure(it)), "none")))
            }
            "because" => ("reasons", format!("{facts} worded otherwise: {}", names())),
            "from" => ("evidence", format!("{facts} from other evidence: {}", names())),
            "id" => ("numbers", format!("{facts} numbered otherwise: {}", names())),
            other => (other, format!("{facts}: {}", names())),
        };
        page.field(0, label, &text);
    }
}

/// Words from when until when a plan's facts were seen.
fn seen(plan: &Plan) -> String {
    let times = || plan.facts.iter().map(|fact| fact.at);
    let (first, last) = (times().min(), times().max());
    let said =
        |it: Option<jiff::Timestamp>| it.map_or_else(|| "never".to_owned(), moment_to_the_second);
    if first == last { said(first) } else { format!("{} to {}", said(first), said(last)) }
}

fn fact(it: &Difference) -> String {
    it.path.get(1).map(|name| exact(name)).unwrap_or_default()
}

fn measure(it: &Difference) -> String {
    let words = |value: &Option<Value>| {
        value.as_ref().map_or_else(|| "none".to_owned(), |value| said(it, value))
    };
    let (before, after) = (words(&it.before), words(&it.after));
    format!("{} {before} -> {after}", fact(it))
}

#[cfg(test)]
mod tests {
    use super::exact;

    #[test]
    fn spaces_that_a_page_would_fold_are_spelt_out() {
        for (text, shown) in [
            ("a b", "a b"),
            ("", "\"\""),
            ("a ", "\"a\\u{20}\""),
            (" a", "\"\\u{20}a\""),
            ("a  b", "\"a \\u{20}b\""),
            ("a\nb", "\"a\\nb\""),
        ] {
            assert_eq!(exact(text), shown);
        }
    }
}
