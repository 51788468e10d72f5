//! Zones that are read whole once in one look, however many ask for them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::OnceCell;

use super::{CopyError, Whole, whole};
use crate::model::{DnsProvider, Id, Zone};
use crate::net::Deadline;
use crate::service::Field;

/// What one look has read of whole zones, by provider and zone. It is as old as the look: what must be known now is
/// read anew.
#[derive(Clone, Debug, Default)]
pub struct Wholes(Arc<Mutex<BTreeMap<(Id, Id), Read>>>);

/// One zone, once it is read.
type Read = Arc<OnceCell<Arc<Whole>>>;

impl Wholes {
    /// Returns a provider's zone: what was read of it, or what is being read, or what comes now. What failed is tried
    /// again by whoever asks next.
    ///
    /// # Errors
    /// Every [`CopyError`].
    pub async fn read(
        &self,
        field: &Field,
        provider: &DnsProvider,
        zone: &Zone,
        within: Duration,
    ) -> Result<Arc<Whole>, CopyError> {
        let key = (provider.id.clone(), zone.id.clone());
        let cell = self.of(key);
        let until = Deadline::after(within);
        // Every kind of provider has its own way, and together they are too large to lie on a stack.
        let reading =
            async { Box::pin(whole(field, provider, zone, until.left())).await.map(Arc::new) };
        let late = || CopyError::Late { service: provider.id.clone() };
        let read = until.run(cell.get_or_try_init(|| reading)).await.ok_or_else(late)?;
        read.cloned()
    }

    fn of(&self, key: (Id, Id)) -> Read {
        let mut read = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(read.entry(key).or_default())
    }
}
