//! Printed codes: what one binds, how often it counts, and a person at a phone from beginning to end.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;

use jiff::{SignedDuration, Timestamp};
use libtest_mimic::Trial;
use lifeboat::document::{self, Source};
use lifeboat::engine::{Approved, NotApproved};
use lifeboat::journal::Vouched;
use lifeboat::model::{
    ApprovalMeans, ApprovalProof, Approver, CodeLine, CodeSheets, Direction, Event, Head, Id, Mode,
    OnFail, Phase, Plan, Record, Secret,
};
use lifeboat::plan::Digest;
use lifeboat::store::Incidents;
use lifeboat::trust::{
    AllowedSigners, Code, Doubt, Revoked, Statement, namespace, vouch, vouch_codes,
};

use super::alone::at_terminal;
use super::key;
use super::program::Place;
use crate::secrets::search::{hits, sinks};
use crate::signals::pty::{Output, Session};
use crate::simulator::plan::{at, change, free, plan};
use crate::simulator::play::{Fate, Stage};

/// Returns the trials of printed codes.
pub fn trials() -> Vec<Trial> {
    trials![
        b5_a_code_is_one_other_person_and_binds_what_a_signature_binds,
        b6_a_code_is_spent_once_and_dies_with_its_time_and_its_sheet,
        b5_b11_a_code_over_the_phone_is_recorded_as_what_it_is,
        b11_a_drill_spends_no_code,
    ]
}

/// A plan that takes codes, asked for by anna; ben and carla may approve it.
fn takes_codes(people: u8) -> Plan {
    let mut plan = plan(vec![change("a-", OnFail::Hold, 1, false, free())]);
    let approval = plan.approval.as_mut().unwrap();
    (approval.people, approval.by, approval.codes) = (people, ApprovalMeans::Signature, true);
    approval.requester = Some(Id::from("anna"));
    let approver =
        |name: &str| Approver { contact: Id::from(name), principal: format!("{name}@example.org") };
    approval.approvers = ["anna", "ben", "carla"].map(approver).into();
    plan
}

/// The code of a contact's number, and the line that knows it again, which is made once.
fn printed(contact: &str, number: u8) -> (Code, CodeLine) {
    static MADE: Mutex<BTreeMap<(String, u8), CodeLine>> = Mutex::new(BTreeMap::new());
    let code =
        Code::draw(std::array::from_fn(|at| contact.as_bytes()[at % contact.len()] ^ number));
    let make = || code.line(&contact.into(), number, [number; 16]);
    let mut made = MADE.lock().unwrap();
    let line = made.entry((contact.to_owned(), number)).or_insert_with(make).clone();
    (code, line)
}

fn sheets(of: &[(&str, u8)]) -> CodeSheets {
    CodeSheets { lines: of.iter().map(|(contact, number)| printed(contact, *number).1).collect() }
}

/// One yes by a code: whose, which, and what is odd about it.
struct Yes {
    by: &'static str,
    /// Whose code was typed.
    code_of: &'static str,
    number: u8,
    said: Plan,
    direction: Direction,
    expires: u64,
    recorded_expires: u64,
    recorded_head: Option<Head>,
    means: ApprovalProof,
    marked: bool,
}

fn yes(by: &'static str, number: u8, plan: &Plan) -> Yes {
    Yes {
        by,
        code_of: by,
        number,
        said: plan.clone(),
        direction: Direction::Do,
        expires: 60_000,
        recorded_expires: 60_000,
        recorded_head: None,
        means: ApprovalProof::Code,
        marked: true,
    }
}

fn said(plan: &Plan, contact: &str, direction: Direction, expires: u64) -> String {
    let (digest, principal) = (Digest::of(plan).hex(), format!("{contact}@example.org"));
    let (digest, principal, head) = (digest.as_str(), principal.as_str(), None);
    Statement { plan, digest, direction, head, expires: at(expires), contact, principal }.text()
}

