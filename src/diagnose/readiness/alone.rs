//! Whoever is alone: whether a standing approval would let them go on with a runbook, how often and until when. The
//! values of a plan are not judged, for there is none yet.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::finding::Draft;
use super::ground::{Ground, listed};
use super::rights::SOON;
use crate::model::{
    ActionKind, AloneLine, AloneNeed, ApprovalPolicy, Id, Rule, Runbook, Span, StandingApproval,
    Step, StepKind, Truth,
};

/// What can be told of one standing approval before there is a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct StandingLook {
    /// What it says.
    pub standing: StandingApproval,
    /// What of it leads nowhere in this estate, in words.
    pub flaws: Vec<String>,
    /// For each of its holders: how many other people's signatures count now, and why the others do not.
    pub signed: BTreeMap<Id, (usize, String)>,
    /// How many plans it was used for; absent where a journal that may hold a use cannot be read.
    pub used: Option<usize>,
}

/// What one phase of a runbook changes under one policy.
struct Wanted<'a> {
    policy: &'a Id,
    actions: Vec<ActionKind>,
    includes: BTreeSet<&'a Id>,
}

pub fn findings(ground: &Ground<'_>) -> Vec<Draft> {
    lines(ground).iter().flat_map(|line| of_line(ground, line)).collect()
}

/// Returns a line for each runbook and each policy of its changes that lets somebody go on alone.
pub fn lines(ground: &Ground<'_>) -> Vec<AloneLine> {
    let estate = ground.inquiry.estate;
    let mut all = Vec::new();
    for runbook in ground.inquiry.runbooks {
        let wanted = wanted(ground, runbook);
        let policies: BTreeSet<&Id> = wanted.iter().map(|it| it.policy).collect();
        for name in policies {
            let Some(policy) = estate.approvals.get(name) else { continue };
            let Some(after) = policy.alone_after else { continue };
            let wanted: Vec<&Wanted<'_>> = wanted.iter().filter(|it| it.policy == name).collect();
            all.push(line(ground, runbook, (name, policy, after), &wanted));
        }
    }
    all
}

fn of_line(ground: &Ground<'_>, line: &AloneLine) -> Vec<Draft> {
    let (runbook, policy) = (&line.runbook, &line.policy);
    let finish = |draft: Draft| {
        let runbooks = [runbook.clone()];
        draft.with([policy.clone()]).stops(runbooks.clone()).by(ground.owner(&runbooks))
    };
    let alone = format!("whoever is alone under `{policy}`");
    let mut all = Vec::new();
    let sign = "write `standing/ID.yaml` for it, let the others sign it with `lifeboat approve standing/ID.yaml`, commit both";
    match line.covered {
        Truth::True => {}
        Truth::False => {
            let because = format!("{alone} cannot go on with `{runbook}`: {}", line.says);
            let draft = Draft::warning(Rule::AloneCovered, Truth::False, runbook, because);
            all.push(finish(draft).mend(sign));
        }
        Truth::Unknown => {
            let because = format!("whether {alone} could go on with `{runbook}`: {}", line.says);
            let draft = Draft::unknown(Rule::AloneCovered, runbook, because);
            all.push(finish(draft).mend("mend what cannot be read, then look again"));
        }
    }
    let soon = |end: Timestamp| end.duration_since(ground.inquiry.now) < SOON;
    if let (Some(standing), Some(end)) = (&line.standing, line.expires.filter(|end| soon(*end))) {
        let because = format!("the standing approval `{standing}` for `{runbook}` ends at {end}");
        let draft = Draft::warning(Rule::AloneLasts, Truth::False, runbook, because);
        all.push(finish(draft).mend("sign one anew that lasts longer"));
    }
    let because = format!("{alone} needs a rehearsal of `{runbook}`: {}", line.says);
    let draft = match line.rehearsed {
        Truth::True => return all,
        Truth::False => Draft::warning(Rule::AloneRehearsed, Truth::False, runbook, because),
        Truth::Unknown => Draft::unknown(Rule::AloneRehearsed, runbook, because),
    };
    all.push(finish(draft).mend("rehearse it").then("lifeboat drill"));
    all
}

