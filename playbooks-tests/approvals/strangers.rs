//! A ref that a stranger filled: other plans and none, signatures of other things, names and sizes that are too much.

use std::fs;
use std::path::Path;

use git2::{ObjectType, Oid};
use libtest_mimic::Trial;
use lifeboat::drive::carried::{self, CarriedError, Offer};
use lifeboat::drive::sha256;
use lifeboat::host::Processes;
use lifeboat::model::{Direction, Id, Plan};
use lifeboat::net::Deadline;
use lifeboat::plan::Digest;
use lifeboat::repo::{Parcel, SharedApprovals, SharedError};

use super::carried::{Scene, WITHIN};
use super::key;
use super::people::signed_by_two;
use super::program::Place;
use crate::locks::shared::play;
use crate::trust::planted::{Planted, written};

/// Returns the trials of strangers.
pub fn trials() -> Vec<Trial> {
    trials![
        b1_what_a_stranger_lays_in_a_plan_s_place_is_refused,
        b1_what_a_stranger_lays_beside_a_plan_is_named_and_not_taken,
    ]
}

/// What a stranger put at the ref, and a word of the refusal.
type Laid = (&'static str, fn(&Planted, &Plan) -> (String, Oid));

fn text(plan: &Plan) -> String {
    Digest::text(plan)
}

/// Lays one file, and says the digest that it has.
fn alone(planted: &Planted, mode: &str, name: &str, bytes: &[u8]) -> (String, Oid) {
    let tree = planted.tree(&[(mode, name.as_bytes(), planted.blob(bytes))]);
    (sha256(bytes), planted.commit(tree, &[], ""))
}

const PLACES: &[Laid] = &[
    ("its plan has the digest", |planted, plan| {
        let mut other = plan.clone();
        other.target = "another".into();
        (Digest::of(plan).hex(), alone(planted, "100644", "plan.json", text(&other).as_bytes()).1)
    }),
    ("its plan has the digest", |planted, plan| {
        let pretty = serde_json::to_vec_pretty(plan).unwrap();
        (Digest::of(plan).hex(), alone(planted, "100644", "plan.json", &pretty).1)
    }),
    ("says more than this version", |planted, plan| {
        let more = text(plan).replacen('{', "{\"also\":\"rm -rf /\",", 1);
        alone(planted, "100644", "plan.json", more.as_bytes())
    }),
    ("says more than this version", |planted, plan| {
        let other = Plan { schema: "lifeboat.plan/v9".to_owned(), ..plan.clone() };
        alone(planted, "100644", "plan.json", text(&other).as_bytes())
    }),
    ("cannot be read: expected value", |planted, _| {
        alone(planted, "100644", "plan.json", b"\x1b[2J\x1b]0;x\x07")
    }),
    ("cannot be read: invalid type", |planted, _| {
        alone(planted, "100644", "plan.json", "[".repeat(60_000).as_bytes())
    }),
    ("has 2097152 bytes", |planted, _| alone(planted, "100644", "plan.json", &vec![b' '; 2 << 20])),
    ("it is a symbolic link", |planted, plan| {
        alone(planted, "120000", "plan.json", text(plan).as_bytes())
    }),
    ("another repository", |planted, plan| {
        alone(planted, "160000", "plan.json", text(plan).as_bytes())
    }),
    ("another kind", |planted, plan| {
        let folder = planted.tree(&[("100644", b"plan.json", planted.blob(text(plan)))]);
        let tree = planted.tree(&[("40000", b"plan.json", folder)]);
        (Digest::of(plan).hex(), planted.commit(tree, &[], ""))
    }),
    ("`plan.json`: it is not there", |planted, plan| {
        alone(planted, "100644", "Plan.json", text(plan).as_bytes())
    }),
    ("more than 64 files", |planted, plan| {
        let (plan, names) = (text(plan), (0..64).map(|it| format!("c{it:02}.do")));
        let names: Vec<String> = names.collect();
        let mut entries: Vec<_> =
            names.iter().map(|it| ("100644", it.as_bytes(), planted.blob("x"))).collect();
        entries.push(("100644", b"plan.json", planted.blob(&plan)));
        (sha256(plan.as_bytes()), planted.commit(planted.tree(&entries), &[], ""))
    }),
    ("more than 10000 files", |planted, plan| {
        let blob = planted.blob("x");
        let names: Vec<String> = (0..10_001).map(|it| format!("c{it:05}.do")).collect();
        let entries: Vec<_> = names.iter().map(|it| ("100644", it.as_bytes(), blob)).collect();
        (Digest::of(plan).hex(), planted.commit(planted.tree(&entries), &[], ""))
    }),
    ("another kind", |planted, plan| (Digest::of(plan).hex(), planted.blob(text(plan)))),
    ("is not here", |planted, plan| {
        let nothing = Oid::from_str(&"7".repeat(40)).unwrap();
        (Digest::of(plan).hex(), planted.commit(nothing, &[], ""))
    }),
];

fn opened(planted: &Planted, home: &Path) -> SharedApprovals {
    let (there, scratch) = (planted.path().display().to_string(), home.join("shared.git"));
    SharedApprovals::open(&there, home, scratch, &"e".into(), Processes::live()).unwrap()
}

fn b1_what_a_stranger_lays_in_a_plan_s_place_is_refused() {
    play(async {
        let plan = signed_by_two();
        for (said, lay) in PLACES {
            let (planted, home) = (Planted::new(), tempfile::tempdir().unwrap());
            let (digest, laid) = lay(&planted, &plan);
            let (approvals, until) = (opened(&planted, home.path()), Deadline::after(WITHIN));
            put(planted.git(), &approvals.reference(&digest[..8]), laid);
            let refused = carried::find(&approvals, &digest, until).await.unwrap_err();
            assert!(matches!(refused, CarriedError::Refused { .. }), "{said}: {refused:?}");
            let words = refused.to_string();
            assert!(words.contains(said) && refused.hint().is_some(), "{said}: {words}");
            assert!(!words.chars().any(char::is_control), "{words:?}");
            let whose = (&Id::from("ben"), Direction::Do);
            let added = carried::add(&approvals, &Digest::of(&plan), whose, "yes", until).await;
            assert!(added.is_err(), "{said}: a signature was laid beside it");
        }
        // Whoever offers the plan puts it in the place of what is none, and nobody's race is lost by it.
        let (planted, home) = (Planted::new(), tempfile::tempdir().unwrap());
        let (approvals, until) = (opened(&planted, home.path()), Deadline::after(WITHIN));
        let (digest, laid) = PLACES[0].1(&planted, &plan);
        put(planted.git(), &approvals.reference(&digest[..8]), laid);
        let offer = carried::offer(&approvals, &plan, None, until).await.unwrap();
        assert!(
            matches!(&offer, Offer::Instead(why) if why.contains("has the digest")),
            "{offer:?}"
        );
        let found = carried::find(&approvals, &digest.to_uppercase(), until).await.unwrap();
        assert_eq!(found.plan, plan);
        let seen = Some(laid.to_string());
        let parcel = Parcel::of(b"x".to_vec(), Vec::new()).unwrap();
        let lost = approvals.lay(&digest[..8], seen, &parcel, WITHIN).await.unwrap_err();
        assert_eq!(lost, SharedError::Lost, "a swap from what is gone");
        for wrong in ["", "1f2e3d4", "1f2e3d4g", "../../x", &"a".repeat(65)] {
            let refused = carried::find(&approvals, wrong, until).await.unwrap_err();
            assert!(matches!(refused, CarriedError::NoDigest(_)), "{wrong}: {refused}");
        }
    });
}

/// Lets a ref name an object, whatever it is.
fn put(git: &Path, reference: &str, id: Oid) {
    let path = git.join(reference);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, format!("{id}\n")).unwrap();
}

