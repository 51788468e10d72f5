//! Resolvers that say what no authority says: forged answers, and names that they deny.
//!
//! Each answer is held against the authoritative set and the estate. Where the authorities were not all heard, or
//! the zone was changed while a cache may still keep what was right before, nobody knows.

use super::World;
use super::authoritative::{
    Heard, Word, expected, heard, longest, says_changed, serial, serials, values, words,
};
use super::claim::{Claim, count, list};
use super::sight::{Outcome, Sight};
use crate::model::{
    CriticalName, DnsAnswer, DnsObservation, DnsRole, Expect, FactKind, Id, Measure, Remote,
    Resolver, Truth, Zone, fully_qualified,
};

/// "Forged answer" (RFC 8914 §4.5).
const FORGED: u16 = 4;

/// "Blocked", "censored", "filtered" (RFC 8914 §4.16–4.18).
const WITHHELD: [u16; 3] = [15, 16, 17];

pub(super) fn claims(world: &World<'_>, sight: &Sight<'_>) -> Vec<Claim> {
    world.estate.resolvers.iter().flat_map(|it| of_resolver(world, sight, it)).collect()
}

/// How one answer of a resolver compares.
enum Compared {
    /// It may well be right.
    Right,
    /// It cannot be: why.
    Forged(String),
    /// It denies what is there: how.
    Denied(String),
    /// It differs, and nobody can tell whether it may: why.
    Doubtful(String),
    /// It says nothing that could be compared.
    Nothing,
}

/// What came of all answers of one resolver.
#[derive(Default)]
struct Found {
    declared: bool,
    compared: usize,
    forged: Vec<String>,
    denied: Vec<String>,
    doubtful: Vec<String>,
    from: Vec<Id>,
}

fn of_resolver(world: &World<'_>, sight: &Sight<'_>, resolver: &Resolver) -> [Claim; 2] {
    let mut found = Found::default();
    for zone in &world.estate.zones {
        for critical in &zone.critical {
            found.declared = true;
            let words = words(world, sight, zone, critical);
            let ground = Ground { world, sight, zone, critical, words: &words };
            for (id, dns) in answers(sight, resolver, zone, critical) {
                let Some(answer) = dns.ending.answer().filter(|answer| !answer.tc) else {
                    continue;
                };
                found.from.push(id.clone());
                found.note(dns, ground.compare(resolver, answer));
            }
        }
    }
    found.claims(&resolver.id)
}

fn answers<'a>(
    sight: &Sight<'a>,
    resolver: &Resolver,
    zone: &Zone,
    critical: &CriticalName,
) -> impl Iterator<Item = (&'a Id, &'a DnsObservation)> {
    let (name, kind) = (zone.full_name(&critical.name), critical.kind.to_ascii_uppercase());
    let id = zone.id.clone();
    sight.dns(&resolver.id).filter(move |(_, dns)| {
        matches!(&dns.role, DnsRole::Resolver { zone: Some(of) } if *of == id)
            && dns.name == name
            && dns.kind == kind
    })
}

impl Found {
    fn note(&mut self, dns: &DnsObservation, compared: Compared) {
        let name = Remote::new(dns.name.trim_end_matches('.'));
        let said = |why: String| format!("{name} {}: {why}", Remote::new(&dns.kind));
        let (list, why) = match compared {
            Compared::Right => {
                self.compared += 1;
                return;
            }
            Compared::Nothing => return,
            Compared::Forged(why) => (&mut self.forged, why),
            Compared::Denied(why) => (&mut self.denied, why),
            Compared::Doubtful(why) => {
                self.doubtful.push(said(why));
                return;
            }
        };
        self.compared += 1;
        let said = said(why);
        if !list.contains(&said) {
            list.push(said);
        }
    }

    fn claims(&self, id: &Id) -> [Claim; 2] {
        [
            self.claim(FactKind::DnsResolverForges, id, &self.forged, "none forged"),
            self.claim(FactKind::DnsResolverCensors, id, &self.denied, "none denied"),
        ]
    }

    fn claim(&self, kind: FactKind, id: &Id, bad: &[String], good: &str) -> Claim {
        if !self.declared {
            return Claim::moot(kind, id, "no critical name is declared");
        }
        let answers = count(self.compared, "answer", "answers");
        let (truth, because) = match (bad, &self.doubtful[..]) {
            ([_, ..], _) => (Truth::True, list(bad)),
            ([], [_, ..]) => (Truth::Unknown, list(&self.doubtful)),
            ([], []) if self.compared == 0 => {
                (Truth::Unknown, "it gave no answer that could be compared".to_owned())
            }
            ([], []) => (Truth::False, format!("{answers} held against the authorities, {good}")),
        };
        let measure = Measure::part(bad.len() as f64, self.compared as f64);
        Claim::new(kind, id, truth, because)
            .measured((truth.is_known() && self.compared > 0).then_some(measure))
            .from(&self.from)
    }
}

/// What an answer is held against.
struct Ground<'a> {
    world: &'a World<'a>,
    sight: &'a Sight<'a>,
    zone: &'a Zone,
    critical: &'a CriticalName,
    words: &'a [Word<'a>],
}

