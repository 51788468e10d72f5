//! Reads a template's tags before the engine does: refuses what is not of the language, and sets the meter.

use super::language::{FILTERS, STATEMENTS, is_operator};
use super::meter;

/// What is not of the language, and where (from 1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refused {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
    /// What it is.
    pub message: String,
}

/// A template with the meter in it.
#[derive(Clone, Debug, Default)]
pub(super) struct Metered {
    /// The text that the engine gets.
    pub text: String,
    /// The templates that it includes.
    pub includes: Vec<String>,
    /// Where the meter was put in: line from 1, column in the metered text from 0, characters.
    insertions: Vec<(usize, usize, usize)>,
}

impl Metered {
    /// Returns the column (from 1) in the template of a column (from 0) in the metered text.
    pub fn column(&self, line: usize, column: usize) -> usize {
        let here = self.insertions.iter().filter(|(at, start, _)| *at == line && *start < column);
        let added: usize = here.map(|(_, start, length)| (*length).min(column - start)).sum();
        column - added + 1
    }
}

/// One sign or word inside a tag, with its offset.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Token<'a> {
    Word(&'a str),
    Text(usize),
    Sign(char),
}

/// A tag: where it stands and what it says.
struct Tag<'a> {
    /// The offset behind it.
    end: usize,
    /// `{%` and not `{{`.
    statement: bool,
    /// Whether it ends in `-%}`.
    trims: bool,
    tokens: Vec<(usize, Token<'a>)>,
}

/// Checks a template and puts the meter in.
pub(super) fn scan(text: &str) -> Result<Metered, Refused> {
    let mut places = vec![(0, String::new())];
    let mut loops: Vec<(usize, usize)> = Vec::new();
    let mut includes = Vec::new();
    let mut at = 0;
    while let Some(found) = next_mark(text, at) {
        if text[found..].starts_with("{#") {
            let end = text[found..].find("#}");
            at = found + end.ok_or_else(|| refused(text, found, "a comment is not closed"))? + 2;
            continue;
        }
        let tag = read_tag(text, found)?;
        check(text, found, &tag)?;
        at = tag.end;
        match (tag.statement, tag.tokens.first()) {
            (true, Some((_, Token::Word("raw")))) => at = end_of_raw(text, found, tag.end)?,
            (true, Some((_, Token::Word("for")))) => {
                places.push((tag.end, if tag.trims { "-".to_owned() } else { String::new() }));
                loops.push((places.len() - 1, tag.end));
            }
            (true, Some((_, Token::Word("include")))) => {
                includes.push(included(text, found, &tag)?)
            }
            (true, Some((_, Token::Word("endfor")))) => {
                if let Some((place, start)) = loops.pop() {
                    let price = tag.end - start;
                    places[place].1 = call(price, &places[place].1);
                }
            }
            _ => {}
        }
    }
    if let Some((place, _)) = loops.last() {
        return Err(refused(text, places[*place].0, "a `for` has no `endfor`"));
    }
    places[0].1 = call(text.len(), "");
    Ok(Metered { includes, ..insert(text, &places) })
}

/// Reads which template an `include` names.
fn included(text: &str, start: usize, tag: &Tag<'_>) -> Result<String, Refused> {
    let name = match tag.tokens.as_slice() {
        [_, (at, Token::Text(length))] => text.get(at + 1..(at + length).saturating_sub(1)),
        _ => None,
    };
    let plain = name.filter(|name| !name.contains('\\'));
    let message = "`include` takes one name in quotes";
    plain.map(str::to_owned).ok_or_else(|| refused(text, start, message))
}

fn call(price: usize, trim: &str) -> String {
    format!("{{{{{}(n={})-}}}}", meter::NAME, price.max(1)).replace("-}}", &format!("{trim}}}}}"))
}

fn next_mark(text: &str, from: usize) -> Option<usize> {
    let marks = ["{{", "{%", "{#"];
    marks.iter().filter_map(|mark| text[from..].find(mark)).min().map(|at| from + at)
}

/// Reads one tag from its opening mark on.
fn read_tag(text: &str, start: usize) -> Result<Tag<'_>, Refused> {
    let statement = text[start..].starts_with("{%");
    let close = if statement { "%}" } else { "}}" };
    let mut tokens = Vec::new();
    let mut at = start + 2 + usize::from(text[start + 2..].starts_with('-'));
    loop {
        let rest = &text[at..];
        let Some(c) = rest.chars().next() else {
            return Err(refused(text, start, "a tag is not closed"));
        };
        if rest.starts_with(close) {
            let trims = text[..at].ends_with('-');
            return Ok(Tag { end: at + 2, statement, trims, tokens });
        }
        let length = match c {
            '"' | '\'' | '`' => string_length(rest, c)
                .ok_or_else(|| refused(text, at, "a text in quotes is not closed"))?,
            c if c == '_' || c.is_ascii_alphabetic() => word_length(rest),
            c => c.len_utf8(),
        };
        match c {
            '"' | '\'' | '`' => tokens.push((at, Token::Text(length))),
            c if c.is_ascii_whitespace() => {}
            c if c == '_' || c.is_ascii_alphabetic() => {
                tokens.push((at, Token::Word(&rest[..length])));
            }
            c => tokens.push((at, Token::Sign(c))),
        }
        at += length;
    }
}

fn word_length(rest: &str) -> usize {
    let part = |c: char| c == '_' || c.is_ascii_alphanumeric();
    rest.find(|c| !part(c)).unwrap_or(rest.len())
}