fn b1_what_a_stranger_lays_beside_a_plan_is_named_and_not_taken() {
    let scene = Scene::set();
    let (short, place) = (scene.short.as_str(), &scene.place);
    assert_eq!(scene.approve(&["--offer"]).0, 0);
    let statement = |who: &str| place.run(&["approve", short, "--as", who], "").1;
    let (ben, carla) = (statement("ben"), statement("carla"));
    let signed = |text: &str, seed: u8, namespace: &str| {
        text.to_owned() + &key(seed).0.sign(text.as_bytes(), namespace).unwrap()
    };
    let live = "lifeboat-approval@v1";
    let line = |text: &str, name: &str| {
        text.lines().find(|line| line.starts_with(name)).unwrap().to_owned()
    };
    let altered = |name: &str, value: &str| {
        let text = carla.replace(&line(&carla, name), &format!("{name}: {value}"));
        signed(&text, 3, live).into_bytes()
    };
    let good = signed(&ben, 2, live).into_bytes();
    let foreign = format!("0:{}", "ab".repeat(32));
    let beyond = format!("99:{}", "ab".repeat(32));
    let cases: [(&str, &[u8], Vec<u8>, &str); 26] = [
        ("100644", b"a01.do", altered("plan", &"ab".repeat(32)), "it says `plan: abab"),
        ("100644", b"a02.do", altered("mode", "drill: EXERCISE"), "it says `mode: drill"),
        ("100644", b"a03.do", altered("estate", "x sha256:0"), "it says `estate: x"),
        ("100644", b"a04.do", altered("target", "\u{1b}[2J\u{202e}"), "it says `target: \\u{1b}"),
        ("100644", b"a05.do", altered("journal", &foreign), "about another journal"),
        ("100644", b"a06.do", altered("journal", &beyond), "about another journal"),
        ("100644", b"a07.do", altered("expires", "2020-01-01T00:00:00Z"), "it has expired"),
        ("100644", b"a08.do", altered("expires", "2099-01-01T00:00:00Z"), "longer than the policy"),
        ("100644", b"a09.do", altered("approver", "mallory x"), "names no such approver"),
        ("100644", b"a10.do", signed(&carla, 3, "git").into_bytes(), "in the namespace `git`"),
        (
            "100644",
            b"a11.do",
            signed(&carla, 3, "lifeboat-drill-approval@v1").into_bytes(),
            "in the namespace `lifeboat-drill-approval@v1`",
        ),
        ("100644", b"a12.do", signed(&carla, 2, live).into_bytes(), "not that of carla"),
        ("100644", b"a13.do", signed(&carla, 9, live).into_bytes(), "is nobody's in"),
        ("100644", b"a14.do", carla.clone().into_bytes(), "cannot be read"),
        (
            "100644",
            b"a15.do",
            signed(&carla, 3, live).replace("direction: do", "direction: undo").into_bytes(),
            "did not sign these bytes",
        ),
        ("100644", b"a16.do", [0xff; 64].to_vec(), "what was signed is no text"),
        ("100644", b"a17.do", Vec::new(), "is no approval of a plan"),
        ("100644", b"a18.do", vec![b'x'; 17 << 10], "has 17408 bytes"),
        ("120000", b"a19.do", good.clone(), "it is a symbolic link"),
        ("100644", b"a20.do", good.clone(), "taken."),
        ("100644", b"a21.undo", good, "was taken before"),
        ("100644", b"a\x1b[2J\nb.do", b"x".to_vec(), "it is nothing of ours"),
        ("100644", b"../../escape.do", b"x".to_vec(), "it is nothing of ours"),
        ("100644", b"README.md", b"x".to_vec(), "it is nothing of ours"),
        ("100644", b"a20.do", b"x".to_vec(), "two entries have its name"),
        ("40000", b"hooks", Vec::new(), "it is nothing of ours"),
    ];
    let bare = git2::Repository::open_bare(scene.ground.path().join("ops.git")).unwrap();
    let objects = bare.odb().unwrap();
    let mut tree = Vec::new();
    let mut enter = |mode: &str, name: &[u8], bytes: &[u8]| {
        let id = objects.write(ObjectType::Blob, bytes).unwrap();
        tree.extend([mode.as_bytes(), b" ", name, b"\0", id.as_bytes()].concat());
    };
    enter("100644", b"plan.json", text(&scene.plan).as_bytes());
    enter("100644", b"journal", b"\x1b[2J not a head");
    cases.iter().for_each(|(mode, name, bytes, _)| enter(mode, name, bytes));
    let tree = objects.write(ObjectType::Tree, &tree).unwrap();
    let commit = objects.write(ObjectType::Commit, written(tree, &[], "").as_bytes()).unwrap();
    let names: Vec<String> =
        bare.references().unwrap().map(|it| it.unwrap().name().unwrap().to_owned()).collect();
    put(bare.path(), &names[0], commit);

    let (code, said) = scene.approve(&["--collect"]);
    assert_eq!(code, 0, "{said}");
    for (_, name, _, because) in &cases {
        let shown = String::from_utf8_lossy(name);
        let shown = shown.split(|c: char| c.is_control()).next().unwrap();
        let named = said.lines().any(|line| line.contains(shown) && line.contains(because));
        assert!(named, "{shown} {because}: {said}");
    }
    assert!(said.contains("journal: it is no head"), "{said}");
    assert!(!said.chars().any(|c| c != '\n' && c.is_control()), "{said:?}");
    assert_eq!(scene.approved(), 1, "ben's alone");
    eprintln!("B1: {} things beside a plan, 1 of them taken", cases.len());
    // Nothing of it spoils the journal, nor what others sign from then on.
    assert_eq!(place.run(&["journal", "verify"], "").0, 0);
    let carla = scene.machine("carla", 3);
    fs::write(carla.join("yes"), signed(&statement("carla"), 3, live)).unwrap();
    let lay = ["approve", short, "--offered", "--take", "yes"];
    let (code, _, talk) = Place::run_in(&carla, &lay, "");
    assert!(code == 0 && talk.contains("README.md: it is nothing of ours"), "{code}: {talk}");
    let (code, said) = scene.approve(&["--collect"]);
    assert!(code == 0 && said.contains("may go on") && !said.contains("README"), "{code}: {said}");
}
