//! The stage of a drill: its world, its clock, its sealed door, and a desk to sit at.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::colleagues::Colleagues;
use crate::cli::{Desk, Exit, Failure, Global, Screen, office};
use crate::document::{self, Source, Workspace};
use crate::drive::Play;
use crate::host::{Ask, Clock, Environment, Processes, Secrets, StopRequests, files, random};
use crate::model::{Baseline, Estate, Id, Mode, PlannedWork, Scenario, Span};
use crate::net::{Admission, Door, Pins, RouteMap};
use crate::repo::{Kind, Piece, Provenance, Shelf};
use crate::service::{Elsewhere, Field};
use crate::wire::as_table::AsTable;
use crate::world::{Setting, World};

/// What is played, before anything runs.
pub struct Script {
    /// The scenario.
    pub scenario: Scenario,
    /// The estate's document.
    estate: Source,
    /// Its folder.
    base: PathBuf,
    /// Files that the estate names, when they are embedded.
    beside: BTreeMap<String, String>,
    /// Runbooks and words.
    shelf: Shelf,
}

/// A world that runs, and the desk in front of it.
pub struct Stage {
    /// Where commands are run from.
    pub desk: Desk,
    /// What they print.
    pub screen: Screen,
    /// The drill's clock.
    pub clock: Clock,
    /// Where the drill's incidents are kept.
    pub folder: PathBuf,
    /// What whoever sits there set out to do, where that is not to treat what is found.
    pub planned: Option<PlannedWork>,
    /// Who signs where nobody attends.
    pub colleagues: Option<Colleagues>,
    /// The world; its servers end with it.
    _world: Arc<World>,
}

/// Who sits at a drill's desk.
pub struct Seat {
    /// Who answers questions.
    pub ask: Arc<dyn Ask>,
    /// Where words go.
    pub screen: Screen,
    /// Whether people attend; for those who do not, keys are made that sign in this drill alone.
    pub attended: bool,
}

/// The embedded estate that is played where a scenario names no other.
const DRILL_ESTATE: &str = "estate/lifeboat.yaml";

/// The credential that every drill's service takes; it is worth nothing anywhere else.
const CREDENTIAL: &str = "drill:drill";

impl Script {
    /// Finds a scenario: a file, one of the operator's, or an embedded one.
    ///
    /// # Errors
    /// What is wrong with the scenario or the estate that it is played on.
    pub fn find(desk: &Desk, global: &Global, wanted: &str) -> Result<Self, Failure> {
        let path = Path::new(wanted);
        if wanted.ends_with(".yaml") || wanted.ends_with(".yml") || wanted.contains('/') {
            let text = files::read_text(path, files::DOCUMENT)?;
            let source = Source::new(wanted.to_owned(), text);
            let folder = path.parent().map(Path::to_owned).unwrap_or_default();
            return Self::on_own_estate(desk, global, &source, Some(&folder));
        }
        let shelf = own_shelf(desk, global)?;
        let piece = shelf.get(Kind::Scenario, wanted).ok_or_else(|| unknown(&shelf, wanted))?;
        let source = Source::new(piece.path.clone(), piece.text.clone());
        match piece.from {
            Provenance::Embedded => Self::on_embedded_estate(&source, Shelf::embedded()),
            Provenance::Commit(_) | Provenance::Uncommitted => {
                Self::on_own_estate(desk, global, &source, None)
            }
        }
    }

    /// Plays on the estate that the scenario names, else on the operator's, else on the embedded one.
    fn on_own_estate(
        desk: &Desk,
        global: &Global,
        source: &Source,
        folder: Option<&Path>,
    ) -> Result<Self, Failure> {
        let scenario = document::parse::<Scenario>(source)?;
        let named = scenario.estate.as_ref().map(|file| match folder {
            Some(folder) => folder.join(file),
            None => PathBuf::from(file),
        });
        let path = named.or_else(|| files::exists(&global.estate).then(|| global.estate.clone()));
        let Some(path) = path else {
            return Self::on_embedded_estate(source, Shelf::embedded());
        };
        let (estate, base) = office::source(desk, &path)?;
        let shelf = Shelf::open(&base, Mode::Drill)?;
        checked(source, &estate, &shelf)?;
        Ok(Self { scenario, estate, base, beside: BTreeMap::new(), shelf })
    }

    fn on_embedded_estate(source: &Source, shelf: Shelf) -> Result<Self, Failure> {
        let scenario = document::parse::<Scenario>(source)?;
        let mut beside: BTreeMap<String, String> = BTreeMap::new();
        for name in ["as.tsv", "baseline.json"] {
            let text = Shelf::of_the_drill_estate(name).unwrap_or_default();
            beside.insert(name.to_owned(), text.to_owned());
        }
        let named = scenario.estate.as_deref().unwrap_or(DRILL_ESTATE);
        let text = named.strip_prefix("estate/").and_then(Shelf::of_the_drill_estate);
        let text = text.ok_or_else(|| {
            Failure::new(Exit::Invalid, format!("no estate `{named}` is embedded"))
                .hint(format!("the drill's own is `{DRILL_ESTATE}`"))
        })?;
        let estate = Source::new("the drill's estate".to_owned(), text.to_owned());
        checked(source, &estate, &shelf)?;
        Ok(Self { scenario, estate, base: Environment::temporary(), beside, shelf })
    }

