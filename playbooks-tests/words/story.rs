//! Hand-made journals, a plan and a diagnosis: the stories that texts are written of.

use jiff::{SignedDuration, Timestamp};
use lifeboat::model::*;

/// When every story begins.
pub fn began() -> Timestamp {
    "2026-11-25T14:00:00Z".parse().unwrap()
}

/// So many seconds after the beginning.
pub fn after(seconds: i64) -> Timestamp {
    began() + SignedDuration::from_secs(seconds)
}

/// The digest that plans of stories have.
pub const DIGEST: &str = "0f3c9a7be4d1528860aa11bb22cc33dd44ee55ff66778899aabbccddeeff0011";

/// A journal that is being written.
pub struct Story {
    records: Vec<Record>,
}

impl Story {
    /// Begins with a declared incident.
    pub fn declared(mode: Mode, title: &str) -> Self {
        let story = Self { records: Vec::new() };
        story.then(
            180,
            Event::Declared {
                incident: "i-20261125-1".into(),
                title: title.into(),
                severity: Severity::Major,
                estate: "openseeds-prod".into(),
                mode,
            },
        )
    }

    /// Adds what happened so many seconds after the beginning.
    pub fn then(mut self, seconds: i64, event: Event) -> Self {
        let seq = self.records.len() as u64;
        let must_understand = event.must_understand();
        let (prev, boot) = ("0".repeat(64), "b1".to_owned());
        self.records.push(Record { seq, prev, at: after(seconds), boot, must_understand, event });
        self
    }

    /// Ends the story.
    pub fn end(self) -> Vec<Record> {
        self.records
    }
}

/// The cause that every story has.
pub fn cause() -> Cause {
    Cause {
        failure_mode: "dns-provider-outage".into(),
        subject: "cloudflare-main".into(),
        mechanism: Some("hung".into()),
        layer: Layer::Dns,
        plane: Plane::Control,
        probability: None,
        supporting: vec!["f1".into()],
        contradicting: vec![],
        missing: vec!["f3".into()],
        explains: vec!["f2".into()],
        impact: "Names of our zones stop resolving as caches run out.".into(),
        runbook: "dns-provider-outage".into(),
        advice: Advice::Act,
        advice_why: None,
    }
}

/// A verdict that names it.
pub fn diagnosed() -> Event {
    Event::Diagnosed {
        verdict: Verdict::Fault,
        advice: Some(Advice::Act),
        since: Some(began()),
        causes: vec![cause()],
        because: vec![
            "dns.authority.answers(cloudflare-main) is false from laptop: 2 of 2 servers were silent"
                .into(),
        ],
        evidence: None,
    }
}

fn pinned() -> Event {
    Event::Planned {
        digest: DIGEST.into(),
        runbook: "dns-provider-outage".into(),
        phase: Phase::Immediate,
        changes: 1,
        target: "z-main".into(),
    }
}

fn approved() -> Event {
    Event::Approved {
        digest: DIGEST.into(),
        by: "first-on-call".into(),
        means: ApprovalProof::Terminal,
        direction: Direction::Do,
        expires: after(2_400),
        head: None,
        signature: None,
        standing: None,
        code: None,
    }
}

fn started() -> Event {
    Event::Started { digest: DIGEST.into(), direction: Direction::Do }
}

/// A message is announced.
pub fn telling(step: &str, channel: &str, language: &str, text: &str) -> Event {
    let (step, channel) = (step.into(), channel.into());
    Event::Telling { step, channel, language: language.into(), text: text.into() }
}

/// What became of a message.
pub fn told(step: &str, channel: &str, language: &str, delivery: Delivery, why: &str) -> Event {
    let (step, channel) = (step.into(), channel.into());
    Event::Told { step, channel, language: language.into(), delivery, because: why.into() }
}

fn intended() -> Event {
    Event::Intended {
        step: "move-delegation".into(),
        change: 0,
        direction: Direction::Do,
        key: "k1".into(),
        lands_by: after(640),
    }
}

