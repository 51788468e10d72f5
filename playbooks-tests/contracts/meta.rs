//! The suite itself, tried: with any refusal switched off, and before a server that accepts everything, it turns red.

use libtest_mimic::Trial;
use lifeboat::host::Secrets;
use lifeboat::model::Sent;
use lifeboat::service::Field;
use serde_json::json;

use super::cloudflare::{CloudflareStand, estate};
use super::desec::DesecStand;
use super::route53::Route53Stand;
use super::rows;
use super::stand::{Stand, ZONE, none, set, write_as};
use crate::actions::field;
use crate::standins::http::{HttpServer, Reply};
use crate::standins::{cloudflare, desec, route53};

pub fn trials() -> Vec<Trial> {
    trials![
        each_refusal_of_cloudflare_that_is_switched_off_turns_the_suite_red,
        each_refusal_of_route53_that_is_switched_off_turns_the_suite_red,
        each_refusal_of_desec_that_is_switched_off_turns_the_suite_red,
        whoever_accepts_everything_is_believed_by_nobody,
    ]
}

/// Runs the suite without each refusal in turn, and without all.
fn missed<R: Copy + std::fmt::Debug, S: Stand>(refusals: &[R], start: fn(&[R]) -> S) {
    assert!(refusals.len() >= 10, "{} refusals", refusals.len());
    for refusal in refusals {
        let held = rows::run(&start(&[*refusal]));
        let why = held.expect_err(&format!("nobody misses {refusal:?}"));
        eprintln!("without {refusal:?}: {why}");
    }
    assert!(rows::run(&start(refusals)).is_err(), "whoever refuses nothing is seen");
}

fn each_refusal_of_cloudflare_that_is_switched_off_turns_the_suite_red() {
    missed(&cloudflare::REFUSALS, CloudflareStand::start);
}

fn each_refusal_of_route53_that_is_switched_off_turns_the_suite_red() {
    missed(&route53::REFUSALS, Route53Stand::start);
}

fn each_refusal_of_desec_that_is_switched_off_turns_the_suite_red() {
    missed(&desec::REFUSALS, DesecStand::start);
}

/// Yes to everything, without any state: nothing that it says is found to be so.
fn whoever_accepts_everything_is_believed_by_nobody() {
    let bodies = [
        json!({"success": true, "result": {}}),
        json!({"success": true, "result": [], "result_info": {"total_count": 0}}),
        json!([]),
        json!({}),
    ];
    for kind in ["cloudflare", "desec", "route53"] {
        for body in &bodies {
            let text = body.to_string();
            let server =
                HttpServer::start(move |_| Some(Reply::new(200, "application/json", text.clone())));
            let estate = estate(kind, &server.url("/api/v1"), &json!({}));
            let made = [set("www", "A", 300, &["192.0.2.1"])];
            let field = Field { secrets: Secrets::fixed("AKID:secret"), ..field() };
            let sent = write_as(&field, &estate, ZONE, &[none(&made[0])], &made);
            assert_ne!(sent, Sent::Written, "{kind}: {body}");
        }
    }
}
