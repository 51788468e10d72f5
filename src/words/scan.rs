//! Reads a template's tags before the engine does: refuses what is not of the language, and sets the meter.

use super::language::{FILTERS, STATEMENTS, TESTS, is_heavy, is_operator};
use super::meter::{self, Price};
use super::setting::Setting;

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

/// A piece of a template that is paid for: the whole, or the body of a loop.
struct Piece {
    /// Where its price is put in.
    at: usize,
    /// Whether the tag before it trims what follows.
    trims: bool,
    /// Its price, once its end is found.
    price: Price,
}

/// A template that is being read.
struct Scan<'t> {
    text: &'t str,
    pieces: Vec<Piece>,
    /// The loops that are open, as pieces.
    loops: Vec<usize>,
    includes: Vec<String>,
    setting: Setting,
}

/// Checks a template and puts the meter in; `number` is the template's own.
pub(super) fn scan(text: &str, number: usize) -> Result<Metered, Refused> {
    let whole = Piece { at: 0, trims: false, price: Price { length: text.len(), heavy: 0 } };
    let (pieces, setting) = (vec![whole], Setting::default());
    let mut scan = Scan { text, pieces, loops: Vec::new(), includes: Vec::new(), setting };
    let mut at = 0;
    while let Some(found) = next_mark(text, at) {
        scan.own_text(at, found)?;
        at = scan.mark(found)?;
    }
    scan.own_text(at, text.len())?;
    let Scan { pieces, loops, includes, .. } = scan;
    if let Some(piece) = loops.last() {
        return Err(refused(text, pieces[*piece].at, "a `for` has no `endfor`"));
    }
    let places: Vec<_> = pieces.iter().map(|piece| (piece.at, piece.call(text, number))).collect();
    Ok(Metered { includes, ..insert(text, &places) })
}

impl Scan<'_> {
    /// Reads what the template itself says between two tags.
    fn own_text(&mut self, from: usize, to: usize) -> Result<(), Refused> {
        let read = self.setting.read(&self.text[from..to]);
        read.map_err(|(before, message)| refused(self.text, to - before, message))
    }

    /// Reads a comment or a tag and returns the offset behind it.
    fn mark(&mut self, start: usize) -> Result<usize, Refused> {
        let text = self.text;
        if text[start..].starts_with("{#") {
            let end = text[start..].find("#}");
            return Ok(start
                + end.ok_or_else(|| refused(text, start, "a comment is not closed"))?
                + 2);
        }
        let tag = read_tag(text, start)?;
        check(text, start, &tag)?;
        let word = match tag.tokens.first() {
            Some((_, Token::Word(word))) if tag.statement => *word,
            _ => "",
        };
        // What is included may hold values.
        if !tag.statement || word == "include" {
            self.setting.value().map_err(|message| refused(text, start, message))?;
        }
        let heavy = tag.heavy();
        self.loops.iter().chain([&0]).for_each(|piece| self.pieces[*piece].price.heavy += heavy);
        self.statement(word, start, &tag)
    }

    fn statement(&mut self, word: &str, start: usize, tag: &Tag<'_>) -> Result<usize, Refused> {
        match word {
            "raw" => {
                let end = end_of_raw(self.text, start, tag.end)?;
                return self.own_text(tag.end, end).map(|()| end);
            }
            "for" => {
                self.loops.push(self.pieces.len());
                let price = Price::default();
                self.pieces.push(Piece { at: tag.end, trims: tag.trims, price });
            }
            "endfor" => {
                if let Some(piece) = self.loops.pop() {
                    self.pieces[piece].price.length = tag.end - self.pieces[piece].at;
                }
            }
            "include" => self.includes.push(included(self.text, start, tag)?),
            _ => {}
        }
        Ok(tag.end)
    }
}

impl Piece {
    /// Returns what is put in: the price, and where it is to be paid, for whoever must say that it was too much.
    fn call(&self, text: &str, number: usize) -> String {
        let (line, column) = place(text, self.at);
        let call = self.price.call(meter::Place { number, line, column });
        format!("{{{{{call}{}}}}}", if self.trims { "-" } else { "" })
    }
}