impl Yes {
    fn event(&self, plan: &Plan) -> Event {
        let text = said(&self.said, self.by, self.direction, self.expires);
        let (code, line) = printed(self.code_of, self.number);
        let mark = code.mark(&line, &text).unwrap().unwrap();
        Event::Approved {
            digest: Digest::of(plan).hex(),
            by: self.by.to_owned(),
            means: self.means,
            direction: Direction::Do,
            expires: at(self.recorded_expires),
            head: self.recorded_head.clone(),
            signature: None,
            standing: None,
            code: self.marked.then_some(mark),
        }
    }
}

/// Judges a journal's approvals as a run does, the codes that were spent elsewhere apart.
fn judged(
    stage: &Stage,
    plan: &Plan,
    sheets: &CodeSheets,
    spent: &[u8],
) -> Result<Approved, NotApproved> {
    let digest = Digest::of(plan).hex();
    let line = |(name, seed): (&str, u8)| format!("{name}@example.org {}\n", key(seed).1);
    let allowed: String = [("anna", 1), ("ben", 2), ("carla", 3)].map(line).concat();
    let lists = (&AllowedSigners::parse(allowed.as_bytes()), &Revoked::default());
    let (records, now) = (&stage.journal, stage.now());
    let (mut vouched, mut doubted) = vouch(plan, &digest, records, lists, now);
    let barred = |_: &Record, line: &CodeLine| {
        spent.contains(&line.number).then_some(Doubt::Spent(line.number))
    };
    vouch_codes(plan, &digest, records, sheets, barred, (&mut vouched, &mut doubted));
    Approved::find_signed(plan.clone(), Direction::Do, records, &vouched, now)
}

fn staged(plan: &Plan, given: &[Event]) -> Stage {
    let mut stage = Stage::new(plan.clone());
    given.iter().for_each(|event| stage.note(event.clone()));
    stage.world.now = 30_000;
    stage
}

