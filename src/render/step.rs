//! The words of steps that plans and runbooks share.

use super::page::list;
use crate::model::{
    ActionKind, Ask, Audience, Exposure, Forecast, Limit, OnFail, OnUnknown, PlannedChannel,
    ResolverForecast, Severity, WantWord, Witness,
};

/// Words what a person is asked.
pub(super) fn ask(ask: &Ask) -> String {
    let who = ask.who.as_ref().map_or("whoever runs it", |who| who.as_str());
    let mut parts = Vec::new();
    parts.extend(ask.instruction.as_ref().map(|it| format!("do: {it}")));
    parts.extend(
        ask.patch.as_ref().map(|it| format!("with a patch of what was changed of {}", it.0)),
    );
    parts.extend(ask.question.as_ref().map(|it| format!("question: {it}")));
    if ask.handoff {
        parts.push("hand over".to_owned());
    }
    parts.extend(ask.why.as_ref().map(|it| format!("because {it}")));
    if !ask.answers.is_empty() {
        parts.push(format!("answers: {}", ask.answers.join(", ")));
    }
    parts.extend(ask.within.map(|it| format!("within {it}")));
    format!("ask {who}: {}", parts.join("; "))
}

/// Words how much a change may touch.
pub(super) fn limit(limit: &Limit) -> String {
    let mut parts = Vec::new();
    let most = |number: u32, one: &str, many: &str| {
        if number == 1 { format!("at most 1 {one}") } else { format!("at most {number} {many}") }
    };
    parts.extend(limit.zones.map(|it| most(it, "zone", "zones")));
    parts.extend(limit.torrents.map(|it| most(it, "torrent", "torrents")));
    parts.extend(limit.record_sets.map(|it| most(it, "record set", "record sets")));
    parts.extend(limit.changes.map(|it| most(it, "change", "changes")));
    parts.extend(limit.share.map(|it| format!("at most {it} of a zone or a seedbox")));
    if !limit.records.is_empty() {
        parts.push(format!("only {} records", limit.records.join(", ")));
    }
    parts.extend(limit.keep_healthy_servers.map(|it| {
        let servers = if it == 1 { "server that answers is" } else { "servers that answer are" };
        format!("at least {it} {servers} left")
    }));
    parts.extend(limit.exposes_origin.map(|it| match it {
        Exposure::Refuse => "no hidden origin becomes public".to_owned(),
    }));
    if parts.is_empty() { "what holds for every plan".to_owned() } else { parts.join("; ") }
}

/// Words when users notice.
pub(super) fn forecast(forecast: &Forecast) -> String {
    let because = forecast.because.trim_end_matches('.');
    format!(
        "earliest {}, likely {}, latest {} after the last write ({because})",
        forecast.earliest, forecast.likely, forecast.latest
    )
}

/// Words when the users of one resolver notice.
pub(super) fn at_resolver(forecast: &ResolverForecast) -> String {
    let ResolverForecast { resolver, likely, latest, because } = forecast;
    format!("at {resolver} likely {likely}, latest {latest} ({because})")
}

/// Words channels with their readers and languages.
pub(super) fn channels(channels: &[PlannedChannel]) -> String {
    let one = |it: &PlannedChannel| {
        let audience = match it.audience {
            Audience::Customers => "customers",
            Audience::Team => "team",
        };
        format!("{} ({audience}: {})", it.id, list(&it.languages, "en"))
    };
    list(channels.iter().map(one), "nobody")
}

/// Words what a failure leads to.
pub(super) const fn on_fail(on_fail: OnFail) -> &'static str {
    match on_fail {
        OnFail::Hold => "if it fails: hold, a person decides",
        OnFail::Undo => "if it fails: undo this run",
        OnFail::Continue => "if it fails: go on, and list it",
    }
}

/// Words what an unknown guard leads to.
pub(super) const fn on_unknown(on_unknown: OnUnknown) -> &'static str {
    match on_unknown {
        OnUnknown::Skip => "left out",
        OnUnknown::Refuse => "refused",
        OnUnknown::Proceed => "done all the same",
    }
}

/// Names an action.
pub(super) const fn action(action: ActionKind) -> &'static str {
    match action {
        ActionKind::DelegationReplace => "dns.delegation.replace",
        ActionKind::DelegationRestore => "dns.delegation.restore",
        ActionKind::DelegationAdd => "dns.delegation.add",
        ActionKind::DelegationRemove => "dns.delegation.remove",
        ActionKind::ApexMatch => "dns.apex.match",
        ActionKind::KeysShare => "dns.keys.share",
        ActionKind::DsAdd => "dns.ds.add",
        ActionKind::DsRemove => "dns.ds.remove",
        ActionKind::ZoneApply => "dns.zone.apply",
        ActionKind::TtlLower => "dns.ttl.lower",
        ActionKind::TrackerReplace => "tracker.list.replace",
        ActionKind::TrackerAppend => "tracker.list.append",
        ActionKind::TrackerRemove => "tracker.list.remove",
    }
}

/// Names a witness.
pub(super) const fn witness(witness: Witness) -> &'static str {
    match witness {
        Witness::Parent => "the parent",
        Witness::Authorities => "the authorities",
        Witness::Resolvers => "the resolvers",
        Witness::Trackers => "the trackers",
        Witness::Seedboxes => "the seedboxes",
    }
}

/// Words what witnesses must say.
pub(super) const fn want(want: WantWord) -> &'static str {
    match want {
        WantWord::OnlyStandby => "the new provider alone answers",
        WantWord::AsIntended => "the zone is delegated as intended",
        WantWord::Delegated => "the zone is delegated to exactly these servers",
        WantWord::Served => "every server gives what was written",
        WantWord::Listed => "the torrents are listed",
        WantWord::Gone => "the tracker is in no list",
    }
}

/// Names a severity.
pub(super) const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Minor => "minor",
        Severity::Major => "major",
        Severity::Critical => "critical",
    }
}
