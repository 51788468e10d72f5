//! One change: where, from what, to what.

use super::page::Page;
use super::style::Tone;
use crate::model::{Change, FEW, RrKey, Rrset, Target, TrackerEntry, Value};

/// Shows a change: where, before, after, and how it is guarded.
pub(super) fn show(page: &mut Page<'_>, indent: usize, mark: &str, change: &Change) {
    page.item(Tone::Strong, indent, mark, &place(change));
    let inner = indent + 3;
    for (sign, tone, value) in [("-", Tone::Bad, &change.before), ("+", Tone::Good, &change.after)]
    {
        for line in lines(value) {
            page.item(tone, inner, sign, &line);
        }
    }
    let own = if change.conditional {
        "the service itself checks what is there before"
    } else {
        "what is there before is read again right before the write"
    };
    let text = format!(
        "{own}; a request takes {} at most and may land {} later",
        change.timeout, change.settle
    );
    page.line(inner, &text);
}

fn place(change: &Change) -> String {
    match &change.target {
        Target::Rrsets { service, zone, keys } => {
            let keys = match keys.len() {
                ..=FEW => keys.iter().map(key).collect::<Vec<_>>().join(", "),
                many => format!("{many} record sets"),
            };
            format!("{}: at {service}, zone {zone}: {keys}", change.object)
        }
        Target::TrackerList { service, torrent } => {
            format!("{}: at {service}, trackers of torrent {torrent}", change.object)
        }
    }
}

fn key(key: &RrKey) -> String {
    format!("{} {}", key.name, key.kind)
}

/// Words a value, a line each.
fn lines(value: &Value) -> Vec<String> {
    match value {
        Value::Rrsets(sets) => sets.iter().flat_map(rrset).collect(),
        Value::Trackers(trackers) if trackers.is_empty() => vec!["no tracker".to_owned()],
        Value::Trackers(trackers) => trackers.iter().map(tracker).collect(),
    }
}

fn rrset(set: &Rrset) -> Vec<String> {
    if set.records.is_empty() {
        return vec![format!("{}: nothing", key(&set.key))];
    }
    let record = |record: &crate::model::RrContent| {
        let off = if record.disabled { " (disabled)" } else { "" };
        let beside = record.beside.as_ref().map(|it| format!(" ({it})")).unwrap_or_default();
        let RrKey { name, kind } = &set.key;
        format!("{name} {} {kind} {}{off}{beside}", set.ttl, record.content)
    };
    let mut lines: Vec<String> = set.records.iter().map(record).collect();
    lines.extend(set.comments.iter().map(|it| format!("; {} ({})", it.content, it.account)));
    lines
}

fn tracker(entry: &TrackerEntry) -> String {
    format!("tier {}: {}", entry.tier, entry.url)
}
