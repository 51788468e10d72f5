//! The templates, compiled once for each output format.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Map, Value};
use tera::{Context, ErrorKind, Tera};

use super::error::WordsError;
use super::format::Format;
use super::meter;
use super::scan::{Metered, scan};
use crate::model::Audience;
use crate::view::MessageContext;

/// The most bytes that a text may have.
pub(super) const OUTPUT: usize = 256 << 10;

/// The most bytes that a template may have.
const SOURCE: usize = 64 << 10;

/// How deep templates may include each other; each level costs the engine much of its stack.
const DEPTH: usize = 4;

/// The most characters of one value that a text shows.
const VALUE: usize = 8_000;

/// Every template, by its path without the folder `templates/`, for example `status/resolved.en.md`.
#[derive(Clone)]
pub struct Library {
    engines: BTreeMap<Format, Tera>,
    metered: BTreeMap<String, Metered>,
}

impl Library {
    /// Compiles templates, given as path and text; whatever the operator overrides is merged already.
    ///
    /// # Errors
    /// [`WordsError::Malformed`] with the place of the first mistake, [`WordsError::Unfit`] for a wrong include.
    pub fn new(sources: BTreeMap<String, String>) -> Result<Self, WordsError> {
        let mut metered = BTreeMap::new();
        for (number, (name, text)) in sources.into_iter().enumerate() {
            metered.insert(name.clone(), meter_of(&name, &text, number)?);
        }
        check_includes(&metered)?;
        let mut engines = BTreeMap::new();
        for format in Format::ALL {
            engines.insert(format, engine(format, &metered)?);
        }
        Ok(Self { engines, metered })
    }

    /// Returns the name of every template.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.metered.keys().map(String::as_str)
    }

    /// Returns the template of a message, for example `status/resolved`: the team has its own or shares
    /// that of customers; customers never get the team's.
    ///
    /// # Errors
    /// [`WordsError::NoTemplate`] when it is not there in that language.
    pub fn message(
        &self,
        template: &str,
        audience: Audience,
        language: &str,
    ) -> Result<&str, WordsError> {
        let shared = format!("{template}.{language}.md");
        let own = match audience {
            Audience::Team => format!("{template}.team.{language}.md"),
            Audience::Customers => shared.clone(),
        };
        let found =
            self.metered.get_key_value(&own).or_else(|| self.metered.get_key_value(&shared));
        found.map(|(name, _)| name.as_str()).ok_or(WordsError::NoTemplate(shared))
    }

    /// Writes a status message in Markdown.
    ///
    /// # Errors
    /// As [`Library::message`] and [`Library::render`].
    pub fn tell(
        &self,
        template: &str,
        language: &str,
        context: &MessageContext,
    ) -> Result<String, WordsError> {
        let name = self.message(template, context.audience, language)?;
        self.render(name, context, Format::Markdown)
    }

    /// Writes a view by a template. A view says whether it is an exercise; then so does the text, first of all.
    ///
    /// # Errors
    /// [`WordsError::Missing`] with the place of the first value that is not there; [`WordsError::TooLong`]
    /// and [`WordsError::TooMuchWork`] for a template that knows no end.
    pub fn render(
        &self,
        name: &str,
        view: &impl Serialize,
        format: Format,
    ) -> Result<String, WordsError> {
        let engine = self.engines.get(&format).filter(|engine| engine.contains_template(name));
        let engine = engine.ok_or_else(|| WordsError::NoTemplate(name.to_owned()))?;
        let keys = keys_of(name, view)?;
        let exercise = keys.get("exercise").and_then(Value::as_bool);
        let exercise = exercise.ok_or_else(|| WordsError::NoExercise(name.to_owned()))?;
        let context = Context::from_serialize(&keys).map_err(|error| WordsError::View {
            template: name.to_owned(),
            message: error.to_string(),
        })?;
        let mut page = Page { text: Vec::new(), full: false };
        if exercise {
            page.text.extend_from_slice(banner(name, format).as_bytes());
        }
        meter::fill(keys.values().map(weight).max().unwrap_or(0));
        let done = engine.render_to(name, &context, &mut page);
        done.map_err(|error| self.explain(name, &page, error))?;
        let text = String::from_utf8(page.text);
        text.map_err(|error| WordsError::View {
            template: name.to_owned(),
            message: error.to_string(),
        })
    }

    /// Returns the values that a template and whatever it includes ask for.
    ///
    /// # Errors
    /// [`WordsError::NoTemplate`].
    pub fn variables(&self, name: &str) -> Result<BTreeSet<String>, WordsError> {
        let engine = self.engines.values().next();
        let found = engine.and_then(|engine| engine.get_template_variables(name).ok());
        let found = found.ok_or_else(|| WordsError::NoTemplate(name.to_owned()))?;
        Ok(found.into_iter().map(str::to_owned).collect())
    }

    /// Returns the values that a template asks for and a view of that kind never has.
    ///
    /// # Errors
    /// [`WordsError::NoTemplate`], [`WordsError::View`].
    pub fn unknown_variables(
        &self,
        name: &str,
        view: &impl Serialize,
    ) -> Result<BTreeSet<String>, WordsError> {
        let known = object(name, view)?;
        let asked = self.variables(name)?;
        Ok(asked.into_iter().filter(|variable| !known.contains_key(variable)).collect())
    }

    /// Says in the template's own lines and columns what went wrong.
    fn explain(&self, name: &str, page: &Page, error: tera::Error) -> WordsError {
        if page.full || meter::is_empty() {
            let meter::Place { number, line, column } = meter::last();
            let template = self.metered.keys().nth(number).map_or(name, String::as_str).to_owned();
            return match page.full {
                true => WordsError::TooLong { template, line, column },
                false => WordsError::TooMuchWork { template, line, column },
            };
        }
        let ErrorKind::RenderingError(report) = error.kind() else {
            return WordsError::Unfit(format!("`{name}`: {error}"));
        };
        let (template, span) = (report.filename().to_owned(), report.span());
        let column = span.start_col;
        let metered = self.metered.get(&template);
        let column = metered.map_or(column + 1, |it| it.column(span.start_line, column));
        let message = sentence(report.message());
        WordsError::Missing { template, line: span.start_line, column, message }
    }
}

