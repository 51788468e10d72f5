//! Approvals carried by git: a round trip between machines, approvers at once, and where there is no way.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use libtest_mimic::Trial;
use lifeboat::drive::carried::{self, CarriedError, Offer};
use lifeboat::host::Processes;
use lifeboat::model::{Direction, Id, Mode, Plan};
use lifeboat::net::Deadline;
use lifeboat::plan::Digest;
use lifeboat::repo::SharedApprovals;
use tokio::task::JoinSet;

use super::alone::at_terminal;
use super::people::signed_by_two;
use super::program::{Place, operation};
use super::{key, private};
use crate::locks::shared::{Ground, on_each, play};

/// Returns the trials of what is carried.
pub fn trials() -> Vec<Trial> {
    trials![
        b1_a_plan_is_signed_elsewhere_and_the_signatures_are_collected,
        b1_whoever_signs_at_once_gets_through,
        b1_nothing_is_carried_where_there_is_no_way,
    ]
}

pub const WITHIN: Duration = Duration::from_secs(30);

/// The incident's machine, a bare repository, and the approvers' machines beside it.
pub struct Scene {
    pub place: Place,
    pub ground: tempfile::TempDir,
    pub short: String,
    target: String,
    pub plan: Plan,
    journal: PathBuf,
}

impl Scene {
    pub fn set() -> Scene {
        let ground = tempfile::tempdir().unwrap();
        let bare = ground.path().join("ops.git");
        git2::Repository::init_bare(&bare).unwrap();
        let shared = format!("locks: {{ shared: {{ remote: {} }} }}\n", bare.display());
        let place = Place::with("people: 2, by: signature", |estate| estate + &shared);
        let (short, target, path) = place.plan();
        let plan = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        // The plan lies in a folder of its incident.
        let journal = Path::new(&path).ancestors().nth(2).unwrap().join("journal.jsonl");
        Scene { place, ground, short, target, plan, journal }
    }

    /// Makes an approver's machine: the same estate, and no incident.
    pub fn machine(&self, who: &str, seed: u8) -> PathBuf {
        let folder = self.ground.path().join(who);
        fs::create_dir(&folder).unwrap();
        for name in ["lifeboat.yaml", "allowed_signers"] {
            fs::copy(self.place.folder.path().join(name), folder.join(name)).unwrap();
        }
        fs::write(folder.join("key"), private(seed)).unwrap();
        folder
    }

    pub fn approve(&self, words: &[&str]) -> (i32, String) {
        let (code, out, talk) = self.place.run(&[&["approve", &self.short], words].concat(), "");
        (code, out + &talk)
    }

    /// Counts the approvals in the journal.
    pub fn approved(&self) -> usize {
        fs::read_to_string(&self.journal).unwrap().matches("\"approved\"").count()
    }
}

fn b1_a_plan_is_signed_elsewhere_and_the_signatures_are_collected() {
    let scene = Scene::set();
    let (short, target) = (scene.short.as_str(), scene.target.as_str());
    let (ben, carla) = (scene.machine("ben", 2), scene.machine("carla", 3));
    let sign = ["approve", short, "--offered", "--as", "ben", "--key", "key"];
    let (code, said) = scene.approve(&["--collect"]);
    assert!(code == 5 && said.contains("nothing lies at"), "{code}: {said}");
    let (code, _, talk) = Place::run_in(&ben, &sign, "");
    assert!(code == 5 && talk.contains("nothing lies at"), "{code}: {talk}");
    let (code, said) = scene.approve(&["--offer"]);
    assert!(code == 0 && said.contains("/approvals/"), "{code}: {said}");
    let (code, said) = scene.approve(&["--offer"]);
    assert!(code == 0 && said.contains("lay there already: it lies"), "{code}: {said}");
    let (code, said) = scene.approve(&["--collect"]);
    assert!(code == 5 && said.contains("nothing new lies there"), "{code}: {said}");

    // Ben reads it and types; a pipe and another target sign nothing.
    let (code, _, talk) = Place::run_in(&ben, &sign, &format!("{short}\n{target}\n"));
    let digest = Digest::of(&scene.plan).hex();
    assert!(code == 5 && talk.contains(&format!("digest: {digest}")), "{code}: {talk}");
    let mut session = at_terminal(&ben, "ben", &sign);
    session.answer("short digest: ", short);
    session.answer("target: ", "another");
    assert_eq!(session.finish().0, 5);
    assert_eq!(scene.approve(&["--collect"]).0, 5);
    let mut session = at_terminal(&ben, "ben", &sign);
    session.expect("journal: ");
    session.answer("short digest: ", short);
    session.answer("target: ", target);
    let (code, seen) = session.finish();
    assert!(code == 0 && seen.contains("Signed; it lies at"), "{code}: {seen}");

    // Carla signs with `ssh-keygen` what is printed, by the whole digest.
    let print = ["approve", &digest, "--offered", "--as", "carla"];
    let (code, text, talk) = Place::run_in(&carla, &print, "");
    assert!(code == 0 && talk.contains("--offered --take yes"), "{code}: {talk}");
    let signature = key(3).0.sign(text.as_bytes(), "lifeboat-approval@v1").unwrap();
    fs::write(carla.join("yes"), text).unwrap();
    fs::write(carla.join("yes.sig"), signature).unwrap();
    let lay = ["approve", short, "--offered", "--take", "yes"];
    let (code, _, talk) = Place::run_in(&carla, &lay, "");
    assert!(code == 0, "{code}: {talk}");

    assert_eq!(scene.approved(), 0, "nothing counts before it is collected");
    let (code, said) = scene.approve(&["--collect"]);
    assert!(code == 0 && said.contains("ben.do: taken.") && said.contains("may go on"), "{said}");
    assert_eq!(scene.approved(), 2);
    let (code, said) = scene.approve(&["--collect"]);
    assert!(code == 5 && said.contains("carla.do: was taken before"), "{code}: {said}");
    let (code, said) = scene.approve(&["--offer"]);
    assert!(code == 0 && said.contains("with signatures"), "{code}: {said}");
    let run = ["run", short, "--wait", "1s", "--deadline", "4s"];
    let (code, out, talk) = scene.place.run(&run, "");
    assert!(code == 0 || code == 9, "{code}: {out}{talk}");
    assert_eq!(scene.place.changes(), 3);
}