fn b5_a_code_is_one_other_person_and_binds_what_a_signature_binds() {
    let plan = takes_codes(1);
    let all = sheets(&[("anna", 1), ("ben", 1), ("carla", 1)]);
    let stands = |plan: &Plan, given: &[Event]| judged(&staged(plan, given), plan, &all, &[]);
    stands(&plan, &[yes("ben", 1, &plan).event(&plan)]).unwrap();
    let odd = |change: &dyn Fn(&mut Yes)| {
        let mut yes = yes("ben", 1, &plan);
        change(&mut yes);
        (plan.clone(), yes.event(&plan))
    };
    let of = |change: &dyn Fn(&mut Plan)| {
        let mut plan = plan.clone();
        change(&mut plan);
        let given = yes("ben", 1, &plan).event(&plan);
        (plan, given)
    };
    fn approval(plan: &mut Plan) -> &mut lifeboat::model::PlannedApproval {
        plan.approval.as_mut().unwrap()
    }
    let mut newer = plan.clone();
    newer.phase = Phase::Recovery;
    let head = Head { seq: 1, hash: "00".repeat(32) };
    let cases: Vec<(&str, (Plan, Event))> = vec![
        ("whoever asked", (plan.clone(), yes("anna", 1, &plan).event(&plan))),
        ("a yes to another plan", odd(&|it| it.said = newer.clone())),
        ("a yes to the undo", odd(&|it| it.direction = Direction::Undo)),
        ("a yes in a drill", odd(&|it| it.said.mode = Mode::Drill)),
        ("a longer time in the record", odd(&|it| it.recorded_expires = 70_000)),
        ("another head in the record", odd(&|it| it.recorded_head = Some(head.clone()))),
        ("somebody else's code", odd(&|it| it.code_of = "carla")),
        ("a number that is on no sheet", odd(&|it| it.number = 2)),
        ("a record that only says so", odd(&|it| it.marked = false)),
        ("called a signature", odd(&|it| it.means = ApprovalProof::Signature)),
        ("called a yes at a terminal", odd(&|it| it.means = ApprovalProof::Terminal)),
        ("a policy that takes none", of(&|it| approval(it).codes = false)),
        ("a policy at terminals", of(&|it| approval(it).by = ApprovalMeans::Terminal)),
        ("no approver any more", of(&|it| drop(approval(it).approvers.remove(1)))),
        ("a drill", of(&|it| it.mode = Mode::Drill)),
        ("two people", of(&|it| approval(it).people = 2)),
        ("nobody knows who asked", of(&|it| approval(it).requester = None)),
    ];
    for (what, (plan, given)) in &cases {
        let refused = stands(plan, std::slice::from_ref(given));
        assert!(refused.is_err(), "{what}: it may run");
    }
    // A drill takes none, whatever its plan says and whoever spoke it.
    let mut drill = plan.clone();
    drill.mode = Mode::Drill;
    let (stage, digest) =
        (staged(&drill, &[yes("ben", 1, &drill).event(&drill)]), Digest::of(&drill).hex());
    let (mut vouched, mut doubted) = (Vouched::default(), Vec::new());
    let both = (&mut vouched, &mut doubted);
    vouch_codes(&drill, &digest, &stage.journal, &all, |_, _| None, both);
    let doubts: Vec<&Doubt> = doubted.iter().map(|it| &it.because).collect();
    assert_eq!(doubts, [&Doubt::Drill]);

    // Two codes are two people; a code and a signature of one person are one, whichever came last.
    let two = takes_codes(2);
    let signature =
        key(2).0.sign(said(&two, "ben", Direction::Do, 60_000).as_bytes(), namespace(Mode::Live));
    let mut signed = yes("ben", 1, &two).event(&two);
    if let Event::Approved { means, code, signature: signed, .. } = &mut signed {
        (*means, *code, *signed) = (ApprovalProof::Signature, None, Some(signature.unwrap()));
    }
    let [ben, carla] = ["ben", "carla"].map(|by| yes(by, 1, &two).event(&two));
    stands(&two, &[ben.clone(), carla.clone()]).unwrap();
    stands(&two, &[signed.clone(), carla.clone()]).unwrap();
    // A code that does not count takes nothing away from a signature that does.
    let void = yes("ben", 2, &two).event(&two);
    stands(&two, &[signed.clone(), void, carla]).unwrap();
    let mut same = two.clone();
    same.approval.as_mut().unwrap().approvers[2].principal = "ben@example.org".to_owned();
    let once = [
        ("a code and a signature", two.clone(), vec![ben.clone(), signed.clone()]),
        ("a signature and a code", two.clone(), vec![signed, ben.clone()]),
        ("the same code twice", two.clone(), vec![ben.clone(), ben]),
    ];
    for (what, plan, given) in &once {
        let refused = stands(plan, given);
        assert!(
            matches!(refused, Err(NotApproved::Missing { have: 1, need: 2, .. })),
            "{what}: {refused:?}"
        );
    }
    eprintln!("B5: {} codes that count for nothing, {} that count once", cases.len(), once.len());
}

fn b6_a_code_is_spent_once_and_dies_with_its_time_and_its_sheet() {
    let plan = takes_codes(1);
    let given = [yes("ben", 3, &plan).event(&plan)];
    let sheet = sheets(&[("ben", 3)]);
    let mut stage = staged(&plan, &given);
    let mut moved = sheet.clone();
    moved.lines[0].number = 4;
    for (what, sheets, spent, stands) in [
        ("the sheet as it was", &sheet, &[][..], true),
        ("spent elsewhere", &sheet, &[3][..], false),
        ("a newer sheet", &sheets(&[("ben", 1), ("ben", 2)]), &[], false),
        ("a line of another number", &moved, &[], false),
        ("no sheet", &CodeSheets::default(), &[], false),
    ] {
        assert_eq!(judged(&stage, &plan, sheets, spent).is_ok(), stands, "{what}");
    }
    for (moment, stands) in [(59_999, true), (60_000, false), (864_000_000, false)] {
        let mut stage = staged(&plan, &given);
        stage.world.now = moment;
        assert_eq!(judged(&stage, &plan, &sheet, &[]).is_ok(), stands, "at {moment}");
        stage.note(Event::Noted { by: "ben".to_owned(), text: String::new() });
        stage.world.now = 0;
        assert_eq!(judged(&stage, &plan, &sheet, &[]).is_ok(), stands, "set back from {moment}");
    }
    let approved = judged(&stage, &plan, &sheet, &[]).unwrap();
    stage.process(approved, &mut |_, _| Fate::Well);
    let refused = judged(&stage, &plan, &sheet, &[]).unwrap_err();
    assert!(matches!(refused, NotApproved::Missing { have: 0, spent: 1, .. }), "{refused}");
}

