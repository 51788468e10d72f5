//! Proof of a change: its witnesses are asked, and, where somebody else writes in turns, its service as well.

use jiff::Timestamp;

use super::run::Crew;
use super::{DriveError, stands};
use crate::action;
use crate::engine::Input;
use crate::model::{Change, Direction, Id, Proven, Span, Verify, Work};

impl<'a> Crew<'a> {
    /// Asks the witnesses once. What somebody put back is seen by nobody, however long it is waited for.
    pub(super) async fn prove(
        &mut self,
        step: &Id,
        verify: &Verify,
        direction: Direction,
        since: Timestamp,
    ) -> Result<Input, DriveError> {
        let operation = self.operation;
        let changes = self.turned(step, verify, direction, since);
        let asked = async {
            let (field, estate) = (&operation.field, &operation.estate);
            let seen = action::verify(field, estate, verify, direction);
            let (seen, gone) = tokio::join!(seen, stands::gone(operation, changes));
            let (outcome, because) = match gone {
                _ if seen.all => (Proven::Yes, seen.because),
                None => (Proven::NotYet, seen.because),
                Some(gone) => (Proven::No, format!("{gone}; {}", seen.because)),
            };
            Ok(Input::Proven { outcome, because })
        };
        Ok(self.in_time(asked).await?.unwrap_or_else(|instead| instead))
    }

    /// Returns what is looked at now: the changes of a step, where half a turn of somebody else is over.
    fn turned(
        &mut self,
        step: &Id,
        verify: &Verify,
        direction: Direction,
        since: Timestamp,
    ) -> &'a [Change] {
        let (Direction::Do, Some(turn)) = (direction, verify.turn) else { return &[] };
        let now = self.operation.field.clock.now();
        let last = self.stood.map_or(since, |stood| stood.max(since));
        if Span::from_millis(turn.as_millis() / 2).after(last) > now {
            return &[];
        }
        self.stood = Some(now);
        let plan = self.plan;
        let step = plan.steps.iter().find(|planned| planned.id == *step);
        match step.map(|step| &step.work) {
            Some(Work::Change(planned)) => &planned.changes,
            Some(
                Work::Check { .. }
                | Work::Took { .. }
                | Work::Ask(_)
                | Work::Message { .. }
                | Work::Wait { .. },
            )
            | None => &[],
        }
    }
}
