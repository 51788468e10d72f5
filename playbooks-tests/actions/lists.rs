//! Trackers as witnesses: each seedbox that was changed must be counted, not only one of them.

use libtest_mimic::Trial;
use lifeboat::action::{self, Witnessed};
use lifeboat::model::{Direction, Estate, Expected, Span, Verify, WantWord, Witness};
use serde_json::json;

use super::{field, play};
use crate::doors::servers::{Web, response};

pub fn trials() -> Vec<Trial> {
    trials![every_seedbox_of_a_torrent_is_counted]
}

const HASH: &str = "61616161616161616161616161616161616161aa";

/// Asks a tracker that counts so many about two seedboxes with the same torrent.
async fn asked(complete: u32, incomplete: u32, direction: Direction) -> Witnessed {
    let mut body = b"d5:filesd20:".to_vec();
    body.extend([[0x61; 19].as_slice(), &[0xaa]].concat());
    let counts = format!("d8:completei{complete}e10:downloadedi0e10:incompletei{incomplete}eeee");
    body.extend(counts.as_bytes());
    let web = Web::start(move |_| response("200 OK", "", &body)).await;
    let estate: Estate = serde_json::from_value(json!({
        "schema": "lifeboat/estate/v1", "id": "small",
        "probing": {"target_budget": "3s", "tries": 1},
        "trackers": [{"id": "two", "urls": [web.url("/announce")]}, {"id": "one", "urls": [web.url("/announce")]}],
    }))
    .unwrap();
    let torrents = ["east", "west"].map(|seedbox| (seedbox.into(), HASH.to_owned())).to_vec();
    let verify = Verify {
        ask: vec![Witness::Trackers],
        want: WantWord::Listed,
        expected: Expected::Listed { after: "two".into(), before: Some("one".into()), torrents },
        not_yet_until: Span::from_secs(60),
        turn: None,
    };
    action::verify(&field(), &estate, &verify, direction).await
}

fn every_seedbox_of_a_torrent_is_counted() {
    play(async {
        for (complete, incomplete, all) in
            [(0, 0, false), (1, 0, false), (0, 1, false), (2, 0, true), (1, 1, true), (9, 0, true)]
        {
            let said = asked(complete, incomplete, Direction::Do).await;
            assert_eq!(said.all, all, "{complete} and {incomplete}: {}", said.because);
            let partly = !all && complete + incomplete > 0;
            assert_eq!(partly, said.because.contains("1 of 2 peers"), "{}", said.because);
        }
        // An undo promises a tracker that answers; clients come back in their own time.
        assert!(asked(0, 0, Direction::Undo).await.all);
    });
}
