//! Mistakes as people read them: `file:line:column`, the line itself, the nearest name, what to do.

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use crate::model::Remote;

use super::fault::{Fault, Faults};
use super::source::Place;

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
        let (line, from, to) = self.excerpt();
        let mut label = self.expected.as_ref().map(|e| format!("expected {e}")).unwrap_or_default();
        if let Some(nearest) = &self.nearest {
            label += if label.is_empty() { "" } else { "; " };
            label += &format!("did you mean `{nearest}`?");
        }
        let label = (!label.is_empty()).then(|| visible(&label));
        let mark = AnnotationKind::Primary.span(from..to).label(label.as_deref());
        let line = visible(line);
        let snippet = Snippet::source(&line).path(Remote::new(&*self.path).to_string());
        let snippet = snippet.line_start(self.line as usize).annotation(mark);
        let mut group = Level::ERROR.primary_title(visible(&self.found)).element(snippet);
        if !self.hint.is_empty() {
            group = group.element(Level::HELP.message(visible(&self.hint)));
        }
        renderer.render(&[group])
    }

    /// Returns the line where the fault stands, and the bytes of it to mark.
    fn excerpt(&self) -> (&str, usize, usize) {
        let Place { start, end, .. } = self.place;
        let start = floor(&self.text, start);
        let line_start = self.text[..start].rfind('\n').map_or(0, |at| at + 1);
        let length = self.text[line_start..].find('\n').unwrap_or(self.text.len() - line_start);
        let line = self.text[line_start..line_start + length].trim_end_matches('\r');
        let from = (start - line_start).min(line.len());
        let to = floor(&self.text, end).saturating_sub(line_start).clamp(from, line.len());
        (line, from, floor(line, to))
    }
}

/// Returns the nearest boundary of a character at or before a byte.
fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// Replaces what the renderer leaves alone though it could drive a terminal, byte for byte, so that columns stay.
fn visible(text: &str) -> String {
    let plain = |c: char| match c {
        '\n' => ' ',
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
    fn a_place_inside_a_character_is_no_panic() {
        let mut faults = estate(&Source::new("a.yaml", "ä: ö\n")).unwrap_err();
        for at in 0..12 {
            (faults.0[0].place.start, faults.0[0].place.end) = (at, at + 1);
            assert!(!faults.render(false).is_empty());
        }
    }
}