const POLICY: &str = "people: 1, by: signature, codes: true";

/// Prints a sheet, and returns its codes by their numbers.
fn sheet(place: &Place, who: &str, count: &str) -> BTreeMap<u8, String> {
    let (code, out, talk) = place.run(&["approve", "--print-codes", count, "--as", who], "");
    assert!(code == 0 && talk.contains("Commit `one_time_codes`"), "{code}: {talk}");
    let pairs = out.lines().skip(1).map(|line| line.trim().split_once("  ").unwrap());
    pairs.map(|(number, code)| (number.parse().unwrap(), code.to_owned())).collect()
}

/// Lets anna type a plan's digest and target at a terminal, then codes; returns the exit code and the screen.
fn typed(
    place: &Place,
    (short, target): (&str, &str),
    words: &[&str],
    codes: &[&str],
) -> (i32, String) {
    let words = [&["approve", short][..], words].concat();
    let mut session = at_terminal(place.folder.path(), "anna", &words);
    session.answer("short digest: ", short);
    session.answer("target: ", target);
    for code in codes {
        session.answer("'s sheet: ", code);
    }
    session.finish()
}

fn b5_b11_a_code_over_the_phone_is_recorded_as_what_it_is() {
    let place = Place::start(POLICY);
    let folder = place.folder.path();
    let (short, target, _) = place.plan();
    let refused = |words: &[&str], input: &str, exit: i32, said: &str| {
        let (code, out, talk) = place.run(words, input);
        assert!(code == exit && talk.contains(said), "{words:?}: {code}: {out}{talk}");
    };
    let run = ["run", &short, "--wait", "1s", "--deadline", "4s"];
    let by_code = ["approve", &short, "--as", "ben", "--code"];
    refused(&by_code, "", 5, "there is no sheet of `ben`");
    let old = sheet(&place, "ben", "2");
    let (mut bens, carlas) = (sheet(&place, "ben", "4"), sheet(&place, "carla", "2"));
    let (_, listed, _) =
        place.run(&["approve", "--print-codes", "1", "--as", "carla", "--json"], "");
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    let newest = listed["codes"][0]["code"].as_str().unwrap().to_owned();
    let lines = std::fs::read_to_string(folder.join("one_time_codes")).unwrap();
    assert_eq!(lines.lines().filter(|line| !line.starts_with('#')).count(), 5, "{lines}");
    assert_eq!(place.run(&["lint", "one_time_codes"], "").0, 0);
    for wrong in ["0", "51", "many"] {
        assert_eq!(place.run(&["approve", "--print-codes", wrong, "--as", "ben"], "").0, 2);
        assert_eq!(place.run(&["approve", &short, &format!("--code={wrong}")], "").0, 2);
    }
    refused(&["approve", "--print-codes", "1", "--as", "eve"], "", 2, "`eve` is no contact");

    // No pipe says a code, whoever asked is nobody, and a code is of its own number.
    let answers = format!("{short}\n{target}\n{}\n", bens[&1]);
    refused(&by_code, &answers, 5, "code 1 of their sheet");
    refused(&["approve", &short, "--as", "anna", "--code"], "", 5, "asked for this plan");
    refused(&["approve", &short, "--as", "ben", "--code=5"], "", 5, "or it has none");
    let about = (short.as_str(), target.as_str());
    let tries = [old[&1].as_str(), &carlas[&1], &bens[&2]];
    let (code, seen) = typed(&place, about, &["--as", "ben", "--code"], &tries);
    assert!(
        code == 5 && seen.contains("none of 3 tries was code 1 of ben's sheet"),
        "{code}: {seen}"
    );
    refused(&run, "", 5, "0 of 1 approval given");

    // A slip is noticed before anything is looked up; the right code lets one run begin.
    let mut slip: Vec<char> = bens[&1].chars().collect();
    slip[0] = if slip[0] == '7' { '8' } else { '7' };
    let slip: String = slip.into_iter().collect();
    let heard = bens[&1].to_lowercase().replace('-', " ");
    let (code, seen) = typed(&place, about, &["--as", "ben", "--code"], &[&slip, &heard]);
    assert!(code == 0 && seen.contains("Not looked up: one of its characters"), "{code}: {seen}");
    for said in ["`lifeboat run", "Yes so far: ben by a printed code, the weaker proof."] {
        assert!(seen.contains(said), "{said}: {seen}");
    }
    // What was typed stands on the screen once, where it was typed.
    assert_eq!((seen.matches(&heard).count(), seen.matches(&bens[&1]).count()), (1, 0), "{seen}");

    // The same code once more, and for another plan; codes go forward alone.
    refused(
        &["approve", &short, "--as", "ben", "--code=1"],
        "",
        5,
        "or a later one, was spent here",
    );
    let (other, other_target, _) = place.plan();
    assert_ne!(short, other);
    let (code, seen) =
        typed(&place, (&other, &other_target), &["--as", "ben", "--code"], &[bens[&1].as_str(); 3]);
    assert!(code == 5 && seen.contains("none of 3 tries was code 2"), "{code}: {seen}");
    refused(&["run", &other, "--deadline", "4s"], "", 5, "0 of 1 approval given");

    // A new sheet makes it void, an edited one is told where it is wrong, and the old one is as it was.
    let file = folder.join("one_time_codes");
    let kept = std::fs::read_to_string(&file).unwrap();
    bens.extend(sheet(&place, "ben", "1").into_values().zip(40..).map(|(code, at)| (at, code)));
    refused(&run, "", 5, "code 1 of their sheet is void");
    std::fs::write(&file, kept.replacen("ben 2 ", "ben 02 ", 1)).unwrap();
    refused(&run, "", 3, "`02` is no number of a code");
    let (code, out, _) = place.run(&["lint"], "");
    assert!(code == 3 && out.contains("one_time_codes:4:5"), "{code}: {out}");
    std::fs::write(&file, &kept).unwrap();
    let (code, out, talk) = place.run(&run, "");
    assert!(code == 0 || code == 9, "{code}: {out}{talk}");
    assert_eq!(place.changes(), 3);

    // Everything that is read says what it was, and who typed how many wrong ones.
    let mut texts = vec![lines, kept];
    for words in
        [&["status"][..], &["timeline"], &["handoff"], &["postmortem"], &["status", "--json"]]
    {
        let (code, text, talk) = place.run(words, "");
        assert_eq!(code, 0, "{words:?}: {talk}");
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ").replace('\\', "");
        for part in [
            "by printed code 1, read out over the phone (weaker than a signature",
            "is not code 2 of ben's sheet; 6 wrong tries for ben by now",
        ] {
            assert!(line.contains(part), "{words:?}: no `{part}`:\n{text}");
        }
        texts.push(text);
    }

    // Spent in one incident is spent in the next one.
    for url in place.fleet.lists.lock().unwrap().urls.values_mut() {
        url.clone_from(&place.fleet.one);
    }
    assert_eq!(place.run(&["close", "--reason", "it is over"], "").0, 0);
    assert_eq!(place.run(&["declare", "again", "--severity", "major"], "").0, 0);
    let (short, target, _) = place.plan();
    refused(
        &["approve", &short, "--as", "ben", "--code=1"],
        "",
        5,
        "or a later one, was spent here",
    );
    let (code, seen) = typed(&place, (&short, &target), &["--as", "ben", "--code=4"], &[&bens[&4]]);
    assert!(code == 0, "{code}: {seen}");
    refused(
        &["approve", &short, "--as", "ben", "--code"],
        "",
        5,
        "every code of `ben`'s sheet was spent",
    );
    // Nor does whoever heard it write a second yes with it.
    let (another, _, path) = place.plan();
    forge(&place, &path, &bens[&4], 4);
    refused(
        &["run", &another, "--deadline", "4s"],
        "",
        5,
        "code 4 of their sheet, or a later one, was spent before",
    );

    // Neither a contact that is gone nor a policy that takes none.
    let estate = std::fs::read_to_string(folder.join("lifeboat.yaml")).unwrap();
    std::fs::write(folder.join("lifeboat.yaml"), estate.replace(", codes: true", "")).unwrap();
    refused(&["run", &short, "--deadline", "4s"], "", 6, "another estate");
    let (short, ..) = place.plan();
    refused(&["approve", &short, "--as", "carla", "--code"], "", 5, "takes no printed codes");
    let gone = estate.replace("{ id: ben, signer: ben@example.org }", "{ id: ben }");
    std::fs::write(folder.join("lifeboat.yaml"), gone).unwrap();
    let (code, out, _) = place.run(&["lint", "one_time_codes"], "");
    assert!(code == 3 && out.contains("`ben` is no contact with a `signer`"), "{code}: {out}");
    let (short, ..) = place.plan();
    refused(
        &["approve", &short, "--as", "ben", "--code"],
        "",
        2,
        "`ben` is no contact with a `signer`",
    );
    no_code_stands_anywhere(
        folder,
        &texts,
        old.values().chain(bens.values()).chain(carlas.values()).chain([&newest]),
    );
}

