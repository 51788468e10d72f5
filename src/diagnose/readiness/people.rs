//! People and their papers: who can approve, who can be called, what was rehearsed, which documents can be read.

use super::finding::Draft;
use super::ground::{Ground, listed};
use super::needs::Thing;
use crate::model::{ApprovalMeans, Contact, Grade, Id, Rule, SecretRef, Truth};

pub fn findings(ground: &Ground<'_>) -> Vec<Draft> {
    let mut all = approvers(ground);
    all.extend(callable(ground));
    all.extend(proven(ground));
    all.extend(documents(ground));
    all
}

/// A policy that asks for more people than can sign is never met.
fn approvers(ground: &Ground<'_>) -> Vec<Draft> {
    let estate = ground.inquiry.estate;
    let mut all = Vec::new();
    let mut signers: Vec<&str> =
        estate.contacts.iter().filter_map(|it| it.signer.as_deref()).collect();
    signers.sort_unstable();
    signers.dedup();
    for (name, policy) in &estate.approvals {
        if policy.by != ApprovalMeans::Signature {
            continue;
        }
        let wanted = usize::from(policy.people);
        let finish = |draft: Draft| {
            let draft = draft.with([name.clone()]).by(ground.on_call());
            draft.mend(
                "name more `signer`s under `contacts`, and keep their keys in `allowed_signers`",
            )
        };
        let known = signers
            .iter()
            .filter(|it| ground.inquiry.signers.is_none_or(|all| all.contains(**it)))
            .count();
        if signers.len() < wanted {
            let because = format!(
                "`{name}` asks for {wanted} signatures, and the contacts name {} who may sign",
                signers.len()
            );
            all.push(finish(Draft::blocker(Rule::ApproversSuffice, &estate.id, because)));
        } else if known < wanted {
            let because = format!(
                "`{name}` asks for {wanted} signatures, and `allowed_signers` knows {known} of the contacts"
            );
            all.push(finish(Draft::blocker(Rule::ApproversSuffice, &estate.id, because)));
        } else if known == wanted {
            let because = format!(
                "`{name}` asks for {wanted} signatures and {known} people can give them: when one of them asks, or sleeps, it is not met"
            );
            all.push(finish(Draft::warning(
                Rule::ApproversSuffice,
                Truth::False,
                &estate.id,
                because,
            )));
        }
        if ground.inquiry.signers.is_none() {
            let because = format!(
                "there is no `allowed_signers` that can be used, so whose signature counts for `{name}`"
            );
            all.push(finish(Draft::unknown(Rule::ApproversSuffice, &estate.id, because)));
        }
    }
    all
}

/// Numbers that cannot be read are no help at night.
fn callable(ground: &Ground<'_>) -> Option<Draft> {
    let estate = ground.inquiry.estate;
    let missing = |contact: &&Contact| match &contact.call {
        None => true,
        Some(place) => !is_readable(ground, place),
    };
    let people: Vec<&Id> = estate.contacts.iter().filter(missing).map(|it| &it.id).collect();
    let nocs = estate
        .upstreams
        .iter()
        .filter(|it| it.noc.as_ref().is_some_and(|place| !is_readable(ground, place)));
    let all: Vec<&Id> = people.into_iter().chain(nocs.map(|it| &it.id)).collect();
    (!all.is_empty()).then(|| {
        let because = format!("no number can be read here for {}", listed(&all));
        Draft::warning(Rule::PeopleCallable, Truth::False, &estate.id, because)
            .with(all.into_iter().cloned())
            .by(ground.on_call())
            .mend("put the numbers where `call` and `noc` say, on the responder's machine")
    })
}

fn is_readable(ground: &Ground<'_>, place: &SecretRef) -> bool {
    let said = ground.at_hand(&Thing::Secret(place.clone()));
    said.is_some_and(|said| said.truth == Truth::True)
}

/// A runbook that nobody has carried out as it is now is a guess.
fn proven(ground: &Ground<'_>) -> Vec<Draft> {
    let one = |graded: &crate::model::Graded| {
        let because = match (graded.grade, graded.changed_since) {
            (Grade::Never, _) => {
                format!("`{}` was never carried out, not even in a drill", graded.runbook)
            }
            (grade, Truth::True) => {
                let at = graded.at.map(|at| format!(" at {at}")).unwrap_or_default();
                format!(
                    "`{}` was changed since it was proven ({}{at})",
                    graded.runbook,
                    grade.name()
                )
            }
            (_, Truth::False | Truth::Unknown) => return None,
        };
        let runbooks = [graded.runbook.clone()];
        Some(
            Draft::warning(Rule::RunbookProven, Truth::False, &graded.runbook, because)
                .stops(runbooks.clone())
                .by(ground.owner(&runbooks))
                .mend("rehearse it")
                .then("lifeboat drill"),
        )
    };
    ground.inquiry.graded.iter().filter_map(one).collect()
}

fn documents(ground: &Ground<'_>) -> Vec<Draft> {
    let one = |(name, why): &(String, String)| {
        let because = format!("`{name}` cannot be read: {why}");
        Draft::unknown(Rule::DocumentReadable, &ground.inquiry.estate.id, because)
            .by(ground.on_call())
            .mend("put it there, or take it out of the estate")
            .then("lifeboat lint")
    };
    let distrusted = ground.inquiry.distrusted.map(|why| {
        let because = format!("a live run would be refused: {why}");
        Draft::warning(Rule::DocumentReadable, Truth::False, &ground.inquiry.estate.id, because)
            .by(ground.on_call())
            .mend("commit estate, runbooks, words and pins, signed by somebody on the list")
            .then("lifeboat runbook log")
    });
    ground.inquiry.unread.iter().map(one).chain(distrusted).collect()
}
