//! From one tracker list to another with the edits that a client has. Pure.
//!
//! Until RPC version 16 Transmission numbers trackers by their place, adds each in a tier of its own at
//! the end, and closes gaps between tiers; no edit puts a tracker into the tier of others.

use crate::model::TrackerEntry;
use crate::wire::transmission::{Edit, Tracker};

/// Returns a list with its tiers numbered from 0 without gaps, as every client reports it.
pub(super) fn renumbered(list: &[TrackerEntry]) -> Vec<TrackerEntry> {
    let mut out: Vec<TrackerEntry> = Vec::with_capacity(list.len());
    let mut last = None;
    for entry in list {
        let tier = match (out.last(), last == Some(entry.tier)) {
            (None, _) => 0,
            (Some(before), true) => before.tier,
            (Some(before), false) => before.tier + 1,
        };
        last = Some(entry.tier);
        out.push(TrackerEntry { tier, url: entry.url.clone() });
    }
    out
}

/// Returns a client's list in the model's words.
pub(super) fn entries(trackers: &[Tracker]) -> Vec<TrackerEntry> {
    let entry = |it: &Tracker| TrackerEntry { tier: it.tier, url: it.url.raw().to_owned() };
    renumbered(&trackers.iter().map(entry).collect::<Vec<_>>())
}

/// Returns the tiers of a list.
pub(super) fn tiers(list: &[TrackerEntry]) -> Vec<Vec<&str>> {
    let same = |a: &TrackerEntry, b: &TrackerEntry| a.tier == b.tier;
    list.chunk_by(same).map(|tier| tier.iter().map(|it| it.url.as_str()).collect()).collect()
}

/// Returns the next edit that leads from a list to another one; nothing when no edits lead there.
/// Most lists need one edit; where a tracker must leave before it can come back elsewhere, two.
pub(super) fn next_edit(current: &[TrackerEntry], after: &[TrackerEntry]) -> Option<Edit> {
    let (current, after) = (renumbered(current), renumbered(after));
    only_removals(&current, &after).or_else(|| rebuilt(&current, &after))
}

/// Tells whether edits lead from one list to another.
pub(super) fn leads(current: &[TrackerEntry], after: &[TrackerEntry]) -> bool {
    let (mut current, after) = (renumbered(current), renumbered(after));
    for _ in 0..2 {
        if current == after {
            return true;
        }
        let Some(edit) = next_edit(&current, &after) else { return false };
        current = edited(&current, &edit);
    }
    current == after
}

/// Takes away what is not wanted, where that is all there is to do.
fn only_removals(current: &[TrackerEntry], after: &[TrackerEntry]) -> Option<Edit> {
    let gone = |it: &&TrackerEntry| !after.iter().any(|wanted| wanted.url == it.url);
    let remove: Vec<i64> =
        (0..).zip(current).filter(|(_, it)| gone(it)).map(|(place, _)| place).collect();
    let edit = Edit { remove, ..Edit::default() };
    (edited(current, &edit) == after && !edit.remove.is_empty()).then_some(edit)
}

/// Keeps as many tiers in their place as fit, and appends the rest.
fn rebuilt(current: &[TrackerEntry], after: &[TrackerEntry]) -> Option<Edit> {
    let wanted = tiers(after);
    let mut kept: Vec<&[&str]> = Vec::new();
    let mut edit = Edit::default();
    let mut place = 0_i64;
    for tier in tiers(current) {
        // How much of this tier stays: as much as the next wanted tier needs, or nothing.
        let target = wanted.get(kept.len()).filter(|target| target.len() <= tier.len());
        let mut surplus = tier.len() - target.map_or(0, Vec::len);
        for url in &tier {
            if surplus > 0 && !target.is_some_and(|target| target.contains(url)) {
                edit.remove.push(place);
                surplus -= 1;
            }
            place += 1;
        }
        kept.extend(target.map(Vec::as_slice));
    }
    let rest = &wanted[kept.len()..];
    if rest.iter().any(|tier| tier.len() != 1) {
        return None;
    }
    add_and_replace(current, after, rest.len(), edit)
}

/// Adds as many as are missing, then puts each URL into its place.
fn add_and_replace(
    current: &[TrackerEntry],
    after: &[TrackerEntry],
    missing: usize,
    mut edit: Edit,
) -> Option<Edit> {
    // A client ignores what is added twice; whatever is added is put into its place afterwards.
    let new = |it: &&TrackerEntry| !current.iter().any(|listed| listed.url == it.url);
    let mut spare: Vec<String> =
        after.iter().rev().filter(new).map(|it| it.url.clone()).take(missing).collect();
    spare.reverse();
    if spare.len() < missing {
        // Something has to leave first.
        return (!edit.remove.is_empty()).then_some(edit);
    }
    edit.add = spare;
    let between = edited(current, &edit);
    if between.len() != after.len() {
        return None;
    }
    let differing =
        (0..).zip(between.iter().zip(after)).filter(|(_, (is, want))| is.url != want.url);
    edit.replace = differing.map(|(place, (_, want))| (place, want.url.clone())).collect();
    (edited(current, &edit) == after).then_some(edit)
}