/// What became of the one write.
pub fn settled(end: End, because: &str) -> Event {
    Event::Settled {
        step: "move-delegation".into(),
        change: 0,
        direction: Direction::Do,
        end,
        because: because.into(),
    }
}

/// What witnesses said of the one write.
pub fn verified(outcome: Proven, because: &str) -> Event {
    let step = "move-delegation".into();
    Event::Verified { step, direction: Direction::Do, outcome, because: because.into() }
}

/// A run as far as its write.
pub fn begun(mode: Mode) -> Story {
    Story::declared(mode, "Names do not resolve")
        .then(200, diagnosed())
        .then(300, pinned())
        .then(420, approved())
        .then(430, started())
        .then(431, telling("say-we-know", "status-page", "en", "We are looking into it."))
        .then(432, told("say-we-know", "status-page", "en", Delivery::Delivered, "messages/5.md"))
        .then(433, telling("say-we-know", "team", "en", "It is the provider."))
        .then(
            434,
            told(
                "say-we-know",
                "team",
                "en",
                Delivery::Failed,
                "`matrix` channels are not built yet",
            ),
        )
        .then(600, intended())
}

/// A run that ends well, after a wait longer than forecast.
pub fn mended(mode: Mode) -> Vec<Record> {
    begun(mode)
        .then(602, settled(End::Landed, "read back"))
        .then(660, verified(Proven::NotYet, "1 of 3 resolvers still answers from the old servers"))
        .then(
            1_300,
            verified(Proven::NotYet, "1 of 3 resolvers still answers from the old servers"),
        )
        .then(1_802, verified(Proven::Yes, "the parent, 2 of 2 authorities and 3 of 3 resolvers"))
        .then(1_810, Event::Finished { digest: DIGEST.into(), outcome: Outcome::Completed })
        .then(
            2_000,
            Event::Noted {
                by: "second-on-call".into(),
                text: "The circuit desk\nconfirmed it.".into(),
            },
        )
        .then(
            9_000,
            Event::Resolved { because: "resolver.answers-right(z-main) is 100 % for 2h".into() },
        )
        .then(9_600, Event::Closed { by: "first-on-call".into(), reason: "over".into() })
        .end()
}

/// A run that is held because nobody sees its effect.
pub fn held(mode: Mode) -> Vec<Record> {
    begun(mode)
        .then(
            601,
            Event::InDoubt {
                step: "move-delegation".into(),
                change: 0,
                direction: Direction::Do,
                because: "the connection was reset".into(),
            },
        )
        .then(640, settled(End::Landed, "read back"))
        .then(1_500, verified(Proven::No, "the parent still names the old servers"))
        .then(
            1_501,
            Event::Held {
                step: "move-delegation".into(),
                because: "its effect was not seen".into(),
                left: vec!["say-what-we-did".into(), "hand-over".into()],
                who: Some("first-on-call".into()),
            },
        )
        .then(1_502, Event::Finished { digest: DIGEST.into(), outcome: Outcome::Held })
        .end()
}

fn ns(servers: &[&str]) -> Value {
    let record =
        |name: &&str| RrContent { content: (*name).to_owned(), disabled: false, beside: None };
    Value::Rrsets(vec![Rrset {
        key: RrKey { name: "openseeds.example.".into(), kind: "NS".into() },
        ttl: 3_600,
        records: servers.iter().map(record).collect(),
        comments: vec![],
    }])
}

/// The one change.
pub fn change() -> Change {
    Change {
        target: Target::Rrsets {
            service: "reg-north".into(),
            zone: "example.".into(),
            keys: vec![RrKey { name: "openseeds.example.".into(), kind: "NS".into() }],
        },
        object: "z-main".into(),
        before: ns(&["ada.ns.cf.example.", "bob.ns.cf.example."]),
        after: ns(&["ns1.standby.example.", "ns2.standby.example."]),
        timeout: Span::from_secs(10),
        settle: Span::from_secs(30),
        conditional: false,
    }
}

