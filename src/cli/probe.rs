//! `probe`: ask the real world and print the evidence.

use clap::{Args, ValueEnum};

use super::{Desk, Exit, Failure, Global, office};
use crate::drive::{survey, zones};
use crate::host::Channel;
use crate::model::ProbeKind;
use crate::render;

/// Ask the real world and print the evidence.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Which probes; all of them when none is named
    kinds: Vec<Kind>,
}

/// A kind of probe, as it is typed.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    Observer,
    Dns,
    Trackers,
    Peers,
    Bgp,
    Seedboxes,
    Registry,
}

impl From<Kind> for ProbeKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Observer => Self::Observer,
            Kind::Dns => Self::Dns,
            Kind::Trackers => Self::Trackers,
            Kind::Peers => Self::Peers,
            Kind::Bgp => Self::Bgp,
            Kind::Seedboxes => Self::Seedboxes,
            Kind::Registry => Self::Registry,
        }
    }
}

impl Arguments {
    pub(super) async fn execute(self, desk: &Desk, global: &Global) -> Result<Exit, Failure> {
        office::needs_network(global)?;
        let operation = office::operation(desk, global)?;
        let named: Vec<ProbeKind> = self.kinds.into_iter().map(ProbeKind::from).collect();
        let kinds = if named.is_empty() { ProbeKind::ALL.to_vec() } else { named };
        let evidence =
            survey::look(&operation, &kinds, &zones::against(&operation), global.deadline).await;
        if global.json {
            desk.screen.data(&office::json(&evidence)?)?;
        } else {
            let now = operation.field.clock.now();
            let facts = survey::facts(&operation, &evidence, None, now)?;
            desk.screen.data(&render::facts(&facts, &desk.style(Channel::Data)))?;
        }
        Ok(Exit::Done)
    }
}
