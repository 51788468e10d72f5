//! The engine's mutants: each has one line of the shipped sources changed, and must be caught.

/// One line that is changed.
#[derive(Clone, Copy, Debug)]
pub struct Mutant {
    pub name: &'static str,
    /// Below `src/`.
    pub file: &'static str,
    /// Occurs there exactly once.
    pub old: &'static str,
    pub new: &'static str,
}

const fn mutant(
    name: &'static str,
    file: &'static str,
    old: &'static str,
    new: &'static str,
) -> Mutant {
    Mutant { name, file, old, new }
}

pub const MUTANTS: &[Mutant] = &[
    mutant(
        "no read-back",
        "engine/machine.rs",
        "self.look(Place { step, change, direction }, Awaiting::ReadBack)",
        "self.settle(now, Place { step, change, direction }, crate::model::End::Landed, because)",
    ),
    mutant(
        "send before sync",
        "engine/reply.rs",
        "self.append(now, event, Then::Write { place, change: Box::new(change), key })",
        "{ let _ = self.state.take(&event, now); self.follow(now, now, Then::Write { place, change: Box::new(change), key }) }",
    ),
    mutant(
        "random key",
        "engine/reply.rs",
        "let key = journal::key(digest, &step, number, place.direction, attempt);",
        "let key = journal::key(&format!(\"{digest}{now}\"), &step, number, place.direction, attempt);",
    ),
    mutant(
        "no settle wait",
        "engine/machine.rs",
        "if now < lands_by {",
        "if now < lands_by && unread {",
    ),
    mutant(
        "lease ignored",
        "engine/reply.rs",
        "Then::Write { place, .. } if now > LEASE.after(at) => {",
        "Then::Write { place, .. } if now > LEASE.after(at) && now < at => {",
    ),
    mutant(
        "lost reply taken as failed",
        "engine/reply.rs",
        "} else if let Input::Refused(why) = input {",
        "} else if let Input::Refused(why) | Input::Lost(why) = input {",
    ),
    mutant(
        "undo in forward order",
        "journal/run_reading.rs",
        "open.reverse();",
        "open.sort_unstable();",
    ),
    mutant(
        "approval spent after the effect",
        "engine/machine.rs",
        "return self.append(now, Event::Started { digest, direction }, Then::Decide);",
        "let _ = self.state.take(&Event::Started { digest, direction }, now); return self.decide(now);",
    ),
    mutant(
        "blind retry",
        "engine/reply.rs",
        "} else if let Input::Lost(why) = input {",
        "} else if let Input::Lost(why) = input { if let (Some(planned), Doing::Change(changing)) = (self.planned(place.step), &self.state.steps[place.step].doing) { \
         let change = planned.changes[place.change].toward(place.direction); let attempt = changing.changes[place.change].attempts; \
         let key = journal::key(self.approved.digest(), &self.id(place.step), place.change as u32, place.direction, attempt); \
         self.awaiting = Awaiting::Reply(place); return Output::Write { change, key }; }",
    ),
    mutant(
        "condition dropped",
        "engine/reply.rs",
        "if !found.same_as(&change.before) {",
        "if !found.same_as(&change.before) && now < Timestamp::MIN {",
    ),
    mutant(
        "take-over without fencing",
        "journal/fence.rs",
        "let since = records.get(began.map_or(seen, |began| began + 1)..)?;",
        "let since = records.get(began.map_or(seen, |_| records.len())..)?;",
    ),
    mutant(
        "parked never",
        "engine/machine.rs",
        "if self.state.standing == Standing::Running && self.state.fruitless >= FRUITLESS {",
        "if self.state.standing == Standing::Fresh && self.state.fruitless >= FRUITLESS {",
    ),
    mutant(
        "told before it is recorded",
        "engine/reply.rs",
        "self.append(now, event, Then::Deliver { step, parcel, text })",
        "{ let _ = self.state.take(&event, now); self.follow(now, now, Then::Deliver { step, parcel, text }) }",
    ),
    mutant(
        "silence taken for success",
        "engine/reply.rs",
        "let why = if input == Input::Written {",
        "let why = if matches!(input, Input::Written | Input::Lost(_)) {",
    ),
    mutant(
        "unknown taken for true",
        "engine/reply.rs",
        "let event = Event::Checked { step: self.id(step), truth, because, evidence: None };",
        "let truth = if truth == Truth::Unknown { Truth::True } else { truth }; let event = Event::Checked { step: self.id(step), truth, because, evidence: None };",
    ),
    mutant(
        "expired approval revived by the clock",
        "journal/approval.rs",
        "latest.map_or(now, |latest| latest.max(now))",
        "latest.map_or(now, |_| now)",
    ),
    mutant(
        "settle not counted anew",
        "journal/change_state.rs",
        "Self::InDoubt { direction, lands_by: after(within), within, tries, unread }",
        "Self::InDoubt { direction, lands_by: at.min(after(within)), within, tries, unread }",
    ),
    mutant(
        "asked again at once",
        "engine/reply.rs",
        "let until = until.min(longest).max(now);",
        "let until = until.min(longest).min(now);",
    ),
    mutant(
        "keys go while caches send somebody",
        "engine/backward.rs",
        "Pause::Before(span) => Some((span.after(changing.back.since?), *step)),",
        "Pause::Before(_) => Some((changing.back.since?, *step)),",
    ),
    mutant(
        "the wait for caches has no beginning",
        "journal/changing.rs",
        "Truth::True => self.since.or(Some(at)),",
        "Truth::True => self.since.or(Some(Timestamp::MIN)),",
    ),
    mutant(
        "moves back before caches have what came",
        "engine/backward.rs",
        "let until = until.max().filter(|until| now < *until)?;",
        "let until = until.min().filter(|until| now < *until && first > self.state.steps.len())?;",
    ),
    mutant(
        "an undo counts on the look of a run",
        "journal/changing.rs",
        "self.back.since = None;",
        "self.back.since = self.back.since.take();",
    ),
    mutant(
        "a look that nobody waited for is not yet",
        "engine/reply.rs",
        "self.unseen(step)",
        "if self.planned(step).is_none() { self.unseen(step) } else { \
         let direction = if self.state.is_reversing() { Direction::Undo } else { Direction::Do }; \
         self.proven(now, step, direction, Proven::NotYet, \"in time\".to_owned()) }",
    ),
];
