//! A secret's value, from the moment `host` has read it until a door has sent it.

use zeroize::Zeroizing;

/// A secret's text. It has no `Debug`, no `Display` and no `Serialize`, and is overwritten when dropped.
///
/// Whoever holds one can pass it on:
///
/// ```
/// let secret = lifeboat::model::Secret::new("s3cret");
/// let passed = secret.clone();
/// let _ = format!("{}", std::mem::size_of_val(&passed));
/// ```
///
/// It cannot be printed, written into a document, compared or taken apart:
///
/// ```compile_fail,E0277
/// let secret = lifeboat::model::Secret::new("s3cret");
/// let passed = secret.clone();
/// let _ = format!("{passed}");
/// ```
///
/// ```compile_fail,E0277
/// let secret = lifeboat::model::Secret::new("s3cret");
/// let passed = secret.clone();
/// let _ = format!("{passed:?}");
/// ```
///
/// ```compile_fail,E0277
/// let secret = lifeboat::model::Secret::new("s3cret");
/// let passed = secret.clone();
/// let _ = serde_json::to_string(&passed);
/// ```
///
/// ```compile_fail,E0369
/// let secret = lifeboat::model::Secret::new("s3cret");
/// let passed = secret.clone();
/// let _ = passed == secret;
/// ```
///
/// ```compile_fail,E0624
/// let secret = lifeboat::model::Secret::new("s3cret");
/// let passed = secret.clone();
/// let _ = format!("{}", passed.expose());
/// ```
///
/// ```compile_fail,E0616
/// let secret = lifeboat::model::Secret::new("s3cret");
/// let passed = secret.clone();
/// let _ = passed.0;
/// ```
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
