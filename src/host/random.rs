//! Random numbers from the operating system: transaction ids and the like.

use super::HostError;

/// Returns random bytes.
///
/// # Errors
/// [`HostError::Random`] when the system has none to give.
pub fn bytes<const N: usize>() -> Result<[u8; N], HostError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| HostError::Random(error.to_string()))?;
    Ok(bytes)
}

/// Returns a random 16-bit number.
///
/// # Errors
/// As [`bytes`].
pub fn u16() -> Result<u16, HostError> {
    bytes().map(u16::from_ne_bytes)
}

/// Returns a random 32-bit number.
///
/// # Errors
/// As [`bytes`].
pub fn u32() -> Result<u32, HostError> {
    bytes().map(u32::from_ne_bytes)
}

/// Returns a random 64-bit number.
///
/// # Errors
/// As [`bytes`].
pub fn u64() -> Result<u64, HostError> {
    bytes().map(u64::from_ne_bytes)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    #[test]
    fn numbers_do_not_repeat() {
        let drawn: BTreeSet<u64> = (0..1000).filter_map(|_| super::u64().ok()).collect();
        assert_eq!(drawn.len(), 1000);
    }
}
