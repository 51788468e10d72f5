//! Whom customers are not told about: the companies that we buy from, by every word that names them.

use std::collections::BTreeSet;

use crate::model::Estate;

/// Every word of an estate that names somebody else: ids, companies, names of servers and networks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VendorWords(BTreeSet<String>);

impl VendorWords {
    /// Shorter words are left out: `a` names nobody.
    const SHORTEST: usize = 3;

    /// Collects the words of an estate.
    pub fn of(estate: &Estate) -> Self {
        let mut words = Self::default();
        for provider in &estate.dns_providers {
            words.add([Some(provider.id.as_str()), provider.company.as_deref()]);
            words.add(provider.nameservers.iter().map(|server| Some(server.name.as_str())));
        }
        for registrar in &estate.registrars {
            words.add([Some(registrar.id.as_str()), registrar.company.as_deref()]);
            words.add(registrar.nameservers.iter().map(|server| Some(server.name.as_str())));
        }
        for upstream in &estate.upstreams {
            words.add([Some(upstream.id.as_str()), upstream.circuit.as_deref()]);
        }
        for carrier in &estate.carriers {
            words.add([Some(carrier.id.as_str()), carrier.name.as_deref()]);
        }
        words.add(estate.resolvers.iter().map(|resolver| Some(resolver.id.as_str())));
        words.add(estate.identities.iter().map(|identity| identity.company.as_deref()));
        words.add(estate.status_channels.iter().map(|channel| channel.company.as_deref()));
        words
    }

    fn add<'a>(&mut self, words: impl IntoIterator<Item = Option<&'a str>>) {
        let long = words.into_iter().flatten().map(|word| word.trim_end_matches('.'));
        let long = long.filter(|word| word.chars().count() >= Self::SHORTEST);
        self.0.extend(long.map(str::to_lowercase));
    }

    /// Returns the first of the words that a text contains as a word of its own, whatever its case.
    pub fn named_in(&self, text: &str) -> Option<&str> {
        let text = text.to_lowercase();
        self.0.iter().map(String::as_str).find(|word| stands_in(&text, word))
    }
}

/// Tells whether a word stands in a text with no letter or digit touching it.
fn stands_in(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vendors_are_found_as_words_of_their_own() {
        let mut words = VendorWords::default();
        words.add([Some("cloudflare-main"), Some("Cloudflare"), Some("a"), Some("ns1.p.example.")]);
        assert_eq!(words.named_in("CLOUDFLARE is slow"), Some("cloudflare"));
        assert_eq!(words.named_in("ask ns1.p.example, please"), Some("ns1.p.example"));
        assert_eq!(words.named_in("a name stops resolving; cloudflared is ours"), None);
    }
}