impl Tag<'_> {
    /// Counts what may look through a whole value: filters, `in`, and comparisons with anything but a literal.
    fn heavy(&self) -> usize {
        let token = |at: usize| self.tokens.get(at).map(|(_, token)| *token);
        let compares = |at: usize| matches!(token(at), Some(Token::Sign('=' | '<' | '>' | '!')));
        let literal = |token: Option<Token<'_>>| match token {
            Some(Token::Text(_)) => true,
            Some(Token::Sign(sign)) => sign.is_ascii_digit(),
            Some(Token::Word(word)) => matches!(word, "true" | "false"),
            None => false,
        };
        let mut heavy = 0;
        for at in 0..self.tokens.len() {
            let begins = compares(at) && (at == 0 || !compares(at - 1));
            if begins && !literal(at.checked_sub(1).and_then(token)) {
                let behind = (at..).find(|next| !compares(*next)).unwrap_or(at);
                heavy += usize::from(!literal(token(behind)));
            }
            let word = if let Some(Token::Word(word)) = token(at) { word } else { "" };
            heavy += usize::from(is_heavy(word));
        }
        // `for x in xs` pays for each round instead.
        let loops = matches!(token(0), Some(Token::Word("for"))) && self.statement;
        heavy - usize::from(loops && heavy > 0)
    }
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

fn next_mark(text: &str, from: usize) -> Option<usize> {
    let opens = |two: &[u8]| two[0] == b'{' && matches!(two[1], b'{' | b'%' | b'#');
    text.as_bytes()[from..].windows(2).position(opens).map(|at| from + at)
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
        let twice = index.checked_sub(2).and_then(|it| tag.tokens.get(it)).map(|(_, it)| *it);
        let tests = before == Some(Token::Word("is"))
            || (before == Some(Token::Word("not")) && twice == Some(Token::Word("is")));
        let opens = index == usize::from(tag.statement);
        check_token(*token, before, after, opens, tests)
            .map_err(|message| refused(text, *at, message))?;
    }
    Ok(())
}

fn check_token(
    token: Token<'_>,
    before: Option<Token<'_>>,
    after: Option<Token<'_>>,
    opens: bool,
    tests: bool,
) -> Result<(), String> {
    match token {
        Token::Sign('~') => Err("texts cannot be joined; write them one after the other".into()),
        Token::Sign('@') => Err("`@` is not offered".into()),
        Token::Word(word) if word.starts_with("__") => Err(format!("`{word}` is not offered")),
        Token::Sign('[' | '{') => {
            Err("lists, maps and indexes are not offered; `first` and `last` are".into())
        }
        Token::Sign('<') if opens => Err("components are not offered".into()),
        Token::Word(word) if before == Some(Token::Sign('|')) => {
            let known = FILTERS.contains(&word);
            let offer = FILTERS.join(", ");
            if known { Ok(()) } else { Err(format!("no filter `{word}`; there are {offer}")) }
        }
        Token::Word("not") if before == Some(Token::Word("is")) => Ok(()),
        Token::Word(word) if tests => {
            let offer = TESTS.join(", ");
            if TESTS.contains(&word) {
                Ok(())
            } else {
                Err(format!("no test `{word}`; there are {offer}"))
            }
        }
        Token::Word(word) if after == Some(Token::Sign('(')) => {
            let allowed = is_operator(word);
            if allowed { Ok(()) } else { Err(format!("`{word}(...)`: functions are not offered")) }
        }
        Token::Word(_) | Token::Text(_) | Token::Sign(_) => Ok(()),
    }
}

fn refused(text: &str, at: usize, message: impl Into<String>) -> Refused {
    let (line, column) = place(text, at);
    Refused { line, column, message: message.into() }
}

/// Returns line and column of an offset, from 1.
fn place(text: &str, at: usize) -> (usize, usize) {
    let before = &text[..at];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}