fn meter_of(name: &str, text: &str, number: usize) -> Result<Metered, WordsError> {
    let malformed = |line, column, message| WordsError::Malformed {
        template: name.to_owned(),
        line,
        column,
        message,
    };
    if text.len() > SOURCE {
        return Err(malformed(1, 1, format!("longer than {SOURCE} bytes")));
    }
    let metered = scan(text, number).map_err(|it| malformed(it.line, it.column, it.message))?;
    let alone = Tera::default().add_raw_template(name, &metered.text);
    if let Err(error) = alone
        && let ErrorKind::SyntaxError(report) = error.kind()
    {
        let line = report.span().start_line;
        let column = metered.column(line, report.span().start_col);
        return Err(malformed(line, column, sentence(report.message())));
    }
    Ok(metered)
}

/// Refuses templates that include what is not there, or each other too deeply, in circles above all.
fn check_includes(metered: &BTreeMap<String, Metered>) -> Result<(), WordsError> {
    let mut heights: BTreeMap<&str, usize> = BTreeMap::new();
    for _ in 0..=DEPTH {
        let mut higher = BTreeMap::new();
        for (name, template) in metered {
            let inner = template.includes.iter().map(|it| heights.get(it.as_str()).copied());
            let height = inner.map(|height| height.unwrap_or(0) + 1).max().unwrap_or(0);
            higher.insert(name.as_str(), height);
        }
        heights = higher;
    }
    for (name, template) in metered {
        if let Some(absent) = template.includes.iter().find(|it| !metered.contains_key(*it)) {
            let message = format!("`{name}` includes `{absent}`, which is not there");
            return Err(WordsError::Unfit(message));
        }
        if heights.get(name.as_str()).is_some_and(|height| *height > DEPTH) {
            return Err(WordsError::Unfit(format!("`{name}` includes others too deeply")));
        }
    }
    Ok(())
}

