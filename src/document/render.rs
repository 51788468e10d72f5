//! Mistakes as people read them: `file:line:column`, the line itself, the nearest name, what to do.

use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};

use crate::model::Remote;

use super::fault::{Fault, Faults};
use super::source::Place;

/// So many bytes before a fault, and as many behind its start, are shown: thousands of faults may stand on one long line.
const AROUND: usize = 400;

impl Faults {
    /// Returns every mistake with its excerpt, the last line without its end.
    pub fn render(&self, colour: bool) -> String {
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        let shown: Vec<String> = self.0.iter().map(|fault| fault.render(&renderer)).collect();
        shown.join("\n\n")
    }
}

impl Fault {
    fn render(&self, renderer: &Renderer) -> String {
        let (line, cut, from, to) = self.excerpt();
        let mut label = self.expected.as_ref().map(|e| format!("expected {e}")).unwrap_or_default();
        if let Some(nearest) = &self.nearest {
            label += if label.is_empty() { "" } else { "; " };
            label += &format!("did you mean `{nearest}`?");
        }
        let label = (!label.is_empty()).then(|| visible(&label));
        let mark = AnnotationKind::Primary.span(from..to).label(label.as_deref());
        let line = visible(line);
        let snippet = Snippet::source(&line).line_start(self.line as usize).annotation(mark);
        let (title, path) = (Level::ERROR.primary_title(visible(&self.found)), self.shown_path());
        let mut group = if cut {
            // Of a line without its beginning, the snippet cannot tell the column.
            let place = Origin::path(path).line(self.line as usize);
            title.element(place.char_column(self.column as usize)).element(snippet)
        } else {
            title.element(snippet.path(path))
        };
        if !self.hint.is_empty() {
            group = group.element(Level::HELP.message(visible(&self.hint)));
        }
        renderer.render(&[group])
    }

    fn shown_path(&self) -> String {
        Remote::new(&*self.path).to_string()
    }

    /// Returns the line where the fault stands, or the part of a long one around it; whether its beginning
    /// was cut off; and the bytes to mark.
    fn excerpt(&self) -> (&str, bool, usize, usize) {
        let Place { start, end, .. } = self.place;
        let start = floor(&self.text, start);
        let line_start = self.text[..start].rfind('\n').map_or(0, |at| at + 1);
        let length = self.text[line_start..].find('\n').unwrap_or(self.text.len() - line_start);
        let line = self.text[line_start..line_start + length].trim_end_matches('\r');
        let from = (start - line_start).min(line.len());
        let to = floor(&self.text, end).saturating_sub(line_start).clamp(from, line.len());
        let cut = floor(line, from.saturating_sub(AROUND));
        let rest = &line[cut..];
        let shown = &rest[..floor(rest, 2 * AROUND)];
        let (from, to) = (from - cut, (to - cut).min(shown.len()));
        (shown, cut > 0, from, floor(shown, to))
    }
}

/// Returns the nearest boundary of a character at or before a byte.
fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// Replaces what the renderer leaves alone though it could drive a terminal, byte for byte, so that columns stay.
fn visible(text: &str) -> String {
    let plain = |c: char| match c {
        '\n' | '\r' => ' ',
        '\u{80}'..='\u{9f}' => '\u{b7}',
        '\u{200b}'..='\u{200f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' => '\u{fffd}',
        c => c,
    };
    text.chars().map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{Source, estate};

    #[test]
    fn colour_changes_no_word() {
        let faults =
            estate(&Source::new("a.yaml", "schema: lifeboat/estate/v1\nid: a\nzone: []\n"))
                .unwrap_err();
        let (plain, coloured) = (faults.render(false), faults.render(true));
        assert!(plain.contains("--> a.yaml:3:1"), "{plain}");
        assert!(coloured.contains('\u{1b}') && !plain.contains('\u{1b}'));
        for word in ["did you mean `zones`?", "nothing reads the key `zone`"] {
            assert!(plain.contains(word) && coloured.contains(word), "{word}");
        }
    }

    #[test]
    fn of_a_long_line_the_part_around_the_fault_is_shown() {
        let text =
            format!("schema: lifeboat/estate/v1\nid: a\n{{ {} ä: 1 }}\n", "ä, ".repeat(5_000));
        let faults = estate(&Source::new("a.yaml", text.as_str())).unwrap_err();
        let shown = faults.render(false);
        assert!(
            shown.len() < faults.len() * 3_000,
            "{} bytes of {} faults",
            shown.len(),
            faults.len()
        );
        let last = faults.0.last().expect("has faults");
        let place = format!("--> a.yaml:{}:{}", last.line, last.column);
        assert!(shown.contains(&place), "{place}");
    }

    #[test]
    fn a_place_inside_a_character_is_no_panic() {
        let mut faults = estate(&Source::new("a.yaml", "ä: ö\n")).unwrap_err();
        for at in 0..12 {
            (faults.0[0].place.start, faults.0[0].place.end) = (at, at + 1);
            assert!(!faults.render(false).is_empty());
        }
    }
}
