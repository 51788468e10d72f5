//! The APIs of providers, each looked at once: what a look shows of our credential, and what it costs.

use std::sync::{Arc, Mutex};

use libtest_mimic::Trial;
use lifeboat::host::Secrets;
use lifeboat::model::{ApiAnswer, Ending, Observation, ProbeKind, SecretRef};
use lifeboat::net::loopback::TcpServer;
use lifeboat::net::{Deadline, Transport};
use lifeboat::service::Field;
use serde_json::{Value, json};

use super::servers::Cast;
use super::{AMPLE, estate, play, run, sealed};

pub fn trials() -> Vec<Trial> {
    trials![a_look_starts_no_program_for_a_credential]
}

/// Plays an API that takes everybody, and notes what it was asked.
async fn api(cast: &mut Cast) -> Arc<Mutex<Vec<String>>> {
    let server = TcpServer::open().await.unwrap();
    cast.add("192.0.2.41:443", Transport::Tcp, server.address());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let (kept, ample) = (Arc::clone(&asked), Deadline::after(AMPLE));
    tokio::spawn(async move {
        while let Ok(mut stream) = server.accept().await {
            let head = stream.read_some(4096, ample).await.unwrap();
            kept.lock().unwrap().push(String::from_utf8(head).unwrap().to_ascii_lowercase());
            let reply = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
            stream.write_all(reply, ample).await.unwrap();
            stream.finish(ample).await.unwrap();
        }
    });
    asked
}

/// Looks at an API whose credential lies at a place: what came of it, what was asked, and which places were read.
async fn looked(credential: Value) -> (ApiAnswer, Vec<String>, Vec<SecretRef>) {
    let mut cast = Cast::default();
    let asked = api(&mut cast).await;
    let provider = json!({ "id": "main", "kind": "powerdns", "credential": credential,
        "api": "https://api.main.example/api/v1/servers/localhost", "addresses": ["192.0.2.41"],
        "nameservers": [{ "name": "ns1.main.example.", "addresses": ["192.0.2.1"] }] });
    let read = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&read);
    let secrets = Secrets::fixed("c4n4ry").withholding(Arc::new(move |place: &SecretRef| {
        noted.lock().unwrap().push(place.clone());
        false
    }));
    let field = Field { secrets, ..sealed(cast.map.clone()) };
    let set = run(&estate(json!({ "dns_providers": [provider] })), &field, &[ProbeKind::Dns]).await;
    let answer = set.evidence.into_iter().find_map(|evidence| match evidence.observation {
        Observation::Api(api) => match api.ending {
            Ending::Answered(answer) => Some(answer),
            _ => None,
        },
        _ => None,
    });
    let (asked, read) = (asked.lock().unwrap().clone(), read.lock().unwrap().clone());
    (answer.unwrap(), asked, read)
}

fn a_look_starts_no_program_for_a_credential() {
    play(async {
        for (place, shown) in [
            (json!({ "env": "KEY" }), true),
            (json!({ "file": "private/key" }), true),
            (json!({ "command": ["pass", "show", "key"] }), false),
        ] {
            let (answer, asked, read) = looked(place.clone()).await;
            assert_eq!((answer.status, answer.with_credential), (Some(200), shown), "{place}");
            assert_eq!(read.len(), usize::from(shown), "{place}: {read:?}");
            assert_eq!(asked.len(), 1, "one look");
            assert_eq!(asked[0].contains("x-api-key: c4n4ry"), shown, "{place}: {}", asked[0]);
        }
    });
}
