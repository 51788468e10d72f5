//! Copies of zones: what was taken, how two of them differ, and whether providers hold the same.

use super::page::{Page, count};
use super::style::{Style, Tone};
use crate::model::{
    CopyFrom, CopySource, ScreenText, SnapshotState, Truth, ZoneDiff, ZoneParity, ZoneSet,
    ZoneSnapshot,
};

/// Words what became of each copy.
pub fn zone_snapshots(snapshots: &[ZoneSnapshot], style: &Style) -> ScreenText {
    let mut page = Page::new(style);
    for it in snapshots {
        let (tone, state) = match it.state {
            SnapshotState::New => (Tone::Good, "new"),
            SnapshotState::Changed => (Tone::Strong, "changed"),
            SnapshotState::Same => (Tone::Plain, "as before"),
            SnapshotState::Unread => (Tone::Bad, "not copied; what was there stays"),
            SnapshotState::Never => (Tone::Unsure, "no copy"),
        };
        let sets = it
            .path
            .as_ref()
            .map(|path| format!(", {} in `{path}`", count(it.sets, "record set", "record sets")));
        let sets = sets.unwrap_or_default();
        page.item(tone, 0, &format!("{} at {}:", it.zone, it.provider), &format!("{state}{sets}"));
        it.because.iter().for_each(|because| page.line(2, because));
        it.hint.iter().for_each(|hint| page.field(2, "do", hint));
        for set in &it.apart {
            let how = set.apart.word();
            page.line(2, &format!("does not travel: {} {} ({how})", set.name, set.kind));
        }
    }
    page.done()
}

/// Words how copies differ, one record a line: `-` only in the first, `+` only in the second.
pub fn zone_diffs(diffs: &[ZoneDiff], style: &Style) -> ScreenText {
    let mut page = Page::new(style);
    for diff in diffs {
        let (before, after) = (source(&diff.before), source(&diff.after));
        page.blank();
        page.heading(&format!("{}: {before} -> {after}", diff.zone));
        match (&diff.because, diff.differs) {
            (Some(because), _) => page.toned(Tone::Unsure, 2, &format!("not known: {because}")),
            (None, Some(false)) => page.toned(Tone::Good, 2, "alike"),
            (None, Some(true) | None) => changes(&mut page, diff),
        }
    }
    page.done()
}

fn changes(page: &mut Page<'_>, diff: &ZoneDiff) {
    for set in &diff.removed {
        records(page, Tone::Bad, "-", set, &[]);
    }
    for set in &diff.added {
        records(page, Tone::Good, "+", set, &[]);
    }
    for change in &diff.changed {
        let (Some(before), Some(after)) = (&change.before, &change.after) else { continue };
        let plain = before.ttl == after.ttl && before.apart == after.apart;
        let (of_before, of_after) = (lines(before), lines(after));
        records(page, Tone::Bad, "-", before, if plain { &of_after } else { &[] });
        records(page, Tone::Good, "+", after, if plain { &of_before } else { &[] });
    }
    let [gone, new, other] = [diff.removed.len(), diff.added.len(), diff.changed.len()]
        .map(|it| count(it, "record set", "record sets"));
    page.line(2, &format!("{gone} only in the first, {new} only in the second, {other} not alike"));
}

/// Writes the records of a set that the other copy does not have.
fn records(page: &mut Page<'_>, tone: Tone, mark: &str, set: &ZoneSet, except: &[String]) {
    for line in lines(set).iter().filter(|line| !except.contains(line)) {
        page.item(tone, 2, mark, line);
    }
}

fn lines(set: &ZoneSet) -> Vec<String> {
    let apart = set.apart.map_or_else(String::new, |apart| format!(" ({})", apart.word()));
    let line = |data| format!("{} {} {} {data}{apart}", set.name, set.ttl, set.kind);
    set.data.iter().map(line).collect()
}

fn source(source: &CopySource) -> String {
    match source.from {
        CopyFrom::Git => format!("{} in git", source.provider),
        CopyFrom::Live => format!("{} now", source.provider),
    }
}

/// Words whether the providers of zones hold the same.
pub fn zone_parities(parities: &[ZoneParity], style: &Style) -> ScreenText {
    let mut page = Page::new(style);
    for it in parities {
        let (tone, answer) = match it.truth {
            Truth::True => (Tone::Good, "alike"),
            Truth::False => (Tone::Bad, "not alike"),
            Truth::Unknown => (Tone::Unsure, "not known"),
        };
        let against = it.against.as_ref().map(|it| format!(" as {}", source(it)));
        let mark = format!("{}: {}{}:", it.zone, source(&it.copy), against.unwrap_or_default());
        page.item(tone, 0, &mark, &answered(it, answer));
        for gap in &it.gaps {
            page.item(Tone::Bad, 2, "!", &gap.to_string());
        }
        let more = (it.compared - it.alike) as usize - it.gaps.len();
        if more > 0 {
            page.line(2, &format!("and {}", count(more, "more", "more")));
        }
    }
    page.done()
}

fn answered(it: &ZoneParity, answer: &str) -> String {
    if let Some(because) = &it.because {
        return format!("{answer}: {because}");
    }
    let declared = match it.declared {
        0 => String::new(),
        declared => {
            format!("; {} as declared", count(declared as usize, "differs", "differ"))
        }
    };
    format!("{answer}, {} of {} record sets{declared}", it.alike, it.compared)
}
