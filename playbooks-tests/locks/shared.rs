//! Promise B4 between machines: a ref of a git repository is put, replaced and removed only from what was seen.
//!
//! Each trial plays twice: at a folder, and at an `ssh://` URL, where the operator's git speaks to `git-receive-pack`
//! through a stand-in for ssh that runs what it is given here.

use jiff::Timestamp;
use libtest_mimic::Trial;
use lifeboat::drive::sharing::{Kept, Sharing, Took, look, seize};
use lifeboat::host::{Clock, Processes};
use lifeboat::model::{Held, Holder, Id, Lockable, Span};
use lifeboat::net::Deadline;
use lifeboat::repo::{SharedError, SharedLocks, Stone, Swap};
use std::fs;
use std::future::Future;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;

pub fn trials() -> Vec<Trial> {
    trials![
        b4_of_all_who_swap_at_once_one_wins,
        b4_the_second_machine_is_told_of_the_first_and_waits_its_turn,
        b4_who_was_taken_over_finds_its_ref_gone_and_removes_nothing,
        b4_what_this_very_place_left_is_taken_again,
        b4_a_remote_that_is_away_stops_nobody_and_is_said,
        b4_a_ref_that_nobody_can_read_is_somebody_s,
    ]
}

const WITHIN: Duration = Duration::from_secs(20);

/// A bare repository that two machines know.
pub struct Ground {
    folder: tempfile::TempDir,
    over_ssh: bool,
}

/// What one machine opens: the remote, the folder that it is seen from, and the repository that git is run in.
pub type From = (String, PathBuf, PathBuf);

impl Ground {
    pub fn new(over_ssh: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        git2::Repository::init_bare(folder.path().join("ops.git")).unwrap();
        Self { folder, over_ssh }
    }

    pub fn bare(&self) -> PathBuf {
        self.folder.path().join("ops.git")
    }

    /// Opens the place as one machine does.
    fn from(&self, machine: &str) -> SharedLocks {
        let (remote, home, scratch) = self.seen_from(machine);
        SharedLocks::open(&remote, &home, scratch, &"e".into(), Processes::live()).unwrap()
    }

    /// Makes one machine ready: each has its own repository to start from.
    pub fn seen_from(&self, machine: &str) -> From {
        let remote = self.bare().display().to_string();
        let remote = if self.over_ssh { format!("ssh://stand-in{remote}") } else { remote };
        let home = self.folder.path().join(machine);
        fs::create_dir_all(&home).unwrap();
        let scratch = home.join("shared.git");
        if self.over_ssh {
            let script = home.join("ssh");
            fs::write(&script, "#!/bin/sh\nshift\nexec sh -c \"$*\"\n").unwrap();
            fs::set_permissions(&script, fs::Permissions::from_mode(0o700)).unwrap();
            let repository = git2::Repository::init_bare(&scratch).unwrap();
            let mut config = repository.config().unwrap();
            config.set_str("core.sshCommand", script.to_str().unwrap()).unwrap();
            config.set_str("ssh.variant", "simple").unwrap();
        }
        (remote, home, scratch)
    }

    fn refs(&self) -> Vec<String> {
        let repository = git2::Repository::open_bare(self.bare()).unwrap();
        let mut names: Vec<String> = repository
            .references()
            .unwrap()
            .map(|it| it.unwrap().name().unwrap().to_owned())
            .collect();
        names.sort();
        names
    }
}

pub fn play(trial: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(trial);
}

pub fn on_each(trial: impl Fn(Ground)) {
    [false, true].into_iter().for_each(|over_ssh| trial(Ground::new(over_ssh)));
}

fn holder(machine: &str) -> Holder {
    Holder {
        user: "anna".to_owned(),
        host: machine.to_owned(),
        pid: 7,
        since: Timestamp::now(),
        boot: machine.to_owned(),
        incident: Id::from("i"),
        place: format!("/{machine}"),
        lands_within: Span::from_millis(300),
    }
}

fn whats() -> Vec<Lockable> {
    vec![Lockable::Incident("a..b.lock".into()), Lockable::Service("reg".into())]
}

async fn take(ground: &Ground, machine: &str) -> Took {
    Sharing::take(Some(ground.from(machine)), &whats(), &holder(machine), &Clock::wall(), WITHIN)
        .await
}

#[track_caller]
fn held(took: Took) -> Sharing {
    match took {
        Took::Held(sharing) => sharing,
        other => panic!("it was not taken: {other:?}"),
    }
}

fn busy(took: Took) -> Held {
    match took {
        Took::Busy(held) => *held,
        other => panic!("it is not busy: {other:?}"),
    }
}

fn b4_of_all_who_swap_at_once_one_wins() {
    on_each(|ground| {
        play(async {
            let (racers, rounds) = if ground.over_ssh { (3, 3) } else { (6, 20) };
            let machines: Vec<SharedLocks> =
                (0..racers).map(|racer| ground.from(&format!("m{racer}"))).collect();
            let mut won = 0;
            for round in 0..rounds {
                let what = Lockable::Service(format!("s{}", round / 2).into());
                let seen =
                    machines[0].look(std::slice::from_ref(&what), WITHIN).await.unwrap().pop();
                let seen = seen.map(|claim| claim.commit);
                let mut racing = tokio::task::JoinSet::new();
                for (racer, machine) in machines.iter().enumerate() {
                    let (machine, what, seen) = (machine.clone(), what.clone(), seen.clone());
                    racing.spawn(async move {
                        let stone = Stone::of(holder(&format!("m{racer} in {round}")));
                        machine.swap(&[Swap { what, seen, put: Some(&stone) }], WITHIN).await
                    });
                }
                let swapped = racing.join_all().await;
                let wins = swapped.iter().filter(|it| it.is_ok()).count();
                // Who meets a ref that is being written is away for this once; nobody wins by it.
                assert!(wins <= 1, "{wins} won round {round}: {swapped:?}");
                won += wins;
            }
            eprintln!("B4: {racers} machines at one ref, {rounds} rounds: {won} won, 0 together");
            assert_eq!(won, rounds, "a round without a winner");
        });
    });
}

