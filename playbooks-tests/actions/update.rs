//! Signed updates when the server, or something in front of it, misbehaves: only what is signed counts.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use libtest_mimic::Trial;
use lifeboat::host::Secrets;
use lifeboat::model::{DnsProvider, RrContent, RrKey, Rrset, Sent};
use lifeboat::service::Field;
use lifeboat::service::dns::rfc2136::write;
use lifeboat::service::dns::{Server, UpdateError};
use lifeboat::wire::dns::{Given, Hash, Key, decode_update, encode_outcome};
use serde_json::json;

use super::{field, play};

pub fn trials() -> Vec<Trial> {
    trials![
        only_a_signed_answer_counts,
        what_breaks_off_is_a_doubt,
        nothing_is_sent_without_a_usable_key,
        no_words_hold_the_secret,
    ]
}

const SOON: Duration = Duration::from_secs(5);
/// A secret with what has to be escaped, in base 64.
const SECRET: &str = "c2VjcmV0LWNhbmFyeSsvJQ==";
const PLAIN: &str = "secret-canary+/%";

fn provider(at: SocketAddr) -> DnsProvider {
    let tsig = json!({"name": "lab-key", "algorithm": "hmac-sha256", "secret": {"env": "KEY"}});
    let document = json!({"id": "own", "kind": "rfc2136", "server": at.to_string(), "tsig": tsig, "nameservers": []});
    serde_json::from_value(document).unwrap()
}

fn key(secret: &str) -> Key {
    Key::new("lab-key", Hash::Sha256, secret.as_bytes().to_vec().into()).unwrap()
}

fn set(data: &str) -> Rrset {
    let key = RrKey { name: "www.zone.test.".to_owned(), kind: "A".to_owned() };
    let records = vec![RrContent { content: data.to_owned(), disabled: false, beside: None }];
    Rrset { key, ttl: 300, records, comments: Vec::new() }
}

/// Listens, takes one message, and gives back what `answer` makes of it; the message comes out of the channel.
fn server(answer: impl Fn(&[u8]) -> Vec<u8> + Send + 'static) -> (SocketAddr, Receiver<Vec<u8>>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let (at, (came, message)) = (listener.local_addr().unwrap(), channel());
    thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        let request = take(&mut client);
        client.write_all(&answer(&request)).unwrap();
        // Not every trial looks at what came.
        let _ = came.send(request);
    });
    (at, message)
}

fn take(client: &mut TcpStream) -> Vec<u8> {
    let mut length = [0; 2];
    client.read_exact(&mut length).unwrap();
    let mut message = vec![0; usize::from(u16::from_be_bytes(length))];
    client.read_exact(&mut message).unwrap();
    message
}

fn framed(message: Vec<u8>) -> Vec<u8> {
    let length = u16::try_from(message.len()).unwrap();
    [&length.to_be_bytes()[..], &message].concat()
}

/// The field of these trials, with the key's secret.
fn keyed() -> Field {
    Field { secrets: Secrets::fixed(SECRET), ..field() }
}

fn sent(at: SocketAddr) -> Sent {
    let server = Server::of_provider(&provider(at)).unwrap();
    let (before, after) = ([set("192.0.2.1")], [set("192.0.2.2")]);
    play(write(&keyed(), &server, "zone.test.", (&before, &after), SOON))
}

/// Answers with a code, signed with a secret, now.
fn signed(code: &'static str, secret: &'static str, late: u64) -> impl Fn(&[u8]) -> Vec<u8> {
    move |request: &[u8]| {
        let proof = key(PLAIN).check(request, &[]).unwrap();
        assert!(proof.signed, "the request is signed");
        let id = u16::from_be_bytes([request[0], request[1]]);
        let bytes = encode_outcome(id, code).unwrap();
        framed(key(secret).sign_reply(&bytes, &proof.mac, proof.time + late).bytes)
    }
}

