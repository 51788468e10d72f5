//! What `show protocols all` says of a router's manners: whether it has RPKI data, and whose routes outlive their session.

use super::reply::Reply;
use crate::model::Remote;

/// A router's manners.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manners {
    /// Its protocols that bring RPKI data (RFC 8210), and whether each is up.
    pub validators: Vec<(Remote, bool)>,
    /// Its BGP sessions in which both sides announced graceful restart (RFC 4724 §3): a dead neighbour's routes stay.
    pub lingering: Vec<Remote>,
    /// How many BGP sessions are established.
    pub established: usize,
}

impl Manners {
    /// Reads the reply to `show protocols all`.
    pub fn read(reply: &Reply) -> Self {
        let mut manners = Self::default();
        let mut session: Option<(String, usize)> = None;
        for line in &reply.lines {
            if line.code == 1002 {
                manners.close(session.take());
                let words: Vec<&str> = line.text.raw().split_whitespace().collect();
                match words[..] {
                    [name, "RPKI", _, state, ..] => {
                        manners.validators.push((Remote::new(name), state == "up"));
                    }
                    [name, "BGP", ..] => session = Some((name.to_owned(), 0)),
                    _ => {}
                }
            } else if line.code == 1006
                && let Some((_, announced)) = &mut session
            {
                *announced += usize::from(line.text.raw().trim() == "Graceful restart");
                let up = line.text.raw().trim().strip_prefix("BGP state:");
                manners.established += usize::from(up.is_some_and(|it| it.trim() == "Established"));
            }
        }
        manners.close(session);
        manners
    }

    /// Ends a session: both sides must have announced it.
    fn close(&mut self, session: Option<(String, usize)>) {
        self.lingering.extend(
            session.filter(|(_, announced)| *announced >= 2).map(|(name, _)| Remote::new(name)),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::{Manners, Remote, Reply};

    fn read(text: &str) -> Manners {
        let (reply, _) = Reply::take(text.as_bytes()).expect("is a reply").expect("is whole");
        Manners::read(&reply)
    }

    #[test]
    fn a_session_lingers_when_both_sides_announced_it() {
        let captured = include_str!("../../../playbooks-tests/captures/bird/protocols.txt");
        let manners = read(captured);
        assert!(manners.lingering.contains(&Remote::new("peer_a")), "{manners:?}");
        assert!(manners.validators.is_empty() && manners.established > 0, "{manners:?}");
        let plain = captured.replace("Graceful restart", "Route refresh");
        assert!(read(&plain).lingering.is_empty());
        let own = captured.replacen("Graceful restart", "Route refresh", 1);
        assert!(!read(&own).lingering.contains(&Remote::new("peer_a")));
    }

    #[test]
    fn rpki_protocols_are_found_with_their_state() {
        let text = "2002-Name Proto Table State Since Info\n1002-v1 RPKI --- up 21:50:58 Established\n1006-\n\
                    1002-v2 RPKI --- down 21:50:58 Transport-Error\n1006-\n0000 \n";
        let validators = read(text).validators;
        assert_eq!(validators, [(Remote::new("v1"), true), (Remote::new("v2"), false)]);
    }
}
