//! `runbook accept`: take what is at HEAD for good although it is not what was accepted before.
//!
//! A person types the commit at a terminal; nothing else accepts. A commit must still be signed by a key that its own
//! list allows now, where commits must be signed at all.

use clap::Args;

use crate::cli::{Desk, Exit, Failure, Global, approval, office, overrides};
use crate::drive::{Rebound, Standing};
use crate::host::Clock;
use crate::store::ByHand;

/// Accept the commit at HEAD by hand, after its history or an endpoint changed on purpose.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Why
    #[arg(long, value_name = "TEXT", value_parser = overrides::reason)]
    reason: String,
}

impl Arguments {
    pub(super) async fn execute(self, desk: &Desk, global: &Global) -> Result<Exit, Failure> {
        let operation = office::operation(desk, global)?;
        let custody = &operation.custody;
        if custody.check().is_ok() {
            desk.screen.talk("Nothing stands against it: there is nothing to accept.");
            return Ok(Exit::Done);
        }
        let taken = custody.acceptable()?;
        if let (Standing::Distrusted(distrust), Some(vouched)) = (&custody.standing, &taken) {
            desk.screen.talk(&format!("What stands against it: {distrust}."));
            let who = format!("It is signed by {} ({}),", vouched.signer, vouched.key);
            desk.screen.talk(&format!("{who} by the list that it brings itself."));
        }
        for Rebound { credential, before, now } in &custody.rebound {
            let list = |it: &std::collections::BTreeSet<String>| {
                it.iter().cloned().collect::<Vec<_>>().join(", ")
            };
            desk.screen.talk(&format!(
                "{credential} went to {} and would go to {}.",
                list(before),
                list(now)
            ));
        }
        let wanted = custody.commit.as_deref().unwrap_or(&operation.estate_digest);
        let wanted = wanted.get(..8).unwrap_or(wanted);
        desk.screen.talk(&format!("Accepted is {wanted}, and nothing older from then on."));
        let typed = approval::prompt(desk, "short commit: ").await?;
        if typed != wanted {
            return Err(Failure::new(
                Exit::Approval,
                "what was typed is not this commit; nothing was accepted",
            )
            .hint("read what is said above once more"));
        }
        let by_hand = ByHand { by: desk.environment.user.clone(), reason: self.reason };
        custody.accept(by_hand, Clock::wall().now())?;
        desk.screen.talk("Accepted; `lifeboat runbook log` shows what came before.");
        Ok(Exit::Done)
    }
}
