//! N distinct people, and never the one who asked: every way to be fewer than one seems.

use libtest_mimic::Trial;
use lifeboat::engine::NotApproved;
use lifeboat::model::{
    ApprovalMeans, ApprovalProof, Approver, Direction, Event, Head, Id, Mode, OnFail, Phase, Plan,
};
use lifeboat::plan::Digest;
use lifeboat::trust::{Statement, namespace};

use super::{judged, key};
use crate::simulator::plan::{at, change, free, plan};
use crate::simulator::play::Stage;

/// Returns the trials of people.
pub fn trials() -> Vec<Trial> {
    trials![
        b5_two_people_are_two_people,
        b5_whoever_asked_does_not_approve,
        b6_a_signature_is_taken_once_and_dies_with_its_time,
    ]
}

const PEOPLE: [&str; 4] = ["anna", "ben", "carla", "dora"];

/// A plan that two people must sign, asked for by anna.
pub fn signed_by_two() -> Plan {
    let mut plan = plan(vec![change("a-", OnFail::Hold, 1, false, free())]);
    let approval = plan.approval.as_mut().unwrap();
    (approval.people, approval.by) = (2, ApprovalMeans::Signature);
    approval.requester = Some(Id::from("anna"));
    let approver = |name: &&str| Approver {
        contact: Id::from(*name),
        principal: format!("{name}@example.org"),
    };
    approval.approvers = PEOPLE[..3].iter().map(approver).collect();
    plan
}

/// Lists key 1 for anna, 2 for ben, 3 for carla, 4 for dora.
fn listed() -> String {
    let line = |(at, name): (usize, &&str)| format!("{name}@example.org {}\n", key(at as u8 + 1).1);
    PEOPLE.iter().enumerate().map(line).collect()
}

/// One yes: by whom, with which key, and what is odd about it.
struct Yes {
    by: &'static str,
    key: u8,
    signed: Plan,
    domain: String,
    direction: Direction,
    expires: u64,
    recorded_expires: u64,
    recorded_head: Option<Head>,
    signature: bool,
}

fn yes(by: &'static str, key: u8) -> Yes {
    Yes {
        by,
        key,
        signed: signed_by_two(),
        domain: namespace(Mode::Live).to_owned(),
        direction: Direction::Do,
        expires: 60_000,
        recorded_expires: 60_000,
        recorded_head: None,
        signature: true,
    }
}

impl Yes {
    fn event(&self, plan: &Plan) -> Event {
        let digest = Digest::of(&self.signed).hex();
        let approvers = self.signed.approval.iter().flat_map(|approval| &approval.approvers);
        let mut known = approvers.filter(|it| it.contact == self.by);
        let principal = known
            .next()
            .map_or_else(|| format!("{}@example.org", self.by), |it| it.principal.clone());
        let statement = Statement {
            plan: &self.signed,
            digest: &digest,
            direction: self.direction,
            head: None,
            expires: at(self.expires),
            contact: self.by,
            principal: &principal,
        };
        let signature = key(self.key).0.sign(statement.text().as_bytes(), &self.domain).unwrap();
        Event::Approved {
            digest: Digest::of(plan).hex(),
            by: self.by.to_owned(),
            means: ApprovalProof::Signature,
            direction: Direction::Do,
            expires: at(self.recorded_expires),
            head: self.recorded_head.clone(),
            signature: self.signature.then_some(signature),
            standing: None,
            code: None,
        }
    }
}

fn stands(plan: &Plan, given: &[Yes], lists: (&str, &str)) -> Result<(), NotApproved> {
    let mut stage = Stage::new(plan.clone());
    given.iter().for_each(|yes| stage.note(yes.event(plan)));
    stage.world.now = 30_000;
    judged(plan, &stage.journal, lists, stage.now()).map(|_| ())
}

