//! The words of a template's language: a closed list, so that nothing in it can grow without bound.

/// What a `{% … %}` may begin with.
pub(super) const STATEMENTS: &[&str] =
    &["if", "elif", "else", "endif", "for", "endfor", "include", "raw", "endraw"];

/// What may stand behind a `|`.
pub(super) const FILTERS: &[&str] = &[
    "upper",
    "lower",
    "capitalize",
    "trim",
    "length",
    "first",
    "last",
    "default",
    "round",
    "abs",
    "str",
];

/// Words between values.
const OPERATORS: &[&str] = &["and", "or", "not", "in", "is", "if", "else"];

/// Tells whether a word stands between values and is no name.
pub(super) fn is_operator(word: &str) -> bool {
    OPERATORS.contains(&word)
}