fn delegation(servers: &[&str], provider: &str) -> DelegationState {
    let servers = servers.iter().map(ToString::to_string).collect();
    DelegationState { servers, providers: vec![provider.into()] }
}

fn planned_change() -> PlannedChange {
    PlannedChange {
        action: ActionKind::DelegationReplace,
        why: "The parent still sends every resolver to name servers that do not answer.".into(),
        limit: Limit {
            zones: Some(1),
            records: vec!["NS".into()],
            keep_healthy_servers: Some(1),
            exposes_origin: Some(Exposure::Refuse),
            ..Limit::default()
        },
        changes: vec![change()],
        forecast: Forecast {
            earliest: Span::from_secs(0),
            likely: Span::from_secs(300),
            latest: Span::from_secs(900),
            because: "the delegation's TTL of 15m and the records' of 5m".into(),
            resolvers: vec![ResolverForecast {
                resolver: "res-b".into(),
                likely: Span::from_secs(330),
                latest: Span::from_secs(970),
                because: "it asks no server that it found dead for 1m".into(),
            }],
        },
        verify: Verify {
            ask: vec![Witness::Parent, Witness::Authorities, Witness::Resolvers],
            want: WantWord::OnlyStandby,
            expected: Expected::Delegation {
                zone: "z-main".into(),
                after: delegation(
                    &["ns1.standby.example.", "ns2.standby.example."],
                    "desec-standby",
                ),
                before: delegation(
                    &["ada.ns.cf.example.", "bob.ns.cf.example."],
                    "cloudflare-main",
                ),
            },
            not_yet_until: Span::from_secs(900),
            turn: None,
        },
        undo: Undo::Reverse {
            refuse_unless: Some("dns.authority.answers(cloudflare-main) is true".parse().unwrap()),
            pause: None,
        },
        way_back: WayBack {
            forecast: Forecast {
                earliest: Span::from_secs(0),
                likely: Span::from_secs(615),
                latest: Span::from_secs(1_230),
                because: "caches keep the delegation that was written for 15m".into(),
                resolvers: Vec::new(),
            },
            bound: Span::from_secs(4 * 3_600),
            in_time: true,
        },
    }
}

fn step(id: &str, on_fail: OnFail, work: Work) -> PlanStep {
    PlanStep { id: id.into(), owner: None, timeout: None, on_fail, work }
}

fn steps() -> Vec<PlanStep> {
    let channel = |id: &str, audience, languages: &[&str]| PlannedChannel {
        id: id.into(),
        audience,
        languages: languages.iter().map(ToString::to_string).collect(),
    };
    let to = vec![
        channel("status-page", Audience::Customers, &["en", "de"]),
        channel("team", Audience::Team, &["en"]),
    ];
    let message = |name: &str| Work::Message { template: name.into(), to: to.clone() };
    let check = Work::Check { probes: vec![ProbeKind::Dns, ProbeKind::Trackers], require: None };
    let writers = Ask {
        instruction: Some("CI > schedules > octodns-apply > pause".into()),
        why: Some("octoDNS would put the old records back".into()),
        proof: Some(Proof::Answer),
        ..Ask::default()
    };
    let way = Work::Took { way: "switch".into(), because: "parity and DNSSEC are right".into() };
    let mut change =
        step("move-delegation", OnFail::Hold, Work::Change(Box::new(planned_change())));
    change.owner = Some("second-on-call".into());
    let handoff = Ask {
        who: Some("second-on-call".into()),
        handoff: true,
        within: Some(Span::from_secs(900)),
        ..Ask::default()
    };
    let mut look = step("look", OnFail::Hold, check);
    look.timeout = Some(Span::from_secs(20));
    vec![
        step("say-we-know", OnFail::Continue, message("status/investigating")),
        look,
        step("hold-writers", OnFail::Hold, Work::Ask(writers)),
        step("road", OnFail::Hold, way),
        change,
        step("say-what-we-did", OnFail::Continue, message("status/monitoring")),
        step("hand-over", OnFail::Hold, Work::Ask(handoff)),
    ]
}

