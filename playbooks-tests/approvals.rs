//! Approvals: who counts, what a signature binds, and what no pipe can say.

mod alone;
mod aloud;
mod binding;
mod carried;
mod codes;
mod glass;
mod hindsight;
mod people;
pub mod program;
mod standing;
mod strangers;

use jiff::Timestamp;
use libtest_mimic::Trial;
use lifeboat::engine::{Approved, NotApproved};
use lifeboat::model::{Direction, Plan, Record};
use lifeboat::plan::Digest;
use lifeboat::trust::{AllowedSigners, Revoked, SigningKey, vouch};
use ssh_key::private::{Ed25519Keypair, PrivateKey};

/// Returns the trials of approvals.
pub fn trials() -> Vec<Trial> {
    [
        alone::trials(),
        aloud::trials(),
        binding::trials(),
        codes::trials(),
        carried::trials(),
        glass::trials(),
        hindsight::trials(),
        people::trials(),
        program::trials(),
        standing::trials(),
        strangers::trials(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A key that is always the same: its text, and its public line.
pub fn key(seed: u8) -> (SigningKey, String) {
    let private = PrivateKey::from(Ed25519Keypair::from_seed(&[seed; 32]));
    let text = private.to_openssh(ssh_key::LineEnding::LF).unwrap();
    let public = private.public_key().to_openssh().unwrap();
    (SigningKey::parse(text.as_bytes()).unwrap(), public)
}

/// The text of the private key of the same seed.
pub fn private(seed: u8) -> String {
    let private = PrivateKey::from(Ed25519Keypair::from_seed(&[seed; 32]));
    private.to_openssh(ssh_key::LineEnding::LF).unwrap().to_string()
}

/// Judges a journal's approvals as a run does.
fn judged(
    plan: &Plan,
    records: &[Record],
    (allowed, revoked): (&str, &str),
    now: Timestamp,
) -> Result<Approved, NotApproved> {
    let digest = Digest::of(plan).hex();
    let lists =
        (&AllowedSigners::parse(allowed.as_bytes()), &Revoked::parse(revoked.as_bytes()).unwrap());
    let (vouched, _) = vouch(plan, &digest, records, lists, now);
    Approved::find_signed(plan.clone(), Direction::Do, records, &vouched, now)
}