fn only_a_signed_answer_counts() {
    for (code, wanted) in [
        ("NOERROR", "written"),
        ("NXRRSET", "refused: drift"),
        ("YXRRSET", "refused: drift"),
        ("NXDOMAIN", "refused: drift"),
        ("NOTAUTH", "refused: does not hold the zone `zone.test.`"),
        ("REFUSED", "refused: allow"),
        ("FORMERR", "refused: FORMERR"),
        ("NOTZONE", "refused: NOTZONE"),
        ("SERVFAIL", "lost: SERVFAIL"),
        ("RCODE14", "lost: RCODE14"),
    ] {
        let (at, message) = server(signed(code, PLAIN, 0));
        let found = match sent(at) {
            Sent::Written => "written".to_owned(),
            Sent::Refused(said) => format!("refused: {said}"),
            Sent::Lost(said) => format!("lost: {said}"),
            Sent::Later { because, .. } => panic!("{because}"),
        };
        let (kind, words) = wanted.split_once(": ").unwrap_or((wanted, ""));
        assert!(found.starts_with(kind) && found.contains(words), "{code}: {found}");
        let (_, update) = decode_update(&message.recv().unwrap()).unwrap();
        assert!(matches!(&update.given[0], Given::Is { data, .. } if data == &["192.0.2.1"]));
    }
    let unsigned = |code: &'static str| {
        move |request: &[u8]| {
            framed(encode_outcome(u16::from_be_bytes([request[0], request[1]]), code).unwrap())
        }
    };
    for code in ["NOERROR", "NXRRSET", "REFUSED", "NOTAUTH"] {
        assert!(matches!(sent(server(unsigned(code)).0), Sent::Lost(_)), "{code} unsigned");
        let by_another = sent(server(signed(code, "another", 0)).0);
        assert!(matches!(by_another, Sent::Lost(_)), "{code} by another: {by_another:?}");
        let of_another_day = sent(server(signed(code, PLAIN, 86_400)).0);
        assert!(matches!(of_another_day, Sent::Lost(_)), "{code} of another day");
    }
}

fn what_breaks_off_is_a_doubt() {
    let whole = |request: &[u8]| signed("NOERROR", PLAIN, 0)(request);
    for answer in [
        Box::new(|_: &[u8]| Vec::new()) as Box<dyn Fn(&[u8]) -> Vec<u8> + Send>,
        Box::new(move |request: &[u8]| whole(request)[..20].to_vec()),
        Box::new(|_: &[u8]| framed(b"HTTP/1.1 400 Bad Request".to_vec())),
        Box::new(move |request: &[u8]| {
            let mut bytes = whole(request);
            bytes[2] ^= 1;
            bytes
        }),
    ] {
        let sent = sent(server(answer).0);
        assert!(matches!(sent, Sent::Lost(_)), "{sent:?}");
    }
    let nobody = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
    assert!(matches!(sent(nobody), Sent::Refused(said) if said.contains("refused")));
}

fn nothing_is_sent_without_a_usable_key() {
    let at: SocketAddr = "127.0.0.1:1".parse().unwrap();
    let server = Server::of_provider(&provider(at)).unwrap();
    let field = Field { secrets: Secrets::fixed("no base 64!"), ..field() };
    let sent = play(write(
        &field,
        &server,
        "zone.test.",
        (&[set("192.0.2.1")], &[set("192.0.2.2")]),
        SOON,
    ));
    let Sent::Refused(said) = sent else { panic!("{sent:?}") };
    assert!(said.contains("base 64") && !said.contains("no base 64!"), "{said}");
    let other = |change: fn(&mut DnsProvider)| {
        let mut provider = provider(at);
        change(&mut provider);
        Server::of_provider(&provider).unwrap_err().to_string()
    };
    assert!(other(|it| it.server = None).contains("`server`"));
    assert!(other(|it| it.tsig = None).contains("`tsig`"));
    let mut weak = provider(at);
    weak.tsig.as_mut().unwrap().algorithm = "hmac-sha1".to_owned();
    let weak = Server::of_provider(&weak).unwrap();
    let sent = play(write(
        &keyed(),
        &weak,
        "zone.test.",
        (&[set("192.0.2.1")], &[set("192.0.2.2")]),
        SOON,
    ));
    assert!(matches!(&sent, Sent::Refused(said) if said.contains("hmac-sha256")), "{sent:?}");
}

fn no_words_hold_the_secret() {
    let server_of = |at| Server::of_provider(&provider(at)).unwrap();
    let mut said = vec![
        format!("{:?}", server_of("127.0.0.1:1".parse().unwrap())),
        format!("{:?}", key(PLAIN)),
    ];
    for code in ["NOERROR", "NXRRSET", "NOTAUTH", "REFUSED", "SERVFAIL"] {
        said.push(format!("{:?}", sent(server(signed(code, "another", 0)).0)));
        let (at, _) = server(signed(code, PLAIN, 0));
        let found = play(lifeboat::service::dns::rfc2136::read(
            &keyed(),
            &server_of(at),
            "zone.test.",
            &[],
            SOON,
        ));
        let error: UpdateError = found.unwrap_err();
        said.push(format!("{error} {error:?} {:?}", error.hint()));
    }
    let hex: String = PLAIN.bytes().map(|byte| format!("{byte:02x}")).collect();
    for text in said {
        for canary in [SECRET, PLAIN, "secret-canary", hex.as_str()] {
            assert!(!text.contains(canary), "{text}");
        }
    }
}
