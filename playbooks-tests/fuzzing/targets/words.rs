//! Templates, and the Markdown that becomes a page.

use std::collections::BTreeMap;

use lifeboat::words::{Format, Library, WordsError, html};
use serde_json::json;

use super::{Target, lies_inside, meter, plain, text_of};

pub const TEMPLATE: Target = Target {
    name: "template",
    decoders: &["words::Library::new", "words::Library::render"],
    hold,
    planted,
    swollen: &[
        |size| b"{{ a }}".repeat(size / 7),
        |size| b"{{".repeat(size / 2),
        |size| b"{#".repeat(size / 2),
        |size| [b"{{ ", &b"(".repeat(size)[..]].concat(),
        |size| b"{% if a %}".repeat(size / 10),
        |size| b"{% for a in b %}".repeat(size / 16),
        |size| b"{% raw %}".repeat(size / 9),
    ],
};

pub const MARKDOWN: Target = Target {
    name: "markdown",
    decoders: &["words::html"],
    hold: hold_markdown,
    planted: |bytes| Some(html(text_of(bytes)?).contains("<ol start=")),
    swollen: &[
        |size| b"> ".repeat(size / 2),
        |size| b"- ".repeat(size / 2),
        |size| b"[a](".repeat(size / 4),
        |size| b"**a ".repeat(size / 4),
        |size| b"|a".repeat(size / 2),
        |size| b"`a``".repeat(size / 4),
    ],
};

/// What an engine holds beside its share of the template: its filters, its tests, its output.
const GROUND: usize = 8 << 20;

const NAME: &str = "a.en.md";

fn library(text: &str) -> Result<Library, WordsError> {
    Library::new(BTreeMap::from([(NAME.to_owned(), text.to_owned())]))
}

fn render(library: &Library, format: Format) -> Result<String, WordsError> {
    let view = json!({
        "exercise": false, "a": "<b>*x*", "b": [1, 2, 3], "n": null,
        "c": { "d": "e", "f": [{ "g": true }] },
    });
    library.render(NAME, &view, format)
}

fn hold(bytes: &[u8]) {
    let Some(text) = text_of(bytes) else { return };
    let library = match meter::within(bytes.len(), GROUND, || library(text)) {
        Ok(library) => library,
        Err(error) => return told(text, &error),
    };
    for format in Format::ALL {
        match meter::within(bytes.len(), GROUND, || render(&library, format)) {
            Ok(shown) => assert!(shown.len() <= 256 << 10),
            Err(error) => told(text, &error),
        }
    }
}

/// Holds that an error names a place in the template.
fn told(text: &str, error: &WordsError) {
    plain(error);
    if let WordsError::Malformed { line, column, .. } | WordsError::Missing { line, column, .. } =
        error
    {
        lies_inside(text, *line, *column);
    }
}

fn hold_markdown(bytes: &[u8]) {
    let Some(text) = text_of(bytes) else { return };
    let page = meter::within(bytes.len(), GROUND, || html(text));
    let page = page.to_lowercase();
    for active in ["<script", "<img", "<iframe", "<a href=\"javascript", "<a href=\"data"] {
        assert!(!page.contains(active), "{active} of {text:?}: {page}");
    }
}

/// A long text that begins with a count.
fn planted(bytes: &[u8]) -> Option<bool> {
    let shown = render(&library(text_of(bytes)?).ok()?, Format::Markdown).ok()?;
    Some(shown.starts_with('3') && shown.len() > 100)
}
