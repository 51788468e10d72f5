//! A secret's value, from the moment `host` has read it until a door has sent it.

use zeroize::Zeroizing;

/// A secret's text. It has no `Debug`, no `Display` and no `Serialize`, and is overwritten when dropped.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a secret's text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// Gives the text to the one place that puts it on the wire or into a key.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}
