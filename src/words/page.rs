//! Markdown to HTML in which nothing but our own markup is markup.

use pulldown_cmark::{CowStr, Event, LinkType, Options, Parser, Tag, TagEnd, html as writer};

use super::format::Format;

/// Turns Markdown into HTML; raw HTML in it becomes text, images and links that lead nowhere safe are dropped.
pub fn html(markdown: &str) -> String {
    let mut kept = Vec::new();
    let events = Parser::new_ext(markdown, Options::ENABLE_TABLES).filter_map(|event| {
        if let Event::Html(text) | Event::InlineHtml(text) = event {
            return Some(Event::Text(text));
        }
        if let Event::Start(Tag::HtmlBlock) = event {
            return Some(Event::Start(Tag::Paragraph));
        }
        if let Event::End(TagEnd::HtmlBlock) = event {
            return Some(Event::End(TagEnd::Paragraph));
        }
        if let Event::Start(Tag::Link { .. } | Tag::Image { .. }) = event {
            kept.push(!is_unsafe(&event));
            return kept.last().is_some_and(|kept| *kept).then_some(event);
        }
        if let Event::End(TagEnd::Link | TagEnd::Image) = event {
            return kept.pop().unwrap_or(true).then_some(event);
        }
        Some(event)
    });
    let mut out = String::new();
    writer::push_html(&mut out, events);
    out
}

/// Tells whether an event opens a link to somewhere else than the web, a mailbox or this page, or an image.
fn is_unsafe(event: &Event<'_>) -> bool {
    if let Event::Start(Tag::Image { .. }) = event {
        return true;
    }
    let Event::Start(Tag::Link { link_type, dest_url, .. }) = event else { return false };
    *link_type != LinkType::Email && !is_safe(dest_url)
}

fn is_safe(url: &CowStr<'_>) -> bool {
    let url = url.to_ascii_lowercase();
    ["https://", "http://", "mailto:", "#"].iter().any(|start| url.starts_with(start))
}

/// Turns Markdown into a whole page that needs nothing else.
pub fn page(title: &str, markdown: &str) -> String {
    let title = Format::Html.escape(title);
    let body = html(markdown);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n{body}</body>\n</html>\n"
    )
}

const STYLE: &str = "body{max-width:46rem;margin:2rem auto;padding:0 1rem;font:1rem/1.5 sans-serif;overflow-wrap:break-word}\
                     table{border-collapse:collapse}td,th{border:1px solid;padding:.2rem .5rem;text-align:left}\
                     th:empty{display:none}";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_html_becomes_text() {
        let text = html("<script>alert(1)</script>\n\na <b>b</b>");
        assert!(!text.contains("<script>") && !text.contains("<b>"), "{text}");
        assert!(text.contains("&lt;script&gt;"), "{text}");
    }

    #[test]
    fn links_lead_to_the_web_or_nowhere() {
        let text = html("[a](javascript:alert(1)) [b](https://b.example) ![c](https://c.example)");
        assert_eq!(text, "<p>a <a href=\"https://b.example\">b</a> c</p>\n");
    }

    #[test]
    fn a_link_in_a_dropped_image_stays_whole() {
        let text = html("![a [b](https://b.example) c](https://c.example)");
        assert_eq!(text, "<p>a <a href=\"https://b.example\">b</a> c</p>\n");
    }

    #[test]
    fn escaped_values_are_literal_in_the_page() {
        let hostile = "<img src=x onerror=y> [a](javascript:b) **c** `d` | e &lt; #";
        let text = html(&Format::Markdown.escape(hostile));
        let literal = hostile.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        assert_eq!(text, format!("<p>{literal}</p>\n"));
    }
}
