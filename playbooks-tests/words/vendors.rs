//! Whatever an estate calls its vendors, customers do not read it.

use libtest_mimic::Trial;
use lifeboat::model::{Audience, Estate, Mode};
use lifeboat::view::{Chronicle, MessageContext, VendorWords};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::shelf::library;
use super::story::{self, after};

/// Returns the trials of vendors' words.
pub fn trials() -> Vec<Trial> {
    trials![customers_read_no_vendor_of_any_estate, the_page_on_words_names_every_key]
}

fn estate(words: &[String]) -> Estate {
    serde_json::from_value(serde_json::json!({
        "schema": "lifeboat/estate/v1",
        "id": "any",
        "registrars": [{ "id": words[0], "kind": "manual", "company": words[1] }],
        "dns_providers": [{
            "id": words[2], "kind": "unmanaged", "company": words[3],
            "nameservers": [{ "name": format!("ns.{}.example.", words[4]), "addresses": [] }],
        }],
        "upstreams": [{ "id": words[5], "asn": 64500 }],
        "carriers": [{ "id": words[6], "asn": 64501, "name": words[7] }],
    }))
    .unwrap()
}

fn customers_read_no_vendor_of_any_estate() {
    let library = library();
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::default() });
    let name = "[A-Za-z][a-z0-9]{2,9}(-[a-z0-9]{1,5})?";
    let words = proptest::collection::vec(name, 8);
    let shapes = prop::sample::select(vec!["# is silent.", "Ask #, please", "(#)", "no: #", "#/#"]);
    let input = (words, shapes, 0..8_usize);
    let records = story::mended(Mode::Live);
    let held = runner.run(&input, |(words, shape, which)| {
        let vendors = VendorWords::of(&estate(&words));
        let word =
            if which == 4 { format!("ns.{}.example", words[4]) } else { words[which].clone() };
        let marked = format!("Zzq {}", shape.replace('#', &word.to_uppercase()));
        let chronicle = Chronicle::fold(&records);
        let context = MessageContext::new(
            &chronicle,
            Audience::Customers,
            Some(&marked),
            &vendors,
            after(9_999),
            None,
        );
        prop_assert_eq!(&context.impact, &None, "{}", marked);
        for language in ["en", "de"] {
            let text = library.tell("status/identified", language, &context).unwrap();
            prop_assert!(!text.contains("Zzq"));
        }
        Ok(())
    });
    held.unwrap();
}

fn the_page_on_words_names_every_key() {
    let page = include_str!("../../docs/design/words.md");
    let chronicle = Chronicle::fold(&story::mended(Mode::Live));
    let vendors = VendorWords::default();
    let context =
        MessageContext::new(&chronicle, Audience::Team, None, &vendors, after(9_999), None);
    let context = serde_json::to_value(context).unwrap();
    let names = |key: &str| page.contains(&format!("`{key}`"));
    for key in context.as_object().unwrap().keys() {
        assert!(names(key), "{key}");
    }
    for key in context["team"].as_object().unwrap().keys() {
        assert!(page.contains(key.as_str()), "team.{key}");
    }
}