fn approvals(ground: &Ground, machine: &str) -> SharedApprovals {
    let (remote, home, scratch) = ground.seen_from(machine);
    SharedApprovals::open(&remote, &home, scratch, &"e".into(), Processes::live()).unwrap()
}

fn b1_whoever_signs_at_once_gets_through() {
    on_each(|ground| {
        play(async {
            let plan = signed_by_two();
            let (digest, until) = (Digest::of(&plan), Deadline::after(WITHIN));
            let here = approvals(&ground, "here");
            let offered = carried::offer(&here, &plan, None, until).await.unwrap();
            assert_eq!(offered, Offer::New);
            let mut signing = JoinSet::new();
            for who in ["anna", "ben", "carla", "dora"] {
                let there = approvals(&ground, who);
                signing.spawn(async move {
                    let whose = (&Id::from(who), Direction::Do);
                    carried::add(&there, &digest, whose, "yes", until).await.unwrap();
                });
            }
            signing.join_all().await;
            let found = carried::find(&here, &digest.short(), until).await.unwrap();
            let names: Vec<&str> = found.signed().map(|(name, _)| name).collect();
            assert_eq!(names, ["anna.do", "ben.do", "carla.do", "dora.do"]);
            // Whoever signs again is there once.
            let whose = (&Id::from("ben"), Direction::Do);
            carried::add(&here, &digest, whose, "again", until).await.unwrap();
            let again = carried::offer(&here, &plan, None, until).await.unwrap();
            assert_eq!(again, Offer::There(4));
        });
    });
}

fn b1_nothing_is_carried_where_there_is_no_way() {
    let scene = Scene::set();
    let ben = scene.machine("ben", 2);
    let short = scene.short.as_str();
    let offered = ["approve", short, "--offered", "--as", "ben", "--key", "key"];
    for way in ["--offer", "--collect", "--offered"] {
        let (code, said) = scene.approve(&[way, "--offline"]);
        assert!(code == 10 && said.contains("offline"), "{way}: {code}: {said}");
    }
    for words in [["--offer", "--collect"], ["--offer", "--as=ben"], ["--collect", "--undo"]] {
        let (code, said) = scene.approve(&words);
        assert_eq!(code, 2, "{words:?}: {said}");
    }
    // Another estate than the one that the plan is of.
    assert_eq!(scene.approve(&["--offer"]).0, 0);
    let estate = fs::read_to_string(ben.join("lifeboat.yaml")).unwrap();
    fs::write(ben.join("lifeboat.yaml"), format!("{estate}# edited\n")).unwrap();
    let (code, _, talk) = Place::run_in(&ben, &offered, "");
    assert!(code == 6 && talk.contains("another estate"), "{code}: {talk}");
    fs::write(ben.join("lifeboat.yaml"), &estate).unwrap();
    // The remote is away.
    let bare = scene.ground.path().join("ops.git");
    fs::rename(&bare, scene.ground.path().join("aside.git")).unwrap();
    for way in ["--offer", "--collect"] {
        let (code, said) = scene.approve(&[way]);
        assert!(code == 10 && said.contains("cannot be reached"), "{way}: {code}: {said}");
    }
    let (code, _, talk) = Place::run_in(&ben, &offered, "");
    assert!(code == 10 && talk.contains("cannot be reached"), "{code}: {talk}");
    assert_eq!(scene.approved(), 0);
    // No remote, and none in a drill.
    let none = estate.split("locks:").next().unwrap();
    fs::write(ben.join("lifeboat.yaml"), none).unwrap();
    let (code, _, talk) = Place::run_in(&ben, &offered, "");
    assert!(code == 2 && talk.contains("names no remote"), "{code}: {talk}");
    let mut operation = operation(scene.place.folder.path());
    operation.mode = Mode::Drill;
    assert!(matches!(carried::open(&operation), Err(CarriedError::Drill)));
    // Whoever types at a terminal signs nothing.
    let typed = Place::start("people: 1, by: terminal");
    let (short, ..) = typed.plan();
    for way in ["--offer", "--collect"] {
        let (code, _, talk) = typed.run(&["approve", &short, way], "");
        assert!(code == 2 && talk.contains("nobody is to sign"), "{way}: {code}: {talk}");
    }
}
