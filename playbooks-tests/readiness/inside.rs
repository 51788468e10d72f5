//! The tool's own way to the world, and runbooks whose needs nothing of the estate stands for.

use libtest_mimic::Trial;
use lifeboat::model::{Rule, Truth};
use serde_json::json;

use super::case::{Case, item};

pub fn trials() -> Vec<Trial> {
    trials![
        d8_the_tool_s_own_way_is_named_where_it_sits_inside,
        d8_a_need_that_nothing_stands_for_is_named,
    ]
}

#[track_caller]
fn said(case: &Case, rule: Rule, truth: Truth, words: &str) {
    let report = case.judge();
    let found = report
        .warnings
        .iter()
        .any(|it| it.rule == rule && it.truth == truth && it.because.contains(words));
    assert!(found, "{words}: {:#?}", report.warnings);
}

fn d8_the_tool_s_own_way_is_named_where_it_sits_inside() {
    Case::sound().quiet_about(Rule::OwnWayApart);
    let one =
        Case::sound().with(|it| item(it, "resolvers", "res-2")["address"] = json!("198.51.100.54"));
    said(&one, Rule::OwnWayApart, Truth::False, "every resolver of the estate stands in AS65003");
    let blind = Case::sound().with(|it| it["controls"] = json!([]));
    said(&blind, Rule::OwnWayApart, Truth::False, "names no control target");
    let shared = |at: &str| {
        let at = format!("https://{at}/locks.git");
        Case::sound().with(|it| it["locks"] = json!({"shared": {"remote": at}}))
    };
    said(&shared("git.harbour.example"), Rule::OwnWayApart, Truth::False, "lives in `z`");
    shared("git.elsewhere.example").quiet_about(Rule::OwnWayApart);
}

fn d8_a_need_that_nothing_stands_for_is_named() {
    Case::sound().quiet_about(Rule::RunbookComplete);
    let alone = Case::sound().with(|it| {
        it["dns_providers"].as_array_mut().unwrap().truncate(1);
        it["zones"][0]["standby_at"] = json!([]);
    });
    // A zone without a standby has a road of its own, and is warned of by itself.
    alone.quiet_about(Rule::RunbookComplete);
    said(&alone, Rule::StandbyApart, Truth::False, "none stands by");
    let one = Case::sound().with(|it| {
        it["trackers"].as_array_mut().unwrap().truncate(1);
    });
    said(&one, Rule::RunbookComplete, Truth::Unknown, "which `tracker-loss` needs");
}
