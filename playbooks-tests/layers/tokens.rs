//! Paths and imports inside token streams: macro calls, macro bodies and attributes, which `syn` does not parse.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// What a token stream names.
#[derive(Default)]
pub struct Named {
    /// Every path of two segments or more, with its line.
    pub paths: Vec<(usize, Vec<String>)>,
    /// Every `use` declaration that parses.
    pub uses: Vec<syn::ItemUse>,
}

impl Named {
    /// Scans a token stream, its groups included.
    pub fn scan(tokens: TokenStream) -> Named {
        let mut named = Named::default();
        named.walk(tokens, &[]);
        named
    }

    fn walk(&mut self, tokens: TokenStream, prefix: &[String]) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            at += 1;
            match token {
                TokenTree::Ident(word) if word == "use" => self.import(&tokens[at - 1..]),
                TokenTree::Ident(word) => {
                    let line = word.span().start().line;
                    let mut path = prefix.to_vec();
                    path.push(word.to_string());
                    at = self.path(&tokens, at, line, path);
                }
                TokenTree::Group(group) => self.walk(group.stream(), &[]),
                TokenTree::Literal(text) => {
                    self.quoted(&text.to_string(), text.span().start().line)
                }
                TokenTree::Punct(_) => {}
            }
        }
    }

    /// Reads on after a path's first segment and returns where the path ended.
    fn path(
        &mut self,
        tokens: &[TokenTree],
        mut at: usize,
        line: usize,
        mut path: Vec<String>,
    ) -> usize {
        while colons(tokens, at) {
            match tokens.get(at + 2) {
                Some(TokenTree::Ident(word)) => path.push(word.to_string()),
                Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                    self.walk(group.stream(), &path);
                    return at + 3;
                }
                Some(TokenTree::Punct(star)) if star.as_char() == '*' => path.push("*".to_owned()),
                _ => break,
            }
            at += 3;
        }
        if path.len() > 1 {
            self.paths.push((line, path));
        }
        at
    }

    /// Keeps a `use` declaration written out in a macro; `$crate` counts as `crate`.
    fn import(&mut self, tokens: &[TokenTree]) {
        let end = tokens
            .iter()
            .position(|token| matches!(token, TokenTree::Punct(mark) if mark.as_char() == ';'));
        let Some(end) = end else { return };
        let kept = tokens[..=end]
            .iter()
            .filter(|token| !matches!(token, TokenTree::Punct(mark) if mark.as_char() == '$'));
        self.uses.extend(syn::parse2::<syn::ItemUse>(kept.cloned().collect()));
    }

    /// Keeps a path in quotes, as in `#[serde(with = "crate::model::x")]`.
    fn quoted(&mut self, literal: &str, line: usize) {
        let path: Vec<String> = literal.trim_matches('"').split("::").map(str::to_owned).collect();
        let plain = |name: &String| {
            !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_')
        };
        if literal.starts_with('"') && path.len() > 1 && path.iter().all(plain) {
            self.paths.push((line, path));
        }
    }
}

fn colons(tokens: &[TokenTree], at: usize) -> bool {
    let colon =
        |at: usize| matches!(tokens.get(at), Some(TokenTree::Punct(mark)) if mark.as_char() == ':');
    colon(at) && colon(at + 1)
}