fn engine(format: Format, metered: &BTreeMap<String, Metered>) -> Result<Tera, WordsError> {
    let mut engine = Tera::default();
    engine.register_function(meter::NAME, meter::pay);
    engine.autoescape_on([""]);
    engine.set_escape_fn(format.escaper());
    let texts = metered.iter().map(|(name, it)| (name.as_str(), it.text.as_str()));
    engine.add_raw_templates(texts).map_err(|error| WordsError::Unfit(plain(&error)))?;
    engine.autoescape_on([""]);
    Ok(engine)
}

/// Keeps the first line of the engine's own words, which needs no excerpt of what we put in.
fn plain(error: &tera::Error) -> String {
    let text = error.to_string();
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default().trim_start_matches("error: ").to_owned();
    let place = lines.next().and_then(|line| line.trim().strip_prefix("--> "));
    let file = place.and_then(|place| place.split(':').next());
    file.map_or(first.clone(), |file| format!("{file}: {first}"))
}

/// Lowers the first letter, as all our errors do.
fn sentence(message: &str) -> String {
    let message = message.lines().next().unwrap_or_default();
    let mut letters = message.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect::<String>())
}

/// Returns a view's keys; what is absent has none, and overlong values are cut.
fn keys_of(name: &str, view: &impl Serialize) -> Result<Map<String, Value>, WordsError> {
    let keys = object(name, view)?;
    let trimmed = trimmed(Value::Object(keys));
    if let Value::Object(keys) = trimmed { Ok(keys) } else { Ok(Map::new()) }
}

fn object(name: &str, view: &impl Serialize) -> Result<Map<String, Value>, WordsError> {
    let unfit = |message: String| WordsError::View { template: name.to_owned(), message };
    let value = serde_json::to_value(view).map_err(|error| unfit(error.to_string()))?;
    if let Value::Object(keys) = value { Ok(keys) } else { Err(unfit("it is no object".into())) }
}

fn trimmed(value: Value) -> Value {
    match value {
        Value::String(text) if text.chars().count() > VALUE => {
            Value::String(text.chars().take(VALUE).chain(['…']).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(trimmed).collect()),
        Value::Object(keys) => Value::Object(
            keys.into_iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(key, value)| (key, trimmed(value)))
                .collect(),
        ),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}

/// Returns how many bytes a value has, all that lies in it included.
fn weight(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(|item| 1 + weight(item)).sum(),
        Value::Object(keys) => keys.iter().map(|(key, item)| key.len() + weight(item)).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 8,
    }
}

/// Returns the first words of every text of a drill (law 9), in the template's language.
fn banner(name: &str, format: Format) -> String {
    let language = name.strip_suffix(".md").and_then(|name| name.rsplit('.').next());
    let words = match language {
        Some("de") => "EXERCISE (Übung): Dies ist eine Probe. Nichts davon ist wirklich geschehen.",
        _ => "EXERCISE: this is a rehearsal. Nothing of it is really happening.",
    };
    match format {
        Format::Markdown | Format::Text => format!("{words}\n\n"),
        Format::Html => format!("<p>{words}</p>\n"),
    }
}