fn b4_the_second_machine_is_told_of_the_first_and_waits_its_turn() {
    on_each(|ground| {
        play(async {
            let mut first = held(take(&ground, "laptop1").await);
            assert_eq!(ground.refs().len(), 2, "{:?}", ground.refs());
            let second = busy(take(&ground, "laptop2").await);
            let said = second.to_string();
            assert!(
                said.contains("anna on laptop1 (process 7)") && said.contains("shared at"),
                "{said}"
            );
            let (there, mine) = (ground.from("laptop2"), holder("laptop2"));
            let seen = look(&there, &whats(), &mine, Timestamp::now(), WITHIN).await.unwrap();
            assert_eq!(seen.len(), 2);
            assert_eq!(
                first.kept(&Clock::wall()).await,
                Kept::Ours,
                "a refused second one disturbed the first"
            );
            assert_eq!(first.release().await, None);
            assert_eq!(ground.refs(), [""; 0]);
            held(take(&ground, "laptop2").await);
        });
    });
}

fn b4_who_was_taken_over_finds_its_ref_gone_and_removes_nothing() {
    on_each(|ground| {
        play(async {
            let mut first = held(take(&ground, "laptop1").await);
            let now = Timestamp::now();
            let berta = Holder { user: "berta".to_owned(), ..holder("laptop2") };
            let seized =
                seize(&ground.from("laptop2"), &whats(), &berta, now, Deadline::after(WITHIN))
                    .await
                    .unwrap();
            assert_eq!(seized.len(), 2);
            assert_eq!(
                first.kept(&Clock::wall()).await,
                Kept::Gone("berta on laptop2 (process 7)".to_owned())
            );
            let mut second = held(take(&ground, "laptop2").await);
            let waited = Timestamp::now().duration_since(now);
            assert!(
                waited.as_millis() >= 300,
                "what the first one sent could still land: {waited}"
            );
            assert_eq!(first.release().await, None);
            assert_eq!(
                second.kept(&Clock::wall()).await,
                Kept::Ours,
                "the first one gave the second one's back"
            );
            assert_eq!(second.release().await, None);
            assert_eq!(
                first.kept(&Clock::wall()).await,
                Kept::Ours,
                "what was given back is looked at no more"
            );
        });
    });
}

fn b4_what_this_very_place_left_is_taken_again() {
    on_each(|ground| {
        play(async {
            drop(held(take(&ground, "laptop1").await));
            assert_eq!(ground.refs().len(), 2, "a killed run leaves its refs");
            busy(take(&ground, "laptop2").await);
            let mut again = held(take(&ground, "laptop1").await);
            assert_eq!(again.release().await, None);
        });
    });
}

fn b4_a_remote_that_is_away_stops_nobody_and_is_said() {
    on_each(|ground| {
        play(async {
            let mut first = held(take(&ground, "laptop1").await);
            let aside = ground.folder.path().join("aside.git");
            fs::rename(ground.bare(), &aside).unwrap();
            assert!(matches!(first.kept(&Clock::wall()).await, Kept::Away(_)));
            assert_eq!(first.kept(&Clock::wall()).await, Kept::Ours, "it is said once");
            let Took::Alone(mut alone, error) = take(&ground, "laptop2").await else {
                panic!("a remote that is away stopped somebody");
            };
            assert!(error.to_string().contains("cannot be reached"), "{error}");
            assert_eq!(
                (alone.kept(&Clock::wall()).await, alone.release().await),
                (Kept::Ours, None)
            );
            assert!(matches!(first.release().await, Some(SharedError::Unreachable { .. })));
            fs::rename(&aside, ground.bare()).unwrap();
            assert_eq!(busy(take(&ground, "laptop2").await).holder.unwrap().host, "laptop1");
        });
    });
}

fn b4_a_ref_that_nobody_can_read_is_somebody_s() {
    on_each(|ground| {
        play(async {
            let repository = git2::Repository::open_bare(ground.bare()).unwrap();
            let tree = repository
                .find_tree(repository.treebuilder(None).unwrap().write().unwrap())
                .unwrap();
            let me = git2::Signature::now("x", "x@example.org").unwrap();
            let name = "refs/lifeboat/locks/e/service/reg";
            repository.commit(Some(name), &me, &me, "by hand", &tree, &[]).unwrap();
            let found = busy(take(&ground, "laptop1").await);
            assert_eq!((found.holder, found.what), (None, Lockable::Service("reg".into())));
            let by = holder("laptop1");
            seize(
                &ground.from("laptop1"),
                &whats(),
                &by,
                Timestamp::now(),
                Deadline::after(WITHIN),
            )
            .await
            .unwrap();
            held(take(&ground, "laptop1").await);
        });
    });
}
