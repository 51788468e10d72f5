//! Where a command is run from: the operator's terminal, or a drill's responder.

use std::sync::Arc;

use tokio::runtime::{Builder, Runtime};

use super::{Exit, Failure, Screen};
use crate::drive::Play;
use crate::host::{Ask, Channel, Environment, StopRequests, Terminal, TerminalAsk};
use crate::render::Style;

/// What a command sees of the outside.
#[derive(Clone)]
pub struct Desk {
    /// What the process was started with.
    pub environment: Environment,
    /// The standard streams, for channels that write there.
    pub terminal: Terminal,
    /// Where words go.
    pub screen: Screen,
    /// Who answers questions.
    pub ask: Arc<dyn Ask>,
    /// Requests to stop; in a drill there are none.
    pub stops: StopRequests,
    /// The drill that is played; `None` when live.
    pub play: Option<Arc<Play>>,
}

impl Desk {
    /// Sits at this process's terminal.
    pub fn live(environment: Environment, terminal: Terminal, stops: StopRequests) -> Self {
        let ask = Arc::new(TerminalAsk::new(&terminal));
        Self { environment, terminal, screen: Screen::terminal(terminal), ask, stops, play: None }
    }

    /// Returns how a channel may be written on; in a drill everything says EXERCISE.
    pub fn style(&self, channel: Channel) -> Style {
        Style { exercise: self.play.is_some(), ..self.screen.style(channel) }
    }

    /// Makes the runtime; `LIFEBOAT_THREADS=1` gives one thread. A peer that floods keeps its task busy for as long as
    /// it likes: the clock is looked at after each turn of a task, and not after dozens.
    ///
    /// # Errors
    /// What the system said.
    pub fn runtime(&self) -> Result<Runtime, Failure> {
        let mut builder = match self.environment.threads {
            Some(1) => Builder::new_current_thread(),
            None | Some(_) => Builder::new_multi_thread(),
        };
        if let Some(threads) = self.environment.threads.filter(|threads| *threads > 1) {
            builder.worker_threads(threads);
        }
        let built = builder.enable_all().event_interval(1).build();
        built.map_err(|error| Failure::new(Exit::Internal, format!("no runtime: {error}")))
    }
}
