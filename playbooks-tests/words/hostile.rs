//! Text from other people's machines comes out as that text, in every format and on every screen.

use libtest_mimic::Trial;
use lifeboat::model::{Audience, Diagnosis, Event, Fact, Mode, Record};
use lifeboat::render::{self, Style};
use lifeboat::view::{self, Background, Chronicle, MessageContext};
use lifeboat::words::{Format, html};

use super::shelf::{library, vendors};
use super::story::{self, after};

/// Returns the trials of hostile text.
pub fn trials() -> Vec<Trial> {
    trials![
        no_control_character_leaves_a_text,
        no_value_is_markup_in_the_page,
        no_value_is_a_template,
        no_screen_is_driven_from_outside,
        a_value_stays_on_its_line,
    ]
}

/// What a hostile machine, or a clumsy person, may have put into a journal.
const VECTORS: &[&str] = &[
    "\u{1b}[2J\u{1b}[1;1H",
    "\u{1b}]0;title\u{7}",
    "\u{1b}]8;;https://evil.example\u{1b}\\click\u{1b}]8;;\u{1b}\\",
    "\u{1b}]52;c;ZXZpbA==\u{7}",
    "\u{9b}31mred",
    "\u{1b}P+q544e\u{1b}\\",
    "over\rwritten",
    "back\u{8}\u{8}\u{8}\u{8}space",
    "bell\u{7}",
    "\u{202e}dlrow\u{202c}",
    "zero\u{200b}width\u{feff}",
    "\u{e0041}tag",
    "line one\nline two\n\n# heading",
    "[link](https://evil.example) ![image](https://evil.example/x.png)",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "**bold** _it_ `code` | cell | ~~gone~~",
    "<https://evil.example> &lt;b&gt; &#x1b;",
    "{{ 7 * 7 }}{% for x in y %}{# #}",
    "- item",
    "1. item",
    "    code",
    "\\*escaped\\*",
];

/// Puts one vector into every free text of a story.
fn poisoned(vector: &str) -> Vec<Record> {
    let text = serde_json::to_string(vector).unwrap();
    let inner = &text[1..text.len() - 1];
    let records = serde_json::to_string(&story::held(Mode::Live)).unwrap();
    let mut records = records;
    for known in [
        "Names do not resolve",
        "2 of 2 servers were silent",
        "Names of our zones stop resolving as caches run out.",
        "`matrix` channels are not built yet",
        "the connection was reset",
        "the parent still names the old servers",
        "its effect was not seen",
    ] {
        assert!(records.contains(known), "{known}");
        records = records.replace(known, inner);
    }
    let mut records: Vec<Record> = serde_json::from_str(&records).unwrap();
    let note = Event::Noted { by: vector.into(), text: vector.into() };
    let asked = Event::Asked { step: "hand-over".into(), question: vector.into() };
    for event in [note, asked] {
        let seq = records.len() as u64;
        records.push(Record { seq, at: after(1_600), event, ..records[0].clone() });
    }
    records
}

/// Every text of a story, in a format.
fn texts(records: &[Record], format: Format) -> Vec<String> {
    let library = library();
    let chronicle = Chronicle::fold(records);
    let blobs = ["blobs/a.json".to_owned()];
    let background = Background { plans: &[], blobs: &blobs };
    let postmortem = view::postmortem(&chronicle, &background, after(9_999));
    let handoff = view::handoff(&chronicle, after(9_999));
    let mut texts = vec![
        library.render("postmortem.en.md", &postmortem, format).unwrap(),
        library.render("timeline.en.md", &postmortem, format).unwrap(),
        library.render("handoff.en.md", &handoff, format).unwrap(),
    ];
    for audience in [Audience::Customers, Audience::Team] {
        for language in ["en", "de"] {
            let context =
                MessageContext::new(&chronicle, audience, None, &vendors(), after(9_999), None);
            let name = library.message("status/identified", audience, language).unwrap();
            texts.push(library.render(name, &context, format).unwrap());
        }
    }
    texts
}

/// Tells whether a text draws nothing but itself and new lines.
fn is_tame(text: &str) -> bool {
    let hidden = ['\u{200b}', '\u{feff}', '\u{202e}', '\u{202c}', '\u{e0041}'];
    text.chars().all(|c| c == '\n' || (!c.is_control() && !hidden.contains(&c)))
}

fn no_control_character_leaves_a_text() {
    for vector in VECTORS {
        for format in Format::ALL {
            for text in texts(&poisoned(vector), format) {
                assert!(is_tame(&text), "{vector:?} in {format:?}: {text:?}");
            }
        }
    }
}

fn no_value_is_markup_in_the_page() {
    let clean = tags(&texts(&poisoned("plain words"), Format::Markdown));
    for vector in VECTORS {
        let found = tags(&texts(&poisoned(vector), Format::Markdown));
        assert_eq!(found, clean, "{vector:?} became markup");
    }
    let clean = raw_tags(&texts(&poisoned("plain words"), Format::Html));
    for vector in VECTORS {
        let found = raw_tags(&texts(&poisoned(vector), Format::Html));
        assert_eq!(found, clean, "{vector:?} became markup");
    }
}

/// Returns the tags of the pages that Markdown texts make.
fn tags(texts: &[String]) -> Vec<String> {
    raw_tags(&texts.iter().map(|text| html(text)).collect::<Vec<_>>())
}

fn raw_tags(texts: &[String]) -> Vec<String> {
    let pieces = texts.iter().flat_map(|text| text.split('<').skip(1));
    pieces.map(|piece| piece.split('>').next().unwrap_or_default().to_owned()).collect()
}

fn no_value_is_a_template() {
    for format in Format::ALL {
        for text in texts(&poisoned("{{ 7 * 7 }}{% set x = 1 %}"), format) {
            assert!(!text.contains("49"), "{text}");
        }
    }
    let text = &texts(&poisoned("{{ 7 * 7 }}"), Format::Text)[0];
    assert!(text.contains("{{ 7 * 7 }}"), "{text}");
}

fn no_screen_is_driven_from_outside() {
    for vector in VECTORS {
        let records = poisoned(vector);
        let chronicle = Chronicle::fold(&records);
        let style = Style::default();
        let facts: Vec<Fact> = story::diagnosis()
            .facts
            .into_iter()
            .map(|fact| Fact { because: (*vector).into(), ..fact })
            .collect();
        let diagnosis = Diagnosis { facts, ..story::diagnosis() };
        let mut screens = vec![
            render::status(&view::status(&chronicle, after(9_999)), &style),
            render::timeline(&chronicle, &style),
            render::incidents(
                &[render::Shown { chronicle: &chronicle, directory: vector }],
                &style,
            ),
            render::diagnosis(&diagnosis, &style),
            render::facts(&diagnosis.facts, &style),
        ];
        screens.extend(records.iter().map(|it| render::progress(it.at, &it.event, &style)));
        for screen in screens {
            assert!(is_tame(&screen), "{vector:?}: {screen:?}");
        }
    }
}

fn a_value_stays_on_its_line() {
    let lines = |vector: &str| {
        let texts = texts(&poisoned(vector), Format::Markdown);
        texts.iter().map(|text| text.lines().count()).collect::<Vec<_>>()
    };
    assert_eq!(lines("one\ntwo\r\n\r\n| three |\u{2028}four"), lines("plain words"));
}