    /// Lists the scenarios that a name may mean.
    ///
    /// # Errors
    /// What the operator's repository said.
    pub fn names(desk: &Desk, global: &Global) -> Result<Vec<Piece>, Failure> {
        Ok(own_shelf(desk, global)?.of(Kind::Scenario).cloned().collect())
    }
}

/// Holds a scenario against its estate: every reference of it must lead somewhere.
fn checked(source: &Source, estate: &Source, shelf: &Shelf) -> Result<(), Failure> {
    let mut workspace = Workspace {
        estate: Some(estate.clone()),
        estate_is_given: true,
        scenarios: vec![source.clone()],
        ..Workspace::default()
    };
    office::learn(&mut workspace, shelf);
    let faults = document::lint(&workspace);
    if faults.is_empty() { Ok(()) } else { Err(faults.into()) }
}

fn own_shelf(desk: &Desk, global: &Global) -> Result<Shelf, Failure> {
    if !files::exists(&global.estate) {
        return Ok(Shelf::embedded());
    }
    let (_, base) = office::source(desk, &global.estate)?;
    Ok(Shelf::open(&base, Mode::Drill)?)
}

fn unknown(shelf: &Shelf, wanted: &str) -> Failure {
    let names: Vec<&str> = shelf.of(Kind::Scenario).map(|piece| piece.name.as_str()).collect();
    Failure::new(Exit::Usage, format!("there is no scenario `{wanted}`"))
        .hint(format!("name a file, or one of: {}", names.join(", ")))
}

impl Stage {
    /// Builds the world and a desk in front of it; the clock stands at the scenario's start.
    ///
    /// # Errors
    /// What the estate's files or the machine said.
    pub async fn set(
        desk: &Desk,
        script: &Script,
        Seat { ask, screen, attended }: Seat,
        keep: Option<&Path>,
    ) -> Result<Self, Failure> {
        let estate = document::estate(&script.estate)?;
        let table = script.table(&estate)?;
        let scenario = &script.scenario;
        let baseline = script.baseline(&estate)?;
        let (as_table, baseline) = (table.as_ref(), baseline.as_ref());
        let world = World::start(&Setting { estate: &estate, scenario, as_table, baseline }).await;
        let world = Arc::new(world.map_err(|error| {
            Failure::new(Exit::Invalid, format!("the drill's world cannot start: {error}"))
        })?);
        let clock = Clock::scripted(scenario.starts, world.on_jump());
        let field = field(&world, &estate, &clock, &script.base);
        let folder = match keep {
            Some(folder) => folder.to_owned(),
            None => Environment::temporary().join(format!("lifeboat-drill-{:08x}", random::u32()?)),
        };
        files::create_directory(&folder)?;
        let colleagues = (!attended).then(|| Colleagues::of(&estate)).transpose()?;
        let play = Play {
            signers: colleagues.as_ref().map(Colleagues::allowed).transpose()?,
            field,
            estate: script.estate.clone(),
            beside: script.beside.clone(),
            shelf: script.shelf.clone(),
            incidents: folder.clone(),
        };
        let desk = Desk {
            environment: desk.environment.clone(),
            terminal: desk.terminal,
            screen: screen.clone(),
            ask,
            stops: StopRequests::none(),
            play: Some(Arc::new(play)),
        };
        let planned = scenario.planned.clone();
        Ok(Self { desk, screen, clock, folder, planned, colleagues, _world: world })
    }

    /// Returns the title of the incident that whoever sits there declares.
    pub fn title(&self) -> String {
        let planned = self.planned.as_ref();
        planned.map_or_else(
            || "users report trouble".to_owned(),
            |it| format!("planned work: {}", it.runbook),
        )
    }

    /// Lets the scripted time pass until a moment.
    pub async fn wait_until_first_look(&self, scenario: &Scenario) {
        self.clock.wait_until(scenario.first_look()).await;
    }

    /// Lets some scripted time pass.
    pub async fn wait(&self, span: Span) {
        self.clock.wait(span).await;
    }
}

impl Script {
    fn baseline(&self, estate: &Estate) -> Result<Option<Baseline>, Failure> {
        let Some(named) = &estate.baselines else { return Ok(None) };
        let text = match self.beside.get(&named.file) {
            Some(text) => text.clone(),
            None => files::read_text(&self.base.join(&named.file), files::DOCUMENT)?,
        };
        let source = Source::new(named.file.clone(), text);
        Ok(Some(document::parse::<Baseline>(&source)?))
    }

