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

/// What may stand behind `is` or `is not`.
pub(super) const TESTS: &[&str] = &[
    "defined",
    "undefined",
    "string",
    "number",
    "map",
    "array",
    "bool",
    "odd",
    "even",
    "divisible_by",
    "starting_with",
    "ending_with",
    "containing",
];

/// Filters whose work grows with the value that they are given.
const HEAVY: &[&str] = &["upper", "lower", "capitalize", "trim", "length", "str"];

/// Words between values.
const OPERATORS: &[&str] = &["and", "or", "not", "in", "is", "if", "else"];

/// Tells whether a word, as it stands, may look through the whole of a value.
pub(super) fn is_heavy(word: &str) -> bool {
    HEAVY.contains(&word) || matches!(word, "in" | "starting_with" | "ending_with" | "containing")
}

/// Tells whether a word stands between values and is no name.
pub(super) fn is_operator(word: &str) -> bool {
    OPERATORS.contains(&word)
}
