//! Five thousand names of a real server on a way that loses one datagram in fifty: each has its outcome, and every
//! marked one is found.

use std::collections::BTreeSet;

use libtest_mimic::Trial;
use serde_json::Value;

use super::knot::Knot;
use super::lab::Lab;
use super::loss::Loss;

/// Returns the trials of bulk asking.
pub fn trials() -> Vec<Trial> {
    trials![every_marked_name_is_found_where_packets_get_lost, what_is_long_comes_over_tcp]
}

const NAMES: usize = 5_000;

/// One name in a hundred is marked: its address is another one than the roll says.
const MARKED: &str = "192.0.2.77";

fn is_marked(number: usize) -> bool {
    number % 100 == 37
}

fn address(number: usize) -> String {
    format!("10.1.{}.{}", number / 250, number % 250)
}

/// Returns a zone, and a roll that holds for all but the marked names.
fn zone_and_roll() -> (String, String) {
    let mut zone =
        "@ 60 SOA ns host 1 3600 600 86400 60\n@ 60 NS ns\nns 60 A 192.0.2.53\n".to_owned();
    let mut roll = String::new();
    for number in 0..NAMES {
        let own = address(number);
        let name = format!("{}h{number}", "x".repeat(number % 9));
        let served = if is_marked(number) { MARKED } else { &own };
        zone.push_str(&format!("{name} 60 A {served}\n"));
        roll.push_str(&format!("{name}.bulk.test. A {own}\n"));
    }
    (zone, roll)
}

fn every_marked_name_is_found_where_packets_get_lost() {
    let (lab, (zone, roll)) = (Lab::new(), zone_and_roll());
    let knot = Knot::start(&lab, "knot", lab.at(1, 53), "bulk.test.", &zone);
    lab.write("roll.txt", &roll);
    let at = knot.address.to_string();
    for lossy in [false, true] {
        let loss = Loss::new(&lab);
        if lossy {
            loss.one_in(50, knot.address.ip());
        }
        let words = ["zone", "ask", "roll.txt", "--at", &at, "--rate", "1000000", "--json"];
        let found: Value = lab.lifeboat(&words).run().code(4).json();
        let marked = (0..NAMES).filter(|number| is_marked(*number)).count();
        assert_eq!(found["expected"], NAMES - marked, "{}", found["ended"]);
        let names = found["names"].as_array().unwrap();
        let differs = names.iter().filter(|it| it["outcome"] == "differs");
        let differs: BTreeSet<&str> = differs
            .inspect(|it| assert_eq!(it["found"][0], format!("A {MARKED}")))
            .map(|it| it["name"].as_str().unwrap())
            .collect();
        assert_eq!(
            (differs.len(), names.len()),
            (marked, marked),
            "each marked name, and no other"
        );
        let sent = found["sent"].as_u64().unwrap() as usize;
        assert!(if lossy { sent > NAMES } else { sent < NAMES + NAMES / 10 }, "{sent} were sent");
        eprintln!(
            "bulk: {NAMES} names of knot, loss {lossy}: {sent} sent in {} ms",
            found["took_ms"]
        );
    }
}

fn what_is_long_comes_over_tcp() {
    let lab = Lab::new();
    let word = "a".repeat(200);
    let long = format!("\"{word}\" \"{word}\" \"{word}\" \"{word}\"");
    let zone = format!(
        "@ 60 SOA ns host 1 3600 600 86400 60\n@ 60 NS ns\nns 60 A 192.0.2.53\nlong 60 TXT {long}\n"
    );
    let knot = Knot::start(&lab, "knot", lab.at(1, 53), "bulk.test.", &zone);
    let roll = format!(
        "long.bulk.test. TXT {long}\nns.bulk.test. A\nno.bulk.test. A !NXDOMAIN\nns.bulk.test. MX\n"
    );
    lab.write("roll.txt", roll);
    let at = knot.address.to_string();
    let ran = lab.lifeboat(&["zone", "ask", "roll.txt", "--at", &at, "--json"]).run().code(0);
    let found: Value = ran.json();
    assert_eq!((&found["over_tcp"], &found["expected"]), (&1.into(), &2.into()));
    let mut data: Vec<&str> = found["names"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["found"][0].as_str().unwrap())
        .collect();
    data.sort_unstable();
    assert_eq!(data, ["A 192.0.2.53", "MX !NODATA"]);
}