    fn table(&self, estate: &Estate) -> Result<Option<AsTable>, Failure> {
        let Some(named) = &estate.as_table else { return Ok(None) };
        let text = match self.beside.get(&named.file) {
            Some(text) => text.clone(),
            None => files::read_text(&self.base.join(&named.file), 64 << 20)?,
        };
        let table = AsTable::parse(&text);
        table
            .map(Some)
            .map_err(|error| Failure::new(Exit::Invalid, format!("`{}`: {error}", named.file)))
    }
}

/// Makes the drill's field: sealed doors, no process, no secret that is worth anything.
fn field(world: &Arc<World>, estate: &Estate, clock: &Clock, base: &Path) -> Field {
    let command = crate::model::VantageKind::Command;
    let vantages = estate.vantages.iter().filter(|vantage| vantage.kind == command);
    let elsewhere: BTreeMap<Id, Elsewhere> = vantages
        .filter_map(|vantage| {
            let routes = world.routes_of(&vantage.id)?;
            let field = sealed(routes, estate, clock, base, BTreeMap::new());
            let runs = Arc::new(world.runs(&vantage.id));
            Some((vantage.id.clone(), Elsewhere { field, runs }))
        })
        .collect();
    sealed(world.routes(), estate, clock, base, elsewhere)
}

fn sealed(
    routes: RouteMap,
    estate: &Estate,
    clock: &Clock,
    base: &Path,
    elsewhere: BTreeMap<Id, Elsewhere>,
) -> Field {
    let admission = Admission { allow_private: estate.network.allow_private.clone() };
    let door = Door::sealed(routes, admission, Pins::new());
    let lookup = Arc::new(crate::service::Resolvers::new(door.clone(), estate, base));
    Field {
        http: crate::drive::http(door.clone(), lookup, clock),
        door,
        clock: clock.clone(),
        secrets: Secrets::fixed(CREDENTIAL),
        processes: Processes::refused(),
        base: base.to_owned(),
        elsewhere: Arc::new(elsewhere),
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::time::Duration;

    use super::*;
    use crate::host::{HostError, Job};
    use crate::model::{Argv, SecretRef};
    use crate::net::{Deadline, NetError, Origin, Transport};

    const SOON: Duration = Duration::from_secs(5);

    /// Fails where a field reaches what nobody plays, starts a process, or reads a secret of this machine.
    async fn is_sealed(field: &Field, base: &Path) {
        for address in ["192.0.2.77:53", "198.51.100.20:7", "127.0.0.1:53", "[2001:db8::77]:443"] {
            let address: SocketAddr = address.parse().expect("an address");
            for (transport, origin) in
                [(Transport::Udp, Origin::Estate), (Transport::Tcp, Origin::Learned)]
            {
                let admitted = field.door.admit(address, transport, origin);
                let inside = admitted == Err(NetError::NotAdmitted(address.ip()));
                assert!(inside || admitted == Err(NetError::Sealed), "{address}: {admitted:?}");
            }
        }
        let unix = field.door.unix(&base.join("router.ctl"), Deadline::after(SOON)).await;
        assert_eq!(unix.expect_err("nobody plays it"), NetError::Sealed);
        let trace = base.join("trace").display().to_string();
        let touch = Argv::of("touch").operand(&trace).expect("is an operand");
        let job = Job { input: Vec::new(), cap: 9, within: SOON, directory: None };
        let ran = field.processes.run(&touch, job).await.expect_err("starts nothing");
        assert!(matches!(ran, HostError::Refused { .. }), "{ran}");
        let places = [
            SecretRef::Env("PATH".into()),
            SecretRef::File("secret".into()),
            SecretRef::Command(touch),
        ];
        for place in places {
            let read = field.secrets.read(&place, SOON).await.expect("is fixed");
            assert_eq!(read.expose(), CREDENTIAL, "{place:?}");
        }
        assert!(!files::exists(Path::new(&trace)), "a process ran");
    }

    #[tokio::test]
    async fn no_field_of_a_drill_reaches_starts_or_reads_anything_of_this_machine() {
        let folder = tempfile::tempdir().expect("a folder");
        let base = folder.path();
        files::write_atomic(&base.join("secret"), b"worth something").expect("writes");
        let text = Shelf::of_the_drill_estate("lifeboat.yaml").expect("is embedded");
        let estate = document::estate(&Source::new("estate", text)).expect("is an estate");
        let shelf = Shelf::embedded();
        let piece = shelf.get(Kind::Scenario, "tracker-loss").expect("is embedded");
        let source = Source::new(piece.path.clone(), piece.text.clone());
        let scenario = document::parse::<Scenario>(&source).expect("is a scenario");
        let setting =
            Setting { estate: &estate, scenario: &scenario, as_table: None, baseline: None };
        let world = Arc::new(World::start(&setting).await.expect("starts"));
        let clock = Clock::scripted(scenario.starts, world.on_jump());
        let field = field(&world, &estate, &clock, base);
        is_sealed(&field, base).await;
        assert!(!field.elsewhere.is_empty(), "the estate has other vantages");
        for there in field.elsewhere.values() {
            is_sealed(&there.field, base).await;
        }
    }
}