fn b5_two_people_are_two_people() {
    let (plan, all) = (signed_by_two(), listed());
    let (two, three) = (key(2).1, key(3).1);
    stands(&plan, &[yes("ben", 2), yes("carla", 3)], (&all, "")).unwrap();
    let carla = |change: &dyn Fn(&mut Yes)| {
        let mut other = yes("carla", 3);
        change(&mut other);
        vec![yes("ben", 2), other]
    };
    let mut newer = plan.clone();
    newer.phase = Phase::Recovery;
    let ben = format!("ben@example.org {two}\n");
    let with = |line: &str| format!("{ben}{line} {three}\n");
    let cases: Vec<(&str, Vec<Yes>, String, &str)> = vec![
        ("nobody", vec![], all.clone(), ""),
        ("one", vec![yes("ben", 2)], all.clone(), ""),
        ("the same key twice", vec![yes("ben", 2), yes("ben", 2)], all.clone(), ""),
        (
            "two keys of one person",
            vec![yes("ben", 2), yes("ben", 4)],
            format!("{all}ben@example.org {}\n", key(4).1),
            "",
        ),
        (
            "one key under two names",
            vec![yes("ben", 2), yes("carla", 2)],
            format!("{all}carla@example.org {two}\n"),
            "",
        ),
        (
            "one key, a list of names",
            vec![yes("ben", 2), yes("carla", 2)],
            format!("ben@example.org,carla@example.org {two}\n"),
            "",
        ),
        ("the key of somebody else", vec![yes("ben", 2), yes("carla", 4)], all.clone(), ""),
        ("everybody but her", carla(&|_| {}), with("*,!carla@example.org"), ""),
        (
            "another namespace's key",
            carla(&|_| {}),
            with("carla@example.org namespaces=\"git\""),
            "",
        ),
        (
            "an expired key",
            carla(&|_| {}),
            with("carla@example.org valid-before=\"19700101000001Z\""),
            "",
        ),
        (
            "a key not yet valid",
            carla(&|_| {}),
            with("carla@example.org valid-after=\"20990101Z\""),
            "",
        ),
        ("an authority's key", carla(&|_| {}), with("carla@example.org cert-authority"), ""),
        ("a revoked key", carla(&|_| {}), all.clone(), &three),
        ("an unlisted key", carla(&|_| {}), ben.clone(), ""),
        ("a stranger to the plan", vec![yes("ben", 2), yes("dora", 4)], all.clone(), ""),
        ("no namespace", carla(&|yes| yes.domain = String::new()), all.clone(), ""),
        ("git's namespace", carla(&|yes| yes.domain = "git".to_owned()), all.clone(), ""),
        (
            "a drill's yes",
            carla(&|yes| yes.domain = namespace(Mode::Drill).to_owned()),
            all.clone(),
            "",
        ),
        ("a yes to a drill", carla(&|yes| yes.signed.mode = Mode::Drill), all.clone(), ""),
        ("a yes to another plan", carla(&|yes| yes.signed = newer.clone()), all.clone(), ""),
        ("a yes to the undo", carla(&|yes| yes.direction = Direction::Undo), all.clone(), ""),
        (
            "a longer time in the record",
            carla(&|yes| yes.recorded_expires = 70_000),
            all.clone(),
            "",
        ),
        (
            "another head in the record",
            carla(&|yes| yes.recorded_head = Some(Head { seq: 1, hash: "00".repeat(32) })),
            all.clone(),
            "",
        ),
        ("a record that only says so", carla(&|yes| yes.signature = false), all.clone(), ""),
    ];
    for (what, given, allowed, revoked) in &cases {
        let refused = stands(&plan, given, (allowed, revoked));
        assert!(
            matches!(refused, Err(NotApproved::Missing { need: 2, .. })),
            "{what}: {refused:?}"
        );
    }
    // One person who is two contacts, with a key for each, is one.
    let mut twice = plan.clone();
    twice.approval.as_mut().unwrap().approvers[2].principal = "ben@example.org".to_owned();
    let signed = |by, key| Yes { signed: twice.clone(), ..yes(by, key) };
    let both = format!("{ben}ben@example.org {three}\n");
    let refused = stands(&twice, &[signed("ben", 2), signed("carla", 3)], (&both, ""));
    assert!(matches!(refused, Err(NotApproved::Missing { have: 1, need: 2, .. })), "{refused:?}");
    eprintln!("B5: {} ways to be fewer than two, all refused", cases.len() + 1);
}