fn line(
    ground: &Ground<'_>,
    runbook: &Runbook,
    (name, policy, after): (&Id, &ApprovalPolicy, Span),
    wanted: &[&Wanted<'_>],
) -> AloneLine {
    let of_it = ground.inquiry.standing.iter().filter(|it| it.standing.runbook.id == runbook.id);
    let (mut held, mut against): (Vec<&StandingLook>, Vec<(Truth, String)>) = Default::default();
    for look in of_it {
        match judged(ground, look, (name, policy.people), wanted) {
            Ok(()) => held.push(look),
            Err((truth, why)) => against.push((truth, format!("`{}`: {why}", look.standing.id))),
        }
    }
    let best = held.into_iter().max_by_key(|it| it.standing.expires);
    let unknown = against.iter().any(|(truth, _)| *truth == Truth::Unknown);
    let covered = match best {
        Some(_) => Truth::True,
        None if unknown => Truth::Unknown,
        None => Truth::False,
    };
    let standing = best.map(|it| &it.standing);
    let uses_left = best.and_then(left);
    let (rehearsed, rehearsed_at, word) = rehearsed(ground, &runbook.id, policy);
    let said = match standing {
        Some(it) => format!(
            "the standing approval `{}` holds for {} until {}, for {} of {}",
            it.id,
            listed(&it.holders),
            it.expires,
            uses_left.unwrap_or_default(),
            plans(it.uses),
        ),
        None if against.is_empty() => "no standing approval is for it".to_owned(),
        None => against.into_iter().map(|(_, why)| why).collect::<Vec<_>>().join("; "),
    };
    AloneLine {
        runbook: runbook.id.clone(),
        policy: name.clone(),
        after,
        covered,
        standing: standing.map(|it| it.id.clone()),
        holders: standing.map(|it| it.holders.clone()).unwrap_or_default(),
        expires: standing.map(|it| it.expires),
        uses_left,
        rehearsed,
        rehearsed_at,
        says: format!("{said}{word}"),
    }
}

fn plans(count: u32) -> String {
    if count == 1 { "1 plan".to_owned() } else { format!("{count} plans") }
}

fn left(look: &StandingLook) -> Option<u32> {
    let used = u32::try_from(look.used?).unwrap_or(u32::MAX);
    Some(look.standing.uses.saturating_sub(used))
}

/// Judges one standing approval of a runbook; what is against it, and whether that is known.
fn judged(
    ground: &Ground<'_>,
    look: &StandingLook,
    (policy, people): (&Id, u8),
    wanted: &[&Wanted<'_>],
) -> Result<(), (Truth, String)> {
    let no = |why: String| Err((Truth::False, why));
    let (standing, digests) = (&look.standing, ground.inquiry.digests);
    if let Some(flaw) = look.flaws.first() {
        return no(flaw.clone());
    }
    if digests.get(&standing.runbook.id) != Some(&standing.runbook.digest) {
        return no("the runbook has changed since it was signed".to_owned());
    }
    if !standing.policies.contains(policy) {
        return no(format!("it does not stand in for the policy `{policy}`"));
    }
    let bound = |id: &Id| {
        standing.includes.iter().any(|it| it.id == *id && digests.get(id) == Some(&it.digest))
    };
    let acts = |it: &Wanted<'_>| it.actions.iter().any(|action| standing.actions.contains(action));
    if !wanted.iter().any(|it| acts(it) && it.includes.iter().all(|id| bound(id))) {
        return no(
            "no phase has an action that it allows and includes only what it binds".to_owned()
        );
    }
    if standing.expires <= ground.inquiry.now {
        return no(format!("it expired at {}", standing.expires));
    }
    match look.used {
        None => return Err((Truth::Unknown, "nobody can count its uses".to_owned())),
        Some(used) if used >= standing.uses as usize => {
            return no(format!("it was used {used} times of {}", standing.uses));
        }
        Some(_) => {}
    }
    let most = look.signed.values().max_by_key(|(have, _)| *have);
    let (have, doubts) = most.cloned().unwrap_or_default();
    if have >= usize::from(people) {
        return Ok(());
    }
    no(format!("{have} of {people} people other than its holder have signed it{doubts}"))
}

/// Says when a drill carried a runbook out, where the policy asks for one.
fn rehearsed(
    ground: &Ground<'_>,
    runbook: &Id,
    policy: &ApprovalPolicy,
) -> (Truth, Option<Timestamp>, String) {
    let spans = policy.alone_needs.iter().filter_map(|need| match *need {
        AloneNeed::RehearsedWithin(span) => Some(span),
        AloneNeed::StandingApproval => None,
    });
    let known = ground.inquiry.rehearsed;
    let at = known.and_then(|all| all.get(runbook).copied());
    let Some(within) = spans.min() else { return (Truth::True, at, String::new()) };
    let truth = match (known, at) {
        (None, _) => Truth::Unknown,
        (Some(_), None) => Truth::False,
        (Some(_), Some(at)) => Truth::of(ground.inquiry.now <= within.after(at)),
    };
    let word = match (truth, at) {
        (Truth::Unknown, _) => "what drills have carried out cannot be read".to_owned(),
        (_, None) => "no drill has carried it out".to_owned(),
        (_, Some(at)) => format!("a drill carried it out at {at}"),
    };
    (truth, at, format!("; {word}, and {within} is what the policy allows"))
}

/// Returns what each phase of a runbook changes under each policy.
fn wanted<'a>(ground: &Ground<'a>, runbook: &'a Runbook) -> Vec<Wanted<'a>> {
    let phases = &runbook.phases;
    let mut all = Vec::new();
    for phase in [&phases.immediate, &phases.recovery, &phases.post_incident] {
        let (mut includes, mut changes) = (BTreeSet::new(), BTreeMap::new());
        walk(ground, &phase.steps, &mut includes, &mut changes);
        let one = |(policy, actions)| Wanted { policy, actions, includes: includes.clone() };
        all.extend(changes.into_iter().map(one));
    }
    all
}

fn walk<'a>(
    ground: &Ground<'a>,
    steps: &'a [Step],
    includes: &mut BTreeSet<&'a Id>,
    changes: &mut BTreeMap<&'a Id, Vec<ActionKind>>,
) {
    for kind in steps.iter().filter_map(Step::kind) {
        match kind {
            StepKind::Change(spec) => {
                changes.entry(&spec.approval.policy).or_default().push(spec.action);
            }
            StepKind::Include(id) if includes.insert(id) => {
                let included = ground.inquiry.runbooks.iter().find(|it| it.id == *id);
                if let Some(it) = included {
                    walk(ground, &it.phases.immediate.steps, includes, changes);
                }
            }
            StepKind::Include(_)
            | StepKind::Check(_)
            | StepKind::Branch(_)
            | StepKind::Ask(_)
            | StepKind::Message(_)
            | StepKind::Wait(_) => {}
        }
    }
}
