//! A domain's registration, as its registry tells it over RDAP.
//!
//! People do not stand here: of whoever is named with a domain only the registrar's handle is kept.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Remote;

/// One domain's registration. What the registry did not say is absent, and then nobody knows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Registration {
    /// Its statuses.
    pub statuses: Option<Vec<RegistrationStatus>>,
    /// When it was registered (UTC).
    #[schemars(with = "Option<String>")]
    pub registered: Option<Timestamp>,
    /// When it was changed last (UTC).
    #[schemars(with = "Option<String>")]
    pub changed: Option<Timestamp>,
    /// When it expires (UTC): the earliest moment that the registry or the registrar names.
    #[schemars(with = "Option<String>")]
    pub expires: Option<Timestamp>,
    /// The name servers that it is to be delegated to, as the registry writes them.
    pub nameservers: Option<Vec<Remote>>,
    /// Whether the delegation is signed.
    pub signed: Option<bool>,
    /// The DS records that the registry has for it, in presentation form.
    pub ds: Vec<Remote>,
    /// The registrar's handle, often its number at IANA.
    pub registrar: Option<Remote>,
}

/// Declares the statuses once: variant, and name in RDAP.
macro_rules! statuses {
    ($($variant:ident $name:literal $meaning:literal;)*) => {
        /// A status of a domain: those of EPP (RFC 5731, RFC 3915) under their names in RDAP (RFC 8056 §2).
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "kebab-case")]
        pub enum RegistrationStatus {
            $(#[doc = $meaning] $variant,)*
            /// One that nothing here follows from.
            Other(Remote),
        }

        impl RegistrationStatus {
            /// Reads a status. EPP's own spelling, `clientHold`, means the same as `client hold`.
            pub fn of(text: &str) -> Self {
                match plain(text) {
                    $(it if it == plain($name) => Self::$variant,)*
                    _ => Self::Other(Remote::new(text)),
                }
            }

            /// Returns its name in RDAP, spelt out where it is somebody else's.
            pub fn name(&self) -> String {
                match self {
                    $(Self::$variant => $name.to_owned(),)*
                    Self::Other(text) => text.to_string(),
                }
            }
        }
    };
}

statuses! {
    Active "active" "Nothing is pending or forbidden.";
    Inactive "inactive" "It is delegated to nobody.";
    ClientHold "client hold" "The registrar keeps it out of the parent zone.";
    ServerHold "server hold" "The registry keeps it out of the parent zone.";
    ClientTransferProhibited "client transfer prohibited" "The registrar lets nobody transfer it.";
    ServerTransferProhibited "server transfer prohibited" "The registry lets nobody transfer it.";
    ClientUpdateProhibited "client update prohibited" "The registrar lets nobody change it.";
    ServerUpdateProhibited "server update prohibited" "The registry lets nobody change it.";
    ClientDeleteProhibited "client delete prohibited" "The registrar lets nobody delete it.";
    ServerDeleteProhibited "server delete prohibited" "The registry lets nobody delete it.";
    ClientRenewProhibited "client renew prohibited" "The registrar lets nobody renew it.";
    ServerRenewProhibited "server renew prohibited" "The registry lets nobody renew it.";
    RedemptionPeriod "redemption period" "It was deleted, and only a restore brings it back.";
    PendingRestore "pending restore" "A restore was asked for.";
    PendingDelete "pending delete" "It is being deleted for good.";
    PendingTransfer "pending transfer" "It is being transferred.";
    PendingUpdate "pending update" "It is being changed.";
    PendingRenew "pending renew" "It is being renewed.";
    PendingCreate "pending create" "It is being registered.";
    AddPeriod "add period" "It was registered a few days ago.";
    AutoRenewPeriod "auto renew period" "The registry renewed it by itself, for the time being.";
    RenewPeriod "renew period" "It was renewed a few days ago.";
    TransferPeriod "transfer period" "It was transferred a few days ago.";
    Locked "locked" "Nothing of it may be changed.";
    TransferProhibited "transfer prohibited" "Nobody may transfer it.";
    UpdateProhibited "update prohibited" "Nobody may change it.";
    DeleteProhibited "delete prohibited" "Nobody may delete it.";
}

/// Lower case, letters alone: how registries write one status differs in nothing else.
fn plain(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphabetic).map(|c| c.to_ascii_lowercase()).collect()
}

impl RegistrationStatus {
    /// Tells whether the registry keeps the domain out of the parent zone.
    pub fn is_hold_by_registry(&self) -> bool {
        *self == Self::ServerHold
    }

    /// Tells whether the registrar does.
    pub fn is_hold_by_registrar(&self) -> bool {
        *self == Self::ClientHold
    }

    /// Tells whether the domain is on its way out: deleted, restorable for a while or no more.
    pub fn is_deleting(&self) -> bool {
        matches!(self, Self::RedemptionPeriod | Self::PendingRestore | Self::PendingDelete)
    }

    /// Tells whether nobody may transfer it.
    pub fn locks_transfer(&self) -> bool {
        matches!(
            self,
            Self::ClientTransferProhibited
                | Self::ServerTransferProhibited
                | Self::TransferProhibited
                | Self::Locked
        )
    }

    /// Tells whether nobody may change it.
    pub fn locks_update(&self) -> bool {
        matches!(
            self,
            Self::ClientUpdateProhibited
                | Self::ServerUpdateProhibited
                | Self::UpdateProhibited
                | Self::Locked
        )
    }

    /// Tells whether nobody may delete it.
    pub fn locks_delete(&self) -> bool {
        matches!(
            self,
            Self::ClientDeleteProhibited
                | Self::ServerDeleteProhibited
                | Self::DeleteProhibited
                | Self::Locked
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_status_has_one_meaning_however_it_is_spelt() {
        for text in ["server hold", "serverHold", "SERVER HOLD", "server-hold", "server_hold"] {
            assert_eq!(RegistrationStatus::of(text), RegistrationStatus::ServerHold, "{text}");
        }
        for text in ["server hold removed", "hold", "", "client  h0ld"] {
            assert_eq!(RegistrationStatus::of(text), RegistrationStatus::Other(Remote::new(text)));
        }
    }

    #[test]
    fn a_name_is_read_back_as_it_was_written() {
        for name in ["active", "client hold", "pending delete", "auto renew period", "locked"] {
            assert_eq!(RegistrationStatus::of(name).name(), name);
        }
        assert_eq!(RegistrationStatus::of("a\u{1b}b").name(), "a\\u{1b}b");
    }

    #[test]
    fn statuses_survive_json() {
        let all = vec![RegistrationStatus::ServerHold, RegistrationStatus::of("validated")];
        let text = serde_json::to_string(&all).expect("JSON");
        assert_eq!(text, r#"["server-hold",{"other":"validated"}]"#);
        assert_eq!(serde_json::from_str::<Vec<RegistrationStatus>>(&text).expect("statuses"), all);
    }
}