/// A text that grows no longer than [`OUTPUT`].
struct Page {
    text: Vec<u8>,
    full: bool,
}

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.text.len() + bytes.len() > OUTPUT {
            self.full = true;
            return Err(io::ErrorKind::WriteZero.into());
        }
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn library(text: &str) -> Result<Library, WordsError> {
        Library::new([("a.en.md".to_owned(), text.to_owned())].into())
    }

    fn rendered(text: &str, view: &Value) -> Result<String, WordsError> {
        library(text)?.render("a.en.md", view, Format::Markdown)
    }

    fn words() -> Value {
        serde_json::json!({ "exercise": false, "x": "<b>", "n": null, "xs": vec!["a"; 2_000] })
    }

    fn too_much(template: &str, line: usize, column: usize) -> WordsError {
        WordsError::TooMuchWork { template: template.into(), line, column }
    }

    #[test]
    fn values_are_escaped_by_format_and_not_by_name() {
        let library = library("{{ x }}").expect("compiles");
        let text = |format| library.render("a.en.md", &words(), format).expect("renders");
        assert_eq!(text(Format::Markdown), r"\<b\>");
        assert_eq!(text(Format::Html), "&lt;b&gt;");
        assert_eq!(text(Format::Text), "<b>");
    }

    #[test]
    fn a_missing_value_is_named_where_it_stands() {
        for (text, place) in [
            ("a {{ y }}", "a.en.md:1:6"),
            ("a\n  {{ x }}{{ n }}", "a.en.md:2:13"),
            ("{% for a in xs %}{{ a }} {{ y }}{% endfor %}", "a.en.md:1:29"),
            ("{% if y.z %}{% endif %}", "a.en.md:1:7"),
        ] {
            let error = rendered(text, &words()).expect_err("a value is missing").to_string();
            assert!(error.starts_with(place), "{text}: {error}");
            assert!(!error.contains("__pay"), "{error}");
        }
        assert_eq!(rendered("{% if n %}{{ n }}{% endif %}.", &words()), Ok(".".to_owned()));
    }

    #[test]
    fn bombs_end_in_a_clear_error() {
        let rounds = "{% for a in xs %}{% for b in xs %}{% for c in xs %}{% endfor %}{% endfor %}{% endfor %}";
        assert_eq!(rendered(rounds, &words()), Err(too_much("a.en.md", 1, 52)));
        let long = "{% for a in xs %}{% for b in xs %}0123456789012345678901234567890123456789{% endfor %}{% endfor %}";
        assert_eq!(
            rendered(long, &words()),
            Err(WordsError::TooLong { template: "a.en.md".into(), line: 1, column: 35 })
        );
        let deep = "{{ ".to_owned() + &"(".repeat(5_000) + "x" + &")".repeat(5_000) + " }}";
        assert!(matches!(library(&deep), Err(WordsError::Malformed { line: 1, .. })));
        let nested = "{% if x %}".repeat(5_000) + &"{% endif %}".repeat(5_000);
        assert!(matches!(library(&nested), Err(WordsError::Malformed { .. })));
        assert!(library(&"x".repeat(SOURCE + 1)).is_err());
        let around: BTreeMap<_, _> = [("a", "b"), ("b", "a")]
            .map(|(a, b)| (a.to_owned(), format!("{{% include \"{b}\" %}}")))
            .into();
        assert!(matches!(Library::new(around), Err(WordsError::Unfit(_))));
        let astray = library("{% include \"b\" %}").map(|_| ());
        let message = "`a.en.md` includes `b`, which is not there";
        assert_eq!(astray, Err(WordsError::Unfit(message.to_owned())));
    }

    #[test]
    fn included_templates_cost_too() {
        let many = |from: u32, to: u32| {
            (format!("{from}"), format!("{{% include \"{to}\" %}}").repeat(60))
        };
        let mut sources: BTreeMap<_, _> = (0..4).map(|level| many(level, level + 1)).collect();
        sources.insert("4".to_owned(), String::new());
        let library = Library::new(sources).expect("compiles");
        let text = library.render("0", &words(), Format::Text);
        assert_eq!(text, Err(too_much("3", 1, 1)));
    }

    #[test]
    fn a_drill_says_so_first_and_a_view_must_say_which_it_is() {
        let drill = serde_json::json!({ "exercise": true });
        for format in Format::ALL {
            let library = library("all is well").expect("compiles");
            let text = library.render("a.en.md", &drill, format).expect("renders");
            assert!(text.trim_start_matches("<p>").starts_with("EXERCISE"), "{text}");
        }
        let silent = rendered("x", &serde_json::json!({}));
        assert_eq!(silent, Err(WordsError::NoExercise("a.en.md".into())));
    }

    #[test]
    fn lint_finds_what_a_view_never_has() {
        let library =
            library("{{ x }}{{ y }}{% for a in xs %}{{ a }}{% endfor %}").expect("compiles");
        let unknown = library.unknown_variables("a.en.md", &words()).expect("is there");
        assert_eq!(unknown, ["y".to_owned()].into());
    }

    #[test]
    fn values_are_never_templates() {
        let view = serde_json::json!({ "exercise": false, "x": "{{ 7 * 7 }}{% if x %}" });
        assert_eq!(rendered("{{ x }}", &view), Ok(r"\{\{ 7 \* 7 \}\}\{\% if x %\}".to_owned()));
    }
}
