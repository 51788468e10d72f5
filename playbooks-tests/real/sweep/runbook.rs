//! The runbooks of the sweep.

/// Returns what `plan` is told of a runbook's parameters.
pub fn set(id: &str) -> Vec<&'static str> {
    if [super::sets::RUNBOOK, super::signers::RUNBOOK].contains(&id) {
        return Vec::new();
    }
    let both =
        ["failed=provider-a", "standby=provider-b", "lost=lost", "backup=backup", "zone-p=z-p"];
    let more = (id == REFERENCE).then_some("zone-k=z-k");
    both.into_iter().chain(more).flat_map(|given| ["--set", given]).collect()
}

/// The reference runbook: every effect, one after the other, then a message.
pub const REFERENCE: &str = "sweep";

/// A runbook whose last step cannot be proven, because there is no resolver to ask, and turns back.
pub const TURNING: &str = "sweep-turning";

/// Returns a runbook's text. Its phase is the last one, because nothing is surveyed at that one's end.
pub fn text(id: &str) -> String {
    let more = if id == REFERENCE { "  zone-k: { type: zone, example: z-k }\n" } else { "" };
    let head = HEAD.replace("<more>", more);
    let steps = if id == REFERENCE {
        let say = "      - { id: say, message: { template: status/monitoring, to: [team] }, on_fail: hold }\n";
        let [p, k] = ["p", "k"]
            .map(|it| delegation(&format!("move-{it}"), &format!("zone-{it}"), "parent", "hold"));
        [p, k, tracker(), say.to_owned()].concat()
    } else {
        [tracker(), delegation("move-p", "zone-p", "parent, resolvers", "undo")].concat()
    };
    format!("schema: lifeboat/runbook/v1\nid: {id}\n{head}{steps}")
}

fn delegation(id: &str, zone: &str, ask: &str, on_fail: &str) -> String {
    change(&[
        ("id", id),
        ("action", "dns.delegation.replace"),
        ("undo", DELEGATION),
        ("target", &format!("zone: ${zone}, remove: $failed, add: $standby")),
        ("limit", "zones: 1, records: [NS]"),
        ("effect", "record_ttl: 1s, delegation_ttl: 1s"),
        ("verify", &format!("ask: [{ask}], want: only-standby")),
        ("on_fail", on_fail),
    ])
}

fn tracker() -> String {
    change(&[
        ("id", "move-t"),
        ("action", "tracker.list.replace"),
        ("undo", "tracker.list.restore, refuse_unless: incident.declared"),
        ("target", "replace: $lost, with: $backup"),
        ("limit", "torrents: 1"),
        ("effect", "announce_interval: 1s"),
        ("verify", "ask: [seedboxes], want: listed"),
        ("on_fail", "hold"),
    ])
}

/// Returns a step that changes something, what it says put in.
pub fn change(said: &[(&str, &str)]) -> String {
    let mut text = CHANGE.to_owned();
    said.iter().for_each(|(key, value)| text = text.replace(&format!("<{key}>"), value));
    text
}

/// How a delegation is put back: whoever answers nowhere is put back as well.
pub const DELEGATION: &str = "dns.delegation.restore, refuse_unless: incident.declared";

const CHANGE: &str = r#"      - id: <id>
        change:
          action: <action>
          target: { <target> }
          why: "The sweep moves it."
          approval: { policy: records, expires: 30m }
          limit: { <limit> }
          effect: { <effect> }
          verify: { <verify>, not_yet_until: 2s }
          undo: { action: <undo> }
        on_fail: <on_fail>
"#;

const HEAD: &str = r#"title: Everything is moved, one after the other
failure_mode: dns-provider-outage
owner: first-on-call
severity_at_least: minor
layer: dns
plane: control
impact: "Names stop resolving, and clients find no peers."
mechanisms:
  lame: "dns.authority.lame($failed) is true"
advice:
  - { otherwise: true, say: act, why: "The sweep moves it." }
review_after: 90d
params:
  failed: { type: dns-provider, example: provider-a }
  standby: { type: dns-provider, example: provider-b }
  lost: { type: tracker, example: lost }
  backup: { type: tracker, example: backup }
  zone-p: { type: zone, example: z-p }
<more>needs: { hosts: [$standby] }
matches:
  supports: ["dns.authority.answers($failed) is false"]
  contradicts: ["observer.healthy is false"]
  must_know: [observer.healthy]
stop_when: []
phases:
  immediate: { enter: "incident.declared", exit: "observer.healthy is true", steps: [] }
  recovery: { enter: "immediate.done", exit: "observer.healthy is true", steps: [] }
  post_incident:
    enter: "incident.declared"
    exit: "observer.healthy is true"
    steps:
"#;
