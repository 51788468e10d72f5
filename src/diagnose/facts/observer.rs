//! The observer itself: without it nobody is blamed.

use super::World;
use super::claim::{Claim, MOOT, count};
use super::sight::{Health, Sight};
use super::tally::{Score, Tally};
use crate::model::{ControlKind, FactKind, Measure, Truth};

pub(super) fn claims(world: &World<'_>, sight: &Sight<'_>) -> Vec<Claim> {
    vec![
        healthy(world, sight),
        family(world, sight, false),
        family(world, sight, true),
        control(world, sight),
    ]
}

/// Says whether the vantage ran; a failed one is no finding, so that fact is unknown then.
pub(super) fn vantage(sight: &Sight<'_>, here: bool) -> Vec<Claim> {
    let claim = |truth, because: String| {
        Claim::new(FactKind::VantageAnswers, sight.vantage, truth, because)
    };
    match sight.look() {
        Some((id, look)) => vec![
            match &look.failed {
                None => claim(Truth::True, "it ran its probes and reported".to_owned()),
                Some(why) => claim(Truth::Unknown, format!("it did not report: {why}")),
            }
            .from([id]),
        ],
        None if here && sight.ran() => vec![claim(Truth::True, "it ran its probes".to_owned())],
        None if here => vec![claim(Truth::Unknown, "it has not probed".to_owned())],
        None => {
            vec![claim(Truth::True, "it reported".to_owned()).from(sight.evidence().map(|e| &e.id))]
        }
    }
}

/// True when anything answered over any path; false only when a control target was asked and all were silent.
fn healthy(world: &World<'_>, sight: &Sight<'_>) -> Claim {
    let paths = [&sight.v4, &sight.v6];
    let truths = paths.map(|path| path.truth);
    let truth = if truths.contains(&Truth::True) {
        Truth::True
    } else if sight.is_blind() {
        Truth::False
    } else {
        Truth::Unknown
    };
    let (answered, asked) =
        paths.iter().fold((0, 0), |sum, path| (sum.0 + path.answered, sum.1 + path.asked));
    let because = match truth {
        Truth::True => format!("{answered} of {} answered", targets(asked)),
        Truth::False if asked == 0 => "this machine has no path to anywhere".to_owned(),
        Truth::False => format!("none of {} answered, control targets included", targets(asked)),
        Truth::Unknown if asked == 0 => "nothing could be asked from here".to_owned(),
        Truth::Unknown => format!(
            "none of {} answered, and no control target was asked to compare with",
            targets(asked)
        ),
    };
    let measure = (asked > 0).then_some(Measure::part(answered as f64, asked as f64));
    let look = sight.look().map(|(id, _)| id.clone()).into_iter();
    let from: Vec<_> = look.chain(paths.iter().flat_map(|path| path.from.clone())).collect();
    Claim::new(FactKind::ObserverHealthy, &world.estate.id, truth, because)
        .measured(measure)
        .from(&from)
}

fn targets(number: usize) -> String {
    count(number, "target", "targets")
}

fn family(world: &World<'_>, sight: &Sight<'_>, v6: bool) -> Claim {
    let (name, kind, path): (_, _, &Health) = if v6 {
        ("IPv6", FactKind::ObserverIpv6, &sight.v6)
    } else {
        ("IPv4", FactKind::ObserverIpv4, &sight.v4)
    };
    let look = sight.look();
    let has = look.map(|(_, look)| if v6 { look.ipv6 } else { look.ipv4 });
    let from: Vec<_> =
        look.map(|(id, _)| id.clone()).into_iter().chain(path.from.clone()).collect();
    let measure = Measure::part(path.answered as f64, path.asked as f64);
    let claim = |truth, because: String, measure| {
        Claim::new(kind, &world.estate.id, truth, because).measured(measure).from(&from)
    };
    match (path.asked, has) {
        (0, Some(false)) => {
            let because =
                format!("this machine has no {name} path, so nothing is known over {name}");
            claim(Truth::Unknown, because, Some(MOOT))
        }
        (0, _) => claim(Truth::Unknown, format!("nothing was asked over {name}"), Some(MOOT)),
        (asked, _) => {
            let because = format!("{} of {} answered over {name}", path.answered, targets(asked));
            claim(path.truth, because, Some(measure))
        }
    }
}

/// True when any DNS control answered anything.
fn control(world: &World<'_>, sight: &Sight<'_>) -> Claim {
    let kind = FactKind::DnsControlAnswers;
    let mut tally = Tally { noun: ("control name", "control names"), ..Tally::default() };
    for control in world.estate.controls.iter().filter(|c| c.kind == ControlKind::Dns) {
        let mut best = None::<Score>;
        for (id, dns) in sight.dns(&control.id) {
            // Silence is what this fact is about, so a dead path is no excuse here.
            let score = Score::of(sight.outcome(None, &dns.ending), |_| None);
            best = Some(best.map_or(score.clone(), |best| best.better(score)));
            tally.from.push(id.clone());
        }
        let not_asked = || Score::Nothing { why: "was not asked".to_owned(), moot: false };
        tally.scores.push((control.id.to_string(), best.unwrap_or_else(not_asked)));
    }
    if tally.scores.is_empty() {
        return Claim::moot(kind, &world.estate.id, "no DNS control target is declared");
    }
    tally.answers(kind, &world.estate.id)
}