/// Writes a yes of ben's to a plan with a code that was heard on the phone, past the program.
fn forge(place: &Place, path: &str, code: &str, number: u8) {
    let plan: Plan = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let read = |name: &str| std::fs::read_to_string(place.folder.path().join(name)).unwrap();
    let sheets = document::codes(&Source::new("codes", read(CodeSheets::NAME))).unwrap();
    let line = sheets.of("ben").find(|line| line.number == number).unwrap();
    let now = Timestamp::now();
    let expires = now + SignedDuration::from_mins(5);
    let (digest, contact, principal) = (Digest::of(&plan).hex(), "ben", "ben@example.org");
    let (direction, head) = (Direction::Do, None);
    let said =
        Statement { plan: &plan, digest: &digest, direction, head, expires, contact, principal };
    let code = Code::read(&Secret::new(code)).unwrap_or_else(|slip| panic!("{slip}"));
    let code = code.mark(line, &said.text()).unwrap();
    assert!(code.is_some(), "it is the line's code");
    let (by, means) = (contact.to_owned(), ApprovalProof::Code);
    let (head, signature, standing) = (None, None, None);
    let event =
        Event::Approved { digest, by, means, direction, expires, head, signature, standing, code };
    let root = place.folder.path().join(".local/state/lifeboat");
    let incident = Incidents::open(&root, &"fleet".into()).unwrap().sole_open().unwrap();
    incident.append(event, now).unwrap();
}