/// The plan.
pub fn plan(mode: Mode) -> Plan {
    let approval = PlannedApproval {
        policy: "delegation".into(),
        people: 2,
        by: ApprovalMeans::Signature,
        expires: Span::from_secs(1_800),
        approvers: Vec::new(),
        requester: None,
        alone: None,
        codes: false,
    };
    let uses = |uses, of| RequestUse { uses, of };
    Plan {
        schema: "lifeboat.plan/v1".into(),
        tool: "0.1.0".into(),
        mode,
        incident: "i-20261125-1".into(),
        estate: EstateMark { id: "openseeds-prod".into(), digest: "ab".repeat(32) },
        runbook: RunbookMark {
            id: "dns-provider-outage".into(),
            commit: Some("4be1c0de".into()),
            path: "runbooks/dns-provider-outage.yaml".into(),
            digest: "cd".repeat(32),
        },
        includes: vec![],
        phase: Phase::Immediate,
        params: [("failed", "cloudflare-main"), ("standby", "desec-standby"), ("zone", "z-main")]
            .map(|(name, id)| (name.to_owned(), id.into()))
            .into(),
        target: "z-main".into(),
        pinned_at: after(300),
        start_by: after(2_100),
        approval: Some(approval),
        steps: steps(),
        exit: "resolver.answers-right(z-main) >= 95 %".parse().unwrap(),
        left_out: vec![LeftOut { step: "help".into(), because: "road = switch".into() }],
        unknowns: vec![UnknownGuard {
            step: "move-delegation".into(),
            guard: "registry.hold(z-main) is true".parse().unwrap(),
            on_unknown: OnUnknown::Proceed,
        }],
        overrides: vec![],
        rests_on: std::collections::BTreeMap::new(),
        requests: [("reg-north", uses(2, Some(1_200))), ("desec-standby", uses(1, None))]
            .map(|(id, uses)| (id.into(), uses))
            .into(),
        facts: vec![],
    }
}

/// A plan of the same runbook that changes nothing.
pub fn idle_plan() -> Plan {
    let steps = steps().into_iter().filter(|it| !matches!(it.work, Work::Change(_))).collect();
    Plan {
        approval: None,
        target: "cloudflare-main".into(),
        steps,
        unknowns: vec![],
        rests_on: std::collections::BTreeMap::new(),
        requests: [].into(),
        ..plan(Mode::Live)
    }
}

fn fact(id: &str, kind: FactKind, subject: &str, truth: Truth, because: &str) -> Fact {
    Fact {
        id: id.into(),
        kind,
        subject: subject.into(),
        object: None,
        vantage: "laptop".into(),
        at: after(200),
        truth,
        measure: None,
        because: because.into(),
        from: vec![],
    }
}

/// The diagnosis.
pub fn diagnosis() -> Diagnosis {
    let mut answers = fact(
        "f1",
        FactKind::DnsAuthorityAnswers,
        "cloudflare-main",
        Truth::False,
        "2 of 2 servers were silent for 3s, 5 tries each",
    );
    answers.measure = Some(Measure::part(0.0, 2.0));
    let facts = vec![
        answers,
        fact(
            "f2",
            FactKind::ResolverAnswersRight,
            "z-main",
            Truth::False,
            "1 of 3 answers is right",
        ),
        fact("f3", FactKind::RegistryHold, "z-main", Truth::Unknown, "no registry was asked"),
        fact("f4", FactKind::ObserverHealthy, "openseeds-prod", Truth::True, "5 of 5 answered"),
    ];
    Diagnosis {
        schema: "lifeboat.diagnosis/v1".into(),
        at: after(199),
        took_ms: 3_012,
        budget_ms: 3_000,
        verdict: Verdict::Fault,
        advice: Some(Advice::Act),
        advice_why: None,
        since: Some(began()),
        causes: vec![cause()],
        next_probes: vec![NextProbe {
            probe: ProbeKind::Registry,
            of: "z-main".into(),
            separates: vec!["dns-provider-outage".into(), "domain-hold".into()],
        }],
        unknown: vec!["f3".into()],
        facts,
    }
}