/// Does to a list what a client does on an edit.
fn edited(list: &[TrackerEntry], edit: &Edit) -> Vec<TrackerEntry> {
    let mut list = list.to_vec();
    for url in edit.add.iter() {
        if !list.iter().any(|it| it.url == *url) {
            let tier = list.last().map_or(0, |last| last.tier + 1);
            list.push(TrackerEntry { tier, url: url.clone() });
        }
    }
    let stays = |(place, _): &(i64, TrackerEntry)| !edit.remove.contains(place);
    let mut list: Vec<TrackerEntry> =
        (0..).zip(list).filter(stays).map(|(_, entry)| entry).collect();
    for (place, url) in &edit.replace {
        let found = usize::try_from(*place).ok().and_then(|place| list.get_mut(place));
        if let Some(entry) = found {
            entry.url.clone_from(url);
        }
    }
    renumbered(&list)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Reads `a b|c`: two tiers.
    fn list(text: &str) -> Vec<TrackerEntry> {
        let tier = |(tier, urls): (u32, &str)| {
            let entry = move |url: &str| TrackerEntry { tier, url: url.to_owned() };
            urls.split_whitespace().map(entry).collect::<Vec<_>>()
        };
        (0..).zip(text.split('|')).flat_map(tier).collect()
    }

    fn edit(before: &str, after: &str) -> Edit {
        next_edit(&list(before), &list(after)).expect("there is one")
    }

    fn urls(urls: &[&str]) -> Vec<String> {
        urls.iter().map(|url| (*url).to_owned()).collect()
    }

    #[test]
    fn each_lever_is_one_small_edit() {
        let replace = |place: i64, url: &str| vec![(place, url.to_owned())];
        assert_eq!(edit("a|b", "c|b"), Edit { replace: replace(0, "c"), ..Edit::default() });
        assert_eq!(edit("a b|c", "a d|c"), Edit { replace: replace(1, "d"), ..Edit::default() });
        assert_eq!(edit("a", "a|b"), Edit { add: urls(&["b"]), ..Edit::default() });
        assert_eq!(edit("a|b", "b"), Edit { remove: vec![0], ..Edit::default() });
        assert_eq!(edit("a b|c", "b|c"), Edit { remove: vec![0], ..Edit::default() });
    }

    #[test]
    fn each_lever_can_be_undone() {
        for (before, after) in [
            ("a|b", "c|b"),
            ("a", "a|b"),
            ("a|b", "b"),
            ("a|b|c", "b|c"),
            ("a", "b"),
            ("a b|c", "d b|c"),
        ] {
            assert!(leads(&list(before), &list(after)), "{before} to {after}");
            assert!(leads(&list(after), &list(before)), "{after} to {before}");
        }
        let back = edit("b", "a|b");
        assert_eq!(back.add, urls(&["a"]));
        assert_eq!(back.replace, vec![(0, "a".to_owned()), (1, "b".to_owned())]);
    }

    #[test]
    fn nobody_is_put_into_a_tier_of_others() {
        assert!(!leads(&list("a|b"), &list("a c|b")));
        assert!(!leads(&list("b"), &list("a b")));
        assert!(!leads(&list("a"), &list("a|a")), "a tracker cannot stand twice");
    }

    #[test]
    fn who_comes_back_elsewhere_leaves_first() {
        assert!(leads(&list("a b"), &list("a|b")));
        assert_eq!(edit("a b", "a|b"), Edit { remove: vec![1], ..Edit::default() });
    }

    #[test]
    fn tiers_are_numbered_without_gaps() {
        let gap = [(3, "a"), (3, "b"), (9, "c")];
        let gap = gap.map(|(tier, url)| TrackerEntry { tier, url: url.to_owned() });
        assert_eq!(renumbered(&gap), list("a b|c"));
        assert_eq!(tiers(&list("a b|c")), vec![vec!["a", "b"], vec!["c"]]);
        assert_eq!(renumbered(&[]), []);
    }

    /// Makes a list of distinct URLs with any tiers.
    fn any_list() -> impl Strategy<Value = Vec<TrackerEntry>> {
        let url = prop::sample::subsequence(vec!["a", "b", "c", "d", "e"], 0..5).prop_shuffle();
        (url, prop::collection::vec(any::<bool>(), 5)).prop_map(|(urls, breaks)| {
            let mut tier = 0;
            let entry = |(url, new): (&str, bool)| {
                tier += u32::from(new);
                TrackerEntry { tier, url: url.to_owned() }
            };
            renumbered(&urls.into_iter().zip(breaks).map(entry).collect::<Vec<_>>())
        })
    }

    proptest! {
        #[test]
        fn every_list_of_single_tiers_is_reached(before in any_list(), after in any_list()) {
            let single: Vec<TrackerEntry> =
                (0..).zip(&after).map(|(tier, it)| TrackerEntry { tier, url: it.url.clone() }).collect();
            prop_assert!(leads(&before, &single), "{before:?} to {single:?}");
        }

        #[test]
        fn an_edit_never_leads_astray(before in any_list(), after in any_list()) {
            if leads(&before, &after) && before != after {
                prop_assert!(next_edit(&before, &after).is_some());
            }
        }
    }
}