/// Looks for every code that was printed in every file and text.
fn no_code_stands_anywhere<'a>(
    folder: &Path,
    texts: &[String],
    codes: impl Iterator<Item = &'a String>,
) {
    let mut places = sinks(folder, &[]);
    places.extend(texts.iter().map(|text| ("output".to_owned(), text.clone().into_bytes())));
    let mut looked = 0;
    for code in codes {
        for form in [code.clone(), code.replace('-', ""), code.to_lowercase().replace('-', " ")] {
            for (place, bytes) in &places {
                assert_eq!(hits(bytes, &form), Vec::<String>::new(), "in {place}");
                looked += 1;
            }
        }
    }
    // The control: what is there is found.
    let spent = places.iter().find(|(_, bytes)| !hits(bytes, "wrong-code").is_empty());
    assert!(spent.is_some() && looked > 100, "{looked} looks");
    eprintln!(
        "B11: {looked} looks for a code in {} files and texts: none stands there",
        places.len()
    );
}

fn b11_a_drill_spends_no_code() {
    let folder = tempfile::tempdir().unwrap();
    let words = ["drill", "observer-fault"];
    let mut session = Session::start(folder.path(), &words, Output::Terminal);
    for line in ["approve --print-codes 3 --as anna", "approve 00000000 --as anna --code"] {
        session.answer("exercise> ", line);
        session.expect("a drill takes no printed codes");
        session.expect("exit 5");
    }
    session.answer("exercise> ", "quit");
    session.finish();
    assert!(!folder.path().join("one_time_codes").exists());
}
