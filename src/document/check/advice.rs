//! Lists where the first match wins: each line has a condition or is `otherwise`, and that one is the last.

use super::super::fault::{FaultKind, Report};
use super::super::node::Node;

/// Checks such a list.
pub fn choices(lines: &[Node], report: &mut Report<'_>) {
    for (at, line) in lines.iter().enumerate().filter(|(_, line)| !line.entries().is_empty()) {
        let (guard, otherwise) = (line.get("if"), line.entry("otherwise"));
        let always = otherwise.is_some_and(|entry| entry.value.is_true());
        let suspected = report.is_suspected(line, "if") || report.is_suspected(line, "otherwise");
        match (guard, otherwise) {
            (None, None) if suspected => {}
            (None, None) => {
                let fault =
                    report.add(FaultKind::MissingKey, line.at, "nothing says when this holds");
                fault.expected("`if: ...`, or `otherwise: true` in the last line");
            }
            (Some(_), Some(entry)) if always => {
                let found = "`otherwise` stands beside `if`";
                report
                    .add(FaultKind::Contradiction, entry.key_at, found)
                    .hint("keep one of the two");
            }
            (None, Some(entry)) if entry.value.value == super::super::node::Value::Flag(false) => {
                let fault = report.add(
                    FaultKind::WrongValue,
                    entry.value.at,
                    "`otherwise: false` never holds",
                );
                fault.expected("`true`");
            }
            (None, Some(entry)) if always && at + 1 < lines.len() => {
                let found = "what follows `otherwise` is never reached";
                report.add(FaultKind::Contradiction, entry.key_at, found).hint("put it last");
            }
            (Some(_), _) | (None, Some(_)) => {}
        }
    }
}