fn string_length(rest: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// Finds the offset behind a `{% endraw %}`.
fn end_of_raw(text: &str, start: usize, from: usize) -> Result<usize, Refused> {
    let mut at = from;
    while let Some(found) = text[at..].find("{%") {
        let inside = text[at + found + 2..].trim_start_matches('-').trim_ascii_start();
        if let Some(rest) = inside.strip_prefix("endraw") {
            let rest = rest.trim_ascii_start();
            let rest = rest.strip_prefix('-').unwrap_or(rest);
            if let Some(after) = rest.strip_prefix("%}") {
                return Ok(text.len() - after.len());
            }
        }
        at += found + 2;
    }
    Err(refused(text, start, "a `raw` has no `endraw`"))
}

/// Refuses what is not of the language.
fn check(text: &str, start: usize, tag: &Tag<'_>) -> Result<(), Refused> {
    if tag.statement {
        match tag.tokens.first() {
            Some((_, Token::Word(word))) if STATEMENTS.contains(word) => {}
            Some((at, Token::Word(word))) => {
                let message = format!("`{word}` is not offered; {} are", STATEMENTS.join(", "));
                return Err(refused(text, *at, message));
            }
            _ => return Err(refused(text, start, "a tag begins with a word")),
        }
    }
    for (index, (at, token)) in tag.tokens.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|it| tag.tokens.get(it)).map(|(_, it)| *it);
        let after = tag.tokens.get(index + 1).map(|(_, it)| *it);
        let opens = index == usize::from(tag.statement);
        check_token(*token, before, after, opens).map_err(|message| refused(text, *at, message))?;
    }
    Ok(())
}

fn check_token(
    token: Token<'_>,
    before: Option<Token<'_>>,
    after: Option<Token<'_>>,
    opens: bool,
) -> Result<(), String> {
    match token {
        Token::Sign('~') => Err("texts cannot be joined; write them one after the other".into()),
        Token::Sign('@') => Err("`@` is not offered".into()),
        Token::Sign('<') if opens => Err("components are not offered".into()),
        Token::Word(word) if before == Some(Token::Sign('|')) => {
            let known = FILTERS.contains(&word);
            let offer = FILTERS.join(", ");
            if known { Ok(()) } else { Err(format!("no filter `{word}`; there are {offer}")) }
        }
        Token::Word(word) if after == Some(Token::Sign('(')) => {
            let tested = matches!(before, Some(Token::Word("is" | "not")));
            let allowed = tested || is_operator(word);
            if allowed { Ok(()) } else { Err(format!("`{word}(…)`: functions are not offered")) }
        }
        Token::Word(_) | Token::Text(_) | Token::Sign(_) => Ok(()),
    }
}

fn refused(text: &str, at: usize, message: impl Into<String>) -> Refused {
    let before = &text[..at];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    Refused { line, column, message: message.into() }
}

/// Puts texts in at offsets.
fn insert(text: &str, places: &[(usize, String)]) -> Metered {
    let mut metered = Metered::default();
    let mut from = 0;
    for (at, addition) in places {
        metered.text.push_str(&text[from..*at]);
        let line = metered.text.matches('\n').count() + 1;
        let column = metered.text.rsplit('\n').next().unwrap_or_default().chars().count();
        metered.insertions.push((line, column, addition.chars().count()));
        metered.text.push_str(addition);
        from = *at;
    }
    metered.text.push_str(&text[from..]);
    metered
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        let refused = scan(text).expect_err("is refused");
        format!("{}:{} {}", refused.line, refused.column, refused.message)
    }

    #[test]
    fn the_meter_stands_at_the_start_and_in_each_loop() {
        let text = "a\n{% for x in y -%} {{ x }}{% endfor %}b {{ z }}";
        let metered = scan(text).expect("is a template");
        assert_eq!(
            metered.text,
            "{{__pay(n=48)}}a\n{% for x in y -%}{{__pay(n=20)-}} {{ x }}{% endfor %}b {{ z }}"
        );
        let place = metered.text.lines().nth(1).expect("a line").find("{{ z").expect("is there");
        assert_eq!(
            metered.column(2, place),
            text.lines().nth(1).expect("a line").find("{{ z").expect("is there") + 1
        );
    }

    #[test]
    fn what_can_grow_or_escape_is_refused_where_it_stands() {
        for (text, refused) in [
            ("a {{ x | safe }}", "1:10 no filter `safe`"),
            ("\n{% set x = 1 %}", "2:4 `set` is not offered"),
            ("{{ x ~ x }}", "1:6 texts cannot be joined"),
            ("{% for i in range(end=9) %}{% endfor %}", "1:13 `range(…)`: functions"),
            ("{{ __pay(n=0) }}", "1:4 `__pay(…)`: functions"),
            ("{{ <Button /> }}", "1:4 components"),
            ("{% block a %}{% endblock %}", "1:4 `block` is not offered"),
            ("{{ 'a", "1:4 a text in quotes"),
            ("{% if a", "1:1 a tag is not closed"),
            ("{% include [\"a\"] %}", "1:1 `include` takes one name"),
            ("{# a", "1:1 a comment is not closed"),
            ("{% raw %}", "1:1 a `raw` has no `endraw`"),
            ("{% for a in b %}", "1:17 a `for` has no `endfor`"),
        ] {
            let found = refusal(text);
            assert!(found.starts_with(refused), "{text}: {found}");
        }
    }

    #[test]
    fn quotes_comments_and_raw_text_hide_tags() {
        for text in [
            "{{ x | default(value=\"}} {% set y = 1 %}\") }}",
            "{# {% set x = 1 %} #}",
            "{% raw %}{% set x = 1 %}{{ x | safe }}{%- endraw -%}",
            "{% if x is starting_with(\"a\") and (not y) %}{% endif %}",
            "{% if x is not containing(\"a\") %}{% endif %}",
        ] {
            assert!(scan(text).is_ok(), "{text}: {:?}", scan(text));
        }
    }
}
