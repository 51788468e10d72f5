//! Signatures of requests to Amazon's APIs: Signature Version 4, in an `Authorization` header.
//!
//! Format: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>. Host and time
//! are the headers that are signed.

use jiff::Timestamp;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::dns::Hash;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// An access key.
pub struct AccessKey {
    /// Its id, which is no secret.
    pub id: String,
    /// Its secret.
    pub secret: Zeroizing<String>,
}

/// Where a signature counts.
#[derive(Clone, Copy, Debug)]
pub struct Scope {
    /// The region; `us-east-1` for services that have none.
    pub region: &'static str,
    /// The service.
    pub service: &'static str,
}

/// A request that is to be signed.
#[derive(Clone, Copy, Debug)]
pub struct Unsigned<'a> {
    /// In capital letters.
    pub method: &'a str,
    /// The host, with its port where the URL has one.
    pub host: &'a str,
    /// The path, as it is sent.
    pub path: &'a str,
    /// Names and values, encoded and in order, as they are sent.
    pub query: &'a str,
    /// The body; empty for none.
    pub body: &'a [u8],
    /// When it is signed: a service takes it for some minutes.
    pub at: Timestamp,
}

impl Unsigned<'_> {
    /// Returns the value of `X-Amz-Date`.
    pub fn date(&self) -> String {
        self.at.strftime("%Y%m%dT%H%M%SZ").to_string()
    }

    /// Returns the value of `Authorization`.
    pub fn authorization(&self, key: &AccessKey, scope: Scope) -> String {
        let date = self.date();
        let day = &date[..8];
        let Self { method, host, path, query, body, .. } = self;
        let signed = "host;x-amz-date";
        let canonical = format!(
            "{method}\n{path}\n{query}\nhost:{host}\nx-amz-date:{date}\n\n{signed}\n{}",
            hex(&Sha256::digest(body))
        );
        let place = format!("{day}/{}/{}/aws4_request", scope.region, scope.service);
        let hashed = hex(&Sha256::digest(canonical));
        let text = format!("{ALGORITHM}\n{date}\n{place}\n{hashed}");
        let signature = hex(&Hash::Sha256.keyed(&signing_key(key, day, scope), &[text.as_bytes()]));
        let id = &key.id;
        format!(
            "{ALGORITHM} Credential={id}/{place}, SignedHeaders={signed}, Signature={signature}"
        )
    }
}

/// Derives the key of a day.
fn signing_key(key: &AccessKey, day: &str, scope: Scope) -> Zeroizing<Vec<u8>> {
    let first = Zeroizing::new(format!("AWS4{}", key.secret.as_str()).into_bytes());
    let parts = [day, scope.region, scope.service, "aws4_request"];
    parts
        .iter()
        .fold(first, |key, part| Zeroizing::new(Hash::Sha256.keyed(&key, &[part.as_bytes()])))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> AccessKey {
        let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned().into();
        AccessKey { id: "AKIDEXAMPLE".to_owned(), secret }
    }

    /// From Amazon's published test suite (`aws-sig-v4-test-suite`).
    #[test]
    fn the_vectors_of_the_published_suite_hold() {
        let scope = Scope { region: "us-east-1", service: "service" };
        let plain = Unsigned {
            method: "GET",
            host: "example.amazonaws.com",
            path: "/",
            query: "",
            body: b"",
            at: "2015-08-30T12:36:00Z".parse().expect("a time"),
        };
        for (name, request, signature) in [
            (
                "get-vanilla",
                plain,
                "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
            ),
            (
                "get-vanilla-query-order-key-case",
                Unsigned { query: "Param1=value1&Param2=value2", ..plain },
                "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
            ),
            (
                "post-vanilla",
                Unsigned { method: "POST", ..plain },
                "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
            ),
        ] {
            assert_eq!(
                request.authorization(&key(), scope),
                format!(
                    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
                     SignedHeaders=host;x-amz-date, Signature={signature}"
                ),
                "{name}"
            );
        }
    }

    /// From Amazon's page on deriving a signing key.
    #[test]
    fn a_key_of_a_day_is_the_published_one() {
        let scope = Scope { region: "us-east-1", service: "iam" };
        assert_eq!(
            hex(&signing_key(&key(), "20150830", scope)),
            "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9"
        );
    }
}
