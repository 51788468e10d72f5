//! Status messages: what customers and the team read.

use libtest_mimic::Trial;
use lifeboat::model::{Audience, Mode, Record};
use lifeboat::view::{Chronicle, MessageContext, State, next_update};

use super::shelf::{VENDORS, library, vendors};
use super::snapshot::holds;
use super::story::{self, after};

/// Returns the trials of status messages.
pub fn trials() -> Vec<Trial> {
    trials![
        each_message_reads_well_in_each_language,
        customers_read_no_vendor_whatever_the_journal_says,
        an_impact_that_names_a_vendor_is_replaced,
        every_message_renders_at_every_moment_of_every_story,
        a_drill_says_so_first_in_every_message,
        customers_never_get_the_teams_template,
        a_template_asks_for_nothing_that_a_message_never_has,
    ]
}

const NAMES: [&str; 6] = [
    "status/investigating",
    "status/identified",
    "status/monitoring",
    "status/may-move",
    "status/planned",
    "status/resolved",
];
const LANGUAGES: [&str; 2] = ["en", "de"];
const AUDIENCES: [Audience; 2] = [Audience::Customers, Audience::Team];

fn context(records: &[Record], audience: Audience, impact: Option<&str>) -> MessageContext {
    let chronicle = Chronicle::fold(records);
    let now = records.last().map_or(after(0), |record| record.at);
    let next = chronicle.severity.map(|severity| next_update(severity, now));
    MessageContext::new(&chronicle, audience, impact, &vendors(), now, next)
}

fn stories(mode: Mode) -> Vec<Vec<Record>> {
    vec![story::mended(mode), story::held(mode)]
}

/// Calls with each template, audience and language.
fn each(mut call: impl FnMut(&str, Audience, &str)) {
    for name in NAMES {
        for audience in AUDIENCES {
            LANGUAGES.iter().for_each(|language| call(name, audience, language));
        }
    }
}

fn each_message_reads_well_in_each_language() {
    let library = library();
    let records = story::mended(Mode::Live);
    let moments = [1, 2, 14, 14, 14, records.len() - 1];
    for language in LANGUAGES {
        let mut text = String::new();
        for audience in AUDIENCES {
            for (name, moment) in NAMES.iter().zip(moments) {
                let context = context(&records[..moment], audience, None);
                let words = library.tell(name, language, &context).unwrap();
                text.push_str(&format!("=== {name} {audience:?}\n{words}"));
            }
        }
        holds(&format!("messages-{language}"), &text);
    }
}

fn customers_read_no_vendor_whatever_the_journal_says() {
    let library = library();
    for mut records in stories(Mode::Live) {
        let title = "Cloudflare and deSEC are down at Verizon, says Pagehost";
        if let lifeboat::model::Event::Declared { title: known, incident, .. } =
            &mut records[0].event
        {
            *known = title.into();
            *incident = "cloudflare-main-1".into();
        }
        for name in NAMES {
            for language in LANGUAGES {
                let context = context(&records, Audience::Customers, None);
                let text = library.tell(name, language, &context).unwrap().to_lowercase();
                let named: Vec<_> = VENDORS.iter().filter(|word| text.contains(**word)).collect();
                assert!(named.is_empty(), "{name}.{language} names {named:?}:\n{text}");
            }
        }
        let context = context(&records, Audience::Team, None);
        let text = library.tell(NAMES[0], "en", &context).unwrap();
        assert!(text.contains("dns-provider-outage at cloudflare-main"), "{text}");
    }
}

fn an_impact_that_names_a_vendor_is_replaced() {
    let library = library();
    let records = &story::mended(Mode::Live)[..2];
    for impact in ["CLOUDFLARE is slow.", "Ask ns1.standby.example.", "Circuit FSN-4711 is cut."] {
        let text = |audience| {
            library.tell(NAMES[0], "en", &context(records, audience, Some(impact))).unwrap()
        };
        let shown = impact.trim_end_matches('.');
        assert!(!text(Audience::Customers).contains(shown), "{impact}");
        assert!(text(Audience::Customers).contains("may not resolve"), "{impact}");
        assert!(text(Audience::Team).contains(shown), "{impact}");
    }
    let plain = "Downloads stall.";
    let context = context(records, Audience::Customers, Some(plain));
    assert!(library.tell(NAMES[0], "en", &context).unwrap().contains(plain));
}

fn every_message_renders_at_every_moment_of_every_story() {
    let library = library();
    let mut states = Vec::new();
    for records in stories(Mode::Live) {
        for length in 0..=records.len() {
            each(|name, audience, language| {
                let context = context(&records[..length], audience, None);
                states.push(context.state);
                let text = library.tell(name, language, &context);
                assert!(text.is_ok(), "{name} {audience:?} {language} {length}: {text:?}");
            });
        }
    }
    let all = [
        State::Investigating,
        State::Identified,
        State::Monitoring,
        State::Resolved,
        State::Closed,
    ];
    assert!(all.iter().all(|state| states.contains(state)));
}

fn a_drill_says_so_first_in_every_message() {
    let library = library();
    for records in stories(Mode::Drill) {
        each(|name, audience, language| {
            let text = library.tell(name, language, &context(&records, audience, None)).unwrap();
            assert!(text.starts_with("EXERCISE"), "{text}");
        });
    }
    each(|name, audience, language| {
        let live = context(&story::mended(Mode::Live), audience, None);
        assert!(!library.tell(name, language, &live).unwrap().contains("EXERCISE"));
    });
}

fn customers_never_get_the_teams_template() {
    let library = library();
    let found = |audience| library.message("status/resolved", audience, "en").unwrap();
    assert_eq!(found(Audience::Customers), "status/resolved.en.md");
    assert_eq!(found(Audience::Team), "status/resolved.team.en.md");
    let missing = library.message("status/resolved", Audience::Team, "fr").unwrap_err();
    assert_eq!(missing.to_string(), "no template `status/resolved.fr.md`");
    let customers = context(&story::mended(Mode::Live), Audience::Customers, None);
    let leak =
        library.render("status/resolved.team.en.md", &customers, lifeboat::words::Format::Markdown);
    let error = leak.unwrap_err().to_string();
    assert!(error.starts_with("parts/team.en.md:1:"), "{error}");
}

fn a_template_asks_for_nothing_that_a_message_never_has() {
    let library = library();
    each(|name, audience, language| {
        let context = context(&story::mended(Mode::Live), audience, None);
        let name = library.message(name, audience, language).unwrap();
        let unknown = library.unknown_variables(name, &context).unwrap();
        assert!(unknown.is_empty(), "{name}: {unknown:?}");
    });
}
