//! The last look before bytes leave: whether whoever sends them still may.
//!
//! A process can be stopped at any moment and go on much later. What was true when a request was made is
//! therefore asked again once its connection stands, right before its first byte.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tower_layer::Layer;
use tower_service::Service;

use super::{Deadline, NetError};

/// Says whether something may still be sent, or why not; cheap to clone.
#[derive(Clone)]
pub struct Fence(Arc<dyn Fn() -> Result<(), String> + Send + Sync>);

impl Fence {
    /// Makes a fence of a question that takes no time to answer.
    pub fn new(may: impl Fn() -> Result<(), String> + Send + Sync + 'static) -> Self {
        Self(Arc::new(may))
    }

    /// Lets bytes pass, or says why they must not leave.
    ///
    /// # Errors
    /// [`NetError::Barred`].
    pub(super) fn pass(&self) -> Result<(), NetError> {
        (self.0)().map_err(NetError::Barred)
    }
}

impl fmt::Debug for Fence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fence")
    }
}

/// Asks a fence between the connection and the request.
#[derive(Clone, Debug)]
pub(super) struct Gate {
    pub fence: Fence,
    pub deadline: Deadline,
}

impl Gate {
    fn pass(&self) -> Result<(), NetError> {
        if self.deadline.passed() {
            let why = "its time was over before it could leave";
            return Err(NetError::Barred(why.to_owned()));
        }
        self.fence.pass()
    }
}

impl<S> Layer<S> for Gate {
    type Service = Gated<S>;

    fn layer(&self, connector: S) -> Gated<S> {
        Gated { connector, gate: self.clone() }
    }
}

/// A connector with a gate behind it.
#[derive(Clone, Debug)]
pub(super) struct Gated<S> {
    connector: S,
    gate: Gate,
}

/// An error of any kind, as connectors have it.
type Anything = Box<dyn std::error::Error + Send + Sync>;

impl<S, R> Service<R> for Gated<S>
where
    S: Service<R>,
    S::Error: Into<Anything>,
    S::Future: Send + 'static,
    S::Response: Send + 'static,
{
    type Response = S::Response;
    type Error = Anything;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, Anything>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Anything>> {
        self.connector.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, towards: R) -> Self::Future {
        let (connecting, gate) = (self.connector.call(towards), self.gate.clone());
        Box::pin(async move {
            let connection = connecting.await.map_err(Into::into)?;
            gate.pass()?;
            Ok(connection)
        })
    }
}
