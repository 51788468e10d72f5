//! A question to a person, as a prompt that ends in `answer: `.

use crate::model::{Ask, Proof, Remote};

/// Words a question; the last line is the prompt.
pub fn question(ask: &Ask) -> String {
    let mut lines = Vec::new();
    lines.extend(ask.who.as_ref().map(|who| format!("For {who}:")));
    lines.extend(ask.instruction.as_ref().map(|it| format!("Do: {it}")));
    lines.extend(ask.question.as_ref().map(|it| format!("Question: {it}")));
    if ask.handoff {
        lines.push("Hand over: read `lifeboat handoff` to the next person.".to_owned());
    }
    lines.extend(ask.why.as_ref().map(|why| format!("Why: {why}")));
    lines.extend(ask.patch.as_ref().map(|patch| format!("Patch: {}", patch.0)));
    lines.extend(ask.within.map(|within| format!("Within: {within}")));
    if !ask.answers.is_empty() {
        lines.push(format!("One of: {}", ask.answers.join(", ")));
    } else if ask.proof == Some(Proof::Answer) || ask.instruction.is_some() {
        lines.push("Say when it is done; an empty line leaves it open.".to_owned());
    }
    let lines: Vec<String> = lines.iter().map(|line| Remote::spelt(line)).collect();
    format!("{}\nanswer: ", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::question;
    use crate::model::Ask;

    #[test]
    fn a_question_ends_in_the_prompt_and_drives_no_terminal() {
        let ask = Ask {
            question: Some("wait\u{1b}[2J?".to_owned()),
            answers: vec!["wait".to_owned(), "fix".to_owned()],
            ..Ask::default()
        };
        let shown = question(&ask);
        assert!(shown.ends_with("\nanswer: ") && shown.contains("One of: wait, fix"), "{shown}");
        assert!(!shown.contains('\u{1b}'), "{shown:?}");
    }
}