fn b5_whoever_asked_does_not_approve() {
    let (plan, all) = (signed_by_two(), listed());
    let refused = stands(&plan, &[yes("anna", 1), yes("ben", 2)], (&all, ""));
    assert!(matches!(refused, Err(NotApproved::Missing { have: 1, need: 2, .. })), "{refused:?}");
    // Where nobody knows who asked, one of them may have: one more is needed.
    let mut unknown = plan.clone();
    unknown.approval.as_mut().unwrap().requester = None;
    let signed = |by, key| Yes { signed: unknown.clone(), ..yes(by, key) };
    let refused = stands(&unknown, &[signed("anna", 1), signed("ben", 2)], (&all, ""));
    assert!(matches!(refused, Err(NotApproved::Missing { have: 2, need: 3, .. })), "{refused:?}");
    let all_three = [signed("anna", 1), signed("ben", 2), signed("carla", 3)];
    stands(&unknown, &all_three, (&all, "")).unwrap();
}

fn b6_a_signature_is_taken_once_and_dies_with_its_time() {
    let (plan, all) = (signed_by_two(), listed());
    let given = [yes("ben", 2), yes("carla", 3)];
    let mut stage = Stage::new(plan.clone());
    given.iter().for_each(|yes| stage.note(yes.event(&plan)));
    let now = |stage: &Stage| judged(&plan, &stage.journal, (&all, ""), stage.now());
    now(&stage).unwrap();
    // Taken again, they count for nothing more than before, not even once the first ones are spent.
    let digest = Digest::of(&plan).hex();
    stage.note(Event::Started { digest, direction: Direction::Do });
    given.iter().for_each(|yes| stage.note(yes.event(&plan)));
    let lists = (
        &lifeboat::trust::AllowedSigners::parse(all.as_bytes()),
        &lifeboat::trust::Revoked::default(),
    );
    let digest = Digest::of(&plan).hex();
    let (vouched, doubted) =
        lifeboat::trust::vouch(&plan, &digest, &stage.journal, lists, stage.now());
    let again: Vec<u64> = doubted.iter().map(|doubt| doubt.seq).collect();
    assert_eq!(again.len(), 2, "{doubted:?}");
    assert!(again.iter().all(|seq| vouched.key(*seq).is_none()));
    for (moment, stands) in [(59_999, true), (60_000, false), (864_000_000, false)] {
        let mut stage = Stage::new(plan.clone());
        given.iter().for_each(|yes| stage.note(yes.event(&plan)));
        stage.world.now = moment;
        assert_eq!(now(&stage).is_ok(), stands, "at {moment}");
        stage.note(Event::Noted { by: "ben".to_owned(), text: String::new() });
        stage.world.now = 0;
        assert_eq!(now(&stage).is_ok(), stands, "set back from {moment}");
    }
    // So does a key: one that has expired by the journal's newest record does not come back with the clock.
    let dying =
        all.replace("ben@example.org ", "ben@example.org valid-before=\"19700101000040Z\" ");
    for (moment, stands) in [(40_000, true), (41_000, false)] {
        let mut stage = Stage::new(plan.clone());
        given.iter().for_each(|yes| stage.note(yes.event(&plan)));
        stage.world.now = moment;
        stage.note(Event::Noted { by: "ben".to_owned(), text: String::new() });
        for now in [moment, 0] {
            stage.world.now = now;
            let judged = judged(&plan, &stage.journal, (&dying, ""), stage.now());
            assert_eq!(judged.is_ok(), stands, "a key until 40 s, at {now} after {moment}");
        }
    }
}