/// Puts texts in at offsets.
fn insert(text: &str, places: &[(usize, String)]) -> Metered {
    let mut metered = Metered::default();
    let (mut from, mut line, mut column) = (0, 1, 0);
    for (at, addition) in places {
        let piece = &text[from..*at];
        metered.text.push_str(piece);
        line += piece.matches('\n').count();
        column = match piece.rsplit_once('\n') {
            Some((_, last)) => last.chars().count(),
            None => column + piece.chars().count(),
        };
        let length = addition.chars().count();
        metered.insertions.push((line, column, length));
        metered.text.push_str(addition);
        column += length;
        from = *at;
    }
    metered.text.push_str(&text[from..]);
    metered
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        let refused = scan(text, 0).expect_err("is refused");
        format!("{}:{} {}", refused.line, refused.column, refused.message)
    }

    #[test]
    fn the_meter_stands_at_the_start_and_in_each_loop() {
        let text = "a\n{% for x in y -%} {{ x }}{% endfor %}b {{ z }}";
        let metered = scan(text, 7).expect("is a template");
        assert_eq!(
            metered.text,
            "{{__pay(t=7,l=1,c=1,n=48,h=0)}}a\n{% for x in y -%}\
             {{__pay(t=7,l=2,c=18,n=20,h=0)-}} {{ x }}{% endfor %}b {{ z }}"
        );
        let place = metered.text.lines().nth(1).expect("a line").find("{{ z").expect("is there");
        assert_eq!(
            metered.column(2, place),
            text.lines().nth(1).expect("a line").find("{{ z").expect("is there") + 1
        );
    }

    #[test]
    fn what_may_look_through_a_value_is_counted() {
        for (text, heavy) in [
            ("{{ x }}{% if x and not y.z %}{% endif %}", 0),
            ("{% if x == \"a\" or 3 < y or z != true %}{% endif %}", 0),
            ("{% if x == y %}{% endif %}{% if x <= y %}{% endif %}", 2),
            ("{{ x | upper | trim }}{{ x | first }}{{ y | default(value=\"-\") }}", 2),
            ("{% if \"a\" in x or x is not containing(\"b\") %}{% endif %}", 2),
            ("{% for a in x %}{% if a == x %}{% endif %}{% endfor %}", 1),
        ] {
            let metered = scan(text, 0).expect("is a template").text;
            let first = metered.split(',').nth(4).expect("a price").split(')').next();
            assert_eq!(first, Some(format!("h={heavy}").as_str()), "{text}: {metered}");
        }
    }

    #[test]
    fn what_can_grow_or_escape_is_refused_where_it_stands() {
        for (text, refused) in [
            ("a {{ x | safe }}", "1:10 no filter `safe`"),
            ("\n{% set x = 1 %}", "2:4 `set` is not offered"),
            ("{{ x ~ x }}", "1:6 texts cannot be joined"),
            ("{% for i in range(end=9) %}{% endfor %}", "1:13 `range(...)`: functions"),
            ("{{ __pay(n=0) }}", "1:4 `__pay` is not offered"),
            ("{{ <Button /> }}", "1:4 components"),
            ("{% block a %}{% endblock %}", "1:4 `block` is not offered"),
            ("{{ 'a", "1:4 a text in quotes"),
            ("{% if a", "1:1 a tag is not closed"),
            ("{% include [\"a\"] %}", "1:12 lists, maps and indexes are not offered"),
            ("{% include a %}", "1:1 `include` takes one name"),
            ("{{ x.0[1] }}", "1:7 lists, maps and indexes"),
            ("{{ {...x} }}", "1:4 lists, maps and indexes"),
            ("{% if x is matching(\"(a+)+\") %}{% endif %}", "1:12 no test `matching`"),
            ("{% if x is not iterable %}{% endif %}", "1:16 no test `iterable`"),
            ("a `{{ x }}`", "1:4 a value in code"),
            ("<b>{{ x }}</b>", "1:1 HTML is not offered"),
            ("[a](https://e.example/{{ x }})", "1:23 a value in a link's address"),
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
            assert!(scan(text, 0).is_ok(), "{text}: {:?}", scan(text, 0));
        }
    }
}