impl Ground<'_> {
    fn kind(&self) -> String {
        self.critical.kind.to_ascii_uppercase()
    }

    fn compare(&self, resolver: &Resolver, answer: &DnsAnswer) -> Compared {
        let has = |codes: &[u16]| {
            let mut errors = answer.extended_errors.iter();
            errors.find(|(code, _)| codes.contains(code)).map(|(code, _)| *code)
        };
        if let Some(code) = has(&WITHHELD) {
            return Compared::Denied(format!("withheld, as it says itself (EDE {code})"));
        }
        match answer.rcode.as_str() {
            "NOERROR" if values(answer, &self.kind()).next().is_some() => {
                self.given(answer, has(&[FORGED]).is_some())
            }
            "NOERROR" | "NXDOMAIN" => self.denied(answer),
            "REFUSED" if self.answers_others(resolver) => self.refused(),
            _ => Compared::Nothing,
        }
    }

    /// Holds values against what the estate expects and the authorities say.
    fn given(&self, answer: &DnsAnswer, admitted: bool) -> Compared {
        let kind = self.kind();
        let strange = values(answer, &kind).find(|data| {
            expected(self.critical, data) != Some(true) && !self.is_authoritative(data)
        });
        let (Some(strange), false) = (strange, self.critical.expect == any()) else {
            return Compared::Right;
        };
        let ttl = answer.answers.iter().filter(|it| it.kind == kind).map(|it| it.ttl).max();
        let ttl = ttl.unwrap_or_default();
        let what = format!("{} for another {ttl} s, which no authority has", Remote::new(strange));
        if admitted {
            return Compared::Forged(format!("{what}; forged, as it says itself (EDE {FORGED})"));
        }
        if expected(self.critical, strange).is_none() {
            return Compared::Doubtful(format!(
                "{what}, and the estate does not say what is right"
            ));
        }
        if self.words.iter().any(|word| word.leads_away(&kind)) {
            return Compared::Doubtful(format!("{what}, but the name leads out of our zones"));
        }
        match (heard(self.world, self.sight, self.zone, self.words), self.was_changed(ttl)) {
            (Heard::Not(why), _) => Compared::Doubtful(format!("{what}, but {why}")),
            (Heard::All, Some(why)) => Compared::Doubtful(format!("{what}, but {why}")),
            (Heard::All, None) => Compared::Forged(what),
        }
    }

    /// Says why an answer that is kept for so many seconds more may have been right once.
    fn was_changed(&self, left: u32) -> Option<String> {
        let most = longest(self.words, &self.kind())?;
        let now = self.sight.newest(jiff::Timestamp::UNIX_EPOCH);
        let serials = serials(self.world, self.sight, self.zone);
        let changed = serials.into_iter().find(|serial| says_changed(*serial, now, most))?;
        (left <= most).then(|| {
            format!("by its serial {changed} the zone was changed while caches may keep what was")
        })
    }

    fn is_authoritative(&self, data: &str) -> bool {
        let kind = self.kind();
        let mut all = self.words.iter().flat_map(|word| values(word.answer, &kind));
        all.any(|known| super::resolver::same(known, data))
    }

    /// Holds a denial against the authorities; one that tells an older serial was right when it was given.
    fn denied(&self, answer: &DnsAnswer) -> Compared {
        let kind = self.kind();
        // An alias that is not followed to its end says nothing of the name.
        if values(answer, "CNAME").next().is_some() {
            return Compared::Nothing;
        }
        let what = match answer.rcode.as_str() {
            "NXDOMAIN" => "it says that there is no such name",
            _ => "it says that there is no such record",
        };
        if self.words.iter().any(|word| word.denies(&kind)) {
            return Compared::Right;
        }
        let zone = fully_qualified(&self.zone.name);
        let soa = answer.authority.iter().find(|it| it.kind == "SOA" && it.name == zone);
        let told = soa.and_then(|record| serial(record.data.raw()));
        let current = serials(self.world, self.sight, self.zone);
        match heard(self.world, self.sight, self.zone, self.words) {
            Heard::Not(why) => Compared::Doubtful(format!("{what}, but {why}")),
            Heard::All if told.is_some_and(|serial| !current.contains(&serial)) => {
                Compared::Doubtful(format!("{what}, but of another serial than the authorities'"))
            }
            Heard::All => Compared::Denied(format!("{what}, and every authority gives one")),
        }
    }

    fn refused(&self) -> Compared {
        match heard(self.world, self.sight, self.zone, self.words) {
            Heard::All if !self.words.iter().any(|word| word.denies(&self.kind())) => {
                Compared::Denied("it refuses this name, and answers others".to_owned())
            }
            Heard::All | Heard::Not(_) => Compared::Nothing,
        }
    }

    /// Tells whether the resolver answers us a name that is not ours.
    fn answers_others(&self, resolver: &Resolver) -> bool {
        let mut others = self
            .sight
            .dns(&resolver.id)
            .filter(|(_, dns)| dns.role == DnsRole::Resolver { zone: None });
        others.any(|(_, dns)| {
            matches!(self.sight.outcome(Some(dns.server), &dns.ending),
                Outcome::Answered(answer) if answer.rcode == "NOERROR")
        })
    }
}

/// The word by which the estate says that any answer will do.
const fn any() -> Expect {
    Expect::Word(crate::model::AnyWord::Any)
}
