//! `report`: every topic on this machine, as data, as text, and as a page.
//!
//! The data is written after each subject, so whatever ends a run leaves what was measured, and says that it is not all.

mod machine;
mod markdown;
mod page;
mod plot;
mod targets;

use crate::calls::Calls;
use crate::commands::{self, Command};
use crate::curve::{self, Curve};
use crate::engines::{self, Known};
use crate::lookup::Lookup;
use crate::programs::{self, Pace, stem};
use crate::section::{Section, rows};
use crate::{cold, instances, interrupt};
use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};

pub use machine::Machine;

/// Everything, as one report.
#[derive(Args)]
pub struct Make {
    /// Fewer and shorter rounds: minutes instead of the better part of an hour. Good for a look, not for a claim.
    #[arg(long)]
    quick: bool,
    /// Where the report goes: `report.json`, `report.md` and `report.html`.
    #[arg(long, default_value = "report")]
    out: PathBuf,
    /// Only these topics.
    #[arg(long, value_delimiter = ',')]
    topics: Vec<String>,
    /// Only these engines.
    #[arg(long, value_delimiter = ',')]
    engines: Vec<String>,
    /// Only programs whose name is one of these.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// More core modules that export `run`, or folders of them; compared beside our own.
    #[arg(long)]
    with: Vec<PathBuf>,
    /// Large programs, as `programs/fetch.sh` leaves them.
    #[arg(long)]
    real: Option<PathBuf>,
}

/// Pages and records.
#[derive(Args)]
pub struct Page {
    /// Reports as data, one for each machine.
    #[arg(required = true)]
    reports: Vec<PathBuf>,
    /// Where the page goes; the same as Markdown lies beside it.
    #[arg(long, default_value = "report.html")]
    out: PathBuf,
    /// A folder that gets a picture of each program's speed over time, of the last report that has it.
    #[arg(long)]
    pictures: Option<PathBuf>,
}

/// All that was measured in one run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    /// The version of this form.
    pub format: u32,
    /// The day, as in 2026-11-27.
    pub date: String,
    /// Whether nothing is missing that was asked for.
    pub finished: bool,
    /// Where it ran.
    pub machine: Machine,
    /// How long things ran.
    pub settings: Settings,
    /// Who ran.
    pub engines: Vec<Engine>,
    /// The figures.
    pub sections: Vec<Section>,
    /// Speed over time.
    pub curves: Vec<Curve>,
}

impl Report {
    /// Whether both are of one state on one machine, measured in the same way, each with topics of its own.
    fn continues(&self, other: &Report) -> bool {
        let (here, there) = (&self.machine, &other.machine);
        let topics = |report: &Report| report.sections.iter().map(|section| section.topic.clone()).collect::<Vec<_>>();
        self.finished
            && other.finished
            && self.settings == other.settings
            && self.engines == other.engines
            && (&here.cpu, here.cores, &here.rustc, &here.profile, &here.target)
                == (&there.cpu, there.cores, &there.rustc, &there.profile, &there.target)
            && topics(self).iter().all(|topic| !topics(other).contains(topic))
    }

    /// Those that continue another one are added to it.
    fn joined(reports: Vec<Report>) -> Vec<Report> {
        let mut all: Vec<Report> = Vec::new();
        for report in reports {
            match all.iter_mut().find(|one| report.continues(one)) {
                Some(one) => {
                    one.sections.extend(report.sections);
                    one.curves.extend(report.curves);
                    one.date = report.date.max(std::mem::take(&mut one.date));
                    one.machine.load_before = one.machine.load_before.max(report.machine.load_before);
                    one.machine.load_after = one.machine.load_after.max(report.machine.load_after);
                }
                None => all.push(report),
            }
        }
        all
    }
}

/// How long things ran.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Whether it was a quick one.
    pub quick: bool,
    /// Rounds of each comparison.
    pub runs: usize,
    /// CPU time of one run, in ms.
    pub run_ms: u64,
    /// CPU time of warming, in ms.
    pub warm_ms: u64,
}

/// An engine that took part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Engine {
    /// Its name.
    pub name: String,
    /// What it is.
    pub about: String,
    /// Its version.
    pub version: String,
}

/// What can be measured, in the order in which it is.
const TOPICS: [&str; 9] =
    ["programs", "components", "cold", "real", "calls", "lookup", "instantiate", "memory", "tier-up"];

/// Programs whose speed is drawn over time: a hot loop in one function, many functions, and calls.
const CURVES: [&str; 3] = ["vm", "json", "dispatch"];

/// The engines whose speed on a large program is drawn over time.
const LARGE_CURVES: [&str; 4] = ["coracle-interp", "coracle-tiered", "coracle-eager", "wasmtime"];

/// The large programs of `programs/fetch.sh`: file, export, argument, and the engine that is 1.
const LARGE: [(&str, &str, i32, &str); 3] = [
    ("esbuild.wasm", "getsp", 1, "wasmi"),
    ("javascript.wasm", "run", 100, "wasmtime"),
    ("python.wasm", "run", 100, "wasmtime"),
];

/// The engines of a comparison, unless others are named.
const ENGINES: [&str; 13] = [
    "coracle-interp",
    "coracle-interp-fuel",
    "coracle-portable",
    "coracle-tiered",
    "coracle-eager",
    "coracle-eager-fuel",
    "wasmi",
    "wasmi-lazy",
    "wasmi-fuel",
    "tinywasm",
    "wasmtime",
    "winch",
    "pulley",
];

/// What is to be done, checked.
struct Plan<'a> {
    make: &'a Make,
    engines: Vec<String>,
    pace: Pace,
    core: Vec<PathBuf>,
    components: Vec<PathBuf>,
    real: Vec<PathBuf>,
    report: Report,
}

impl Make {
    /// Measures, and writes the report.
    pub fn run(&self) -> Result<()> {
        let mut plan = self.plan()?;
        fs::create_dir_all(&self.out).with_context(|| self.out.display().to_string())?;
        interrupt::listen();
        for topic in TOPICS.iter().filter(|topic| self.topics.is_empty() || self.topics.iter().any(|t| t == **topic)) {
            plan.topic(topic).with_context(|| (*topic).to_owned())?;
        }
        plan.report.machine.load_after = machine::load();
        plan.report.finished = !interrupt::wanted();
        plan.save()?;
        let html = self.out.join("report.html");
        write_pages(std::slice::from_ref(&plan.report), &html)?;
        if interrupt::wanted() {
            println!("interrupted: what was measured is kept, and marked as unfinished");
        }
        println!("{} (and .md, .json beside it)", html.display());
        Ok(())
    }

    fn plan(&self) -> Result<Plan<'_>> {
        if let Some(unknown) = self.topics.iter().find(|topic| !TOPICS.contains(&topic.as_str())) {
            bail!("no topic `{unknown}`; there are {}", TOPICS.join(", "));
        }
        let named = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let engines = if self.engines.is_empty() { named(&ENGINES) } else { self.engines.clone() };
        engines::check(&engines)?;
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../programs");
        let mut core = vec![folder.join("core"), folder.join("shared")];
        core.extend(self.with.iter().cloned());
        let mut both = programs::programs(&core, &[])?;
        both.extend(programs::programs(&[folder.join("components")], &[])?);
        let large = self.real.as_deref().map_or(Ok(Vec::new()), large)?;
        both.extend(large.iter().cloned());
        // All kinds at once, so that a name of none is told all that there is.
        let (real, both): (Vec<_>, Vec<_>) =
            programs::programs(&both, &self.only)?.into_iter().partition(|path| large.contains(path));
        let (components, core): (Vec<_>, Vec<_>) =
            both.into_iter().partition(|path| path.parent().is_some_and(|parent| parent.ends_with("components")));
        let pace = if self.quick {
            Pace { runs: 3, run_ms: 40, warm_ms: 120, within_s: 60 }
        } else {
            Pace { runs: 7, run_ms: 200, warm_ms: 400, within_s: 120 }
        };
        let report = Report {
            format: 1,
            date: machine::today(),
            finished: false,
            machine: Machine::here()?,
            settings: Settings { quick: self.quick, runs: pace.runs, run_ms: pace.run_ms, warm_ms: pace.warm_ms },
            engines: engines.iter().map(|name| engines::find(name).map(Engine::from)).collect::<Result<_>>()?,
            sections: Vec::new(),
            curves: Vec::new(),
        };
        Ok(Plan { make: self, engines, pace, core, components, real, report })
    }
}

impl From<&Known> for Engine {
    fn from(known: &Known) -> Self {
        let version = match known.package {
            None => machine::revision(),
            Some(package) => machine::locked(package).unwrap_or_else(|| "not in this build".to_owned()),
        };
        Self { name: known.name.to_owned(), about: known.about.to_owned(), version }
    }
}

impl Plan<'_> {
    fn topic(&mut self, topic: &str) -> Result<()> {
        match topic {
            "programs" => self.programs(&self.core.clone(), programs::section()),
            "components" => {
                let section = Section {
                    topic: "components".into(),
                    title: "Components, once warm".into(),
                    about:
                        "The same for components in which guests call guests: records, strings, lists, resources, and \
                            a chain of four. Engines without components have no figure."
                            .into(),
                    ..programs::section()
                };
                self.programs(&self.components.clone(), section)
            }
            "cold" => self.cold(),
            "real" => self.real(),
            "calls" => {
                let (runs, run_ms) = (self.pace.runs.max(5), self.pace.run_ms / 10);
                let calls = Calls { runs, run_ms, only: String::new(), csv: None };
                self.push(calls.section()?)
            }
            "lookup" => {
                let (runs, run_ms) = (self.pace.runs.max(5), self.pace.run_ms / 10);
                let lookup = Lookup { exports: 1_000, depth: 1, runs, run_ms, only: String::new(), csv: None };
                self.push(lookup.section()?)
            }
            "instantiate" => self.instantiate(),
            "memory" => self.memory(),
            _ => self.tier_up(),
        }
    }

    fn programs(&mut self, paths: &[PathBuf], section: Section) -> Result<()> {
        let at = self.open(section)?;
        // Against wasmi where it runs, which it does not with components.
        let base = if at_components(&self.report.sections[at]) { "wasmtime" } else { "wasmi" };
        let base = self.engines.iter().position(|engine| engine == base).unwrap_or(0);
        for path in paths.iter().take_while(|_| !interrupt::wanted()) {
            eprintln!("{}: {}", self.report.sections[at].topic, stem(path));
            let rows = programs::measure(path, &self.engines, |_| base, &self.pace)?;
            self.add(at, rows)?;
        }
        Ok(())
    }

    fn cold(&mut self) -> Result<()> {
        let at = self.open(cold::section())?;
        let base = self.engines.iter().position(|engine| engine == "wasmi").unwrap_or(0);
        // Small and large, Rust and C; the rest would say the same again.
        let wanted = |path: &&PathBuf| matches!(&*stem(path), "fft" | "json" | "words" | "sqlite");
        let mut paths: Vec<PathBuf> = self.core.iter().filter(wanted).cloned().collect();
        paths.extend(self.components.iter().find(|path| stem(path) == "chain").cloned());
        for path in paths.into_iter().take_while(|_| !interrupt::wanted()) {
            eprintln!("cold: {}", stem(&path));
            let rows = cold::measure(&path, "run", 1, &self.engines, base, self.pace.runs)?;
            self.add(at, rows)?;
        }
        Ok(())
    }

    fn real(&mut self) -> Result<()> {
        let mut section = cold::section();
        section.topic = "real".into();
        section.title = "Real programs".into();
        section.about = "CPU time of a new process: of a module (esbuild; its imports trap) and of two components \
                         (SpiderMonkey and CPython, each with a text program), from their bytes to the first \
                         result; of commands, from start to end on the command lines of whoever is installed."
            .into();
        let at = self.open(section)?;
        if self.make.real.is_none() {
            self.report.sections[at].about +=
                " Left out: `--real FOLDER` names the folder that `programs/fetch.sh` fills.";
            return Ok(());
        }
        // What they take with fuel says nothing new, and compiling them takes minutes.
        let engines: Vec<String> = self.engines.iter().filter(|name| !name.ends_with("-fuel")).cloned().collect();
        let runs = self.pace.runs.min(3);
        let real = self.real.clone();
        for path in real.iter().take_while(|_| !interrupt::wanted()) {
            if is_kind(path, "commands") {
                eprintln!("real: {}", stem(path));
                self.commands(at, path, runs)?;
            }
            let Some((_, export, n, base)) = LARGE.into_iter().find(|(file, ..)| path.ends_with(file)) else {
                continue;
            };
            eprintln!("real: {}", stem(path));
            let base = engines.iter().position(|engine| engine == base).unwrap_or(0);
            let rows = cold::measure(path, export, n, &engines, base, runs)?;
            self.add(at, rows)?;
        }
        Ok(())
    }

    fn commands(&mut self, at: usize, path: &Path, runs: usize) -> Result<()> {
        let (names, all) = commands_of(path)?;
        let samples: Vec<_> =
            commands::rounds(&all, runs, true)?.into_iter().map(commands::Samples::into_samples).collect();
        let base = names.iter().position(|name| name == "wasmtime").unwrap_or(0);
        self.add(at, rows(&stem(path), &names, &samples, |_| base))
    }

    fn instantiate(&mut self) -> Result<()> {
        let at = self.open(instances::instantiate_section())?;
        for (file, what) in small() {
            for threads in [1, 2].into_iter().take_while(|_| !interrupt::wanted()) {
                let subject =
                    if threads == 1 { format!("{what}, 1 thread") } else { format!("{what}, {threads} threads") };
                eprintln!("instantiate: {subject}");
                let rows = instances::instantiate(&file, &subject, threads, &self.with_pool(), &self.pace)?;
                self.add(at, rows)?;
            }
        }
        Ok(())
    }

    fn memory(&mut self) -> Result<()> {
        let at = self.open(instances::memory_section())?;
        for (file, what) in small().into_iter().take_while(|_| !interrupt::wanted()) {
            eprintln!("memory: {what}");
            let rows = instances::memory(&file, what, &self.with_pool(), &self.pace);
            self.add(at, rows)?;
        }
        if !interrupt::wanted() {
            let subject = format!("{} calls that wait", instances::WAITING);
            eprintln!("memory: {subject}");
            self.add(at, instances::waiting(&subject, &self.with_pool(), &self.pace))?;
        }
        Ok(())
    }

    /// The engines, and where instances are counted, wasmtime's pool too.
    fn with_pool(&self) -> Vec<String> {
        let pool = "wasmtime-pooling".to_owned();
        let wanted = self.make.engines.is_empty() && !self.engines.contains(&pool);
        self.engines.iter().cloned().chain(wanted.then_some(pool)).collect()
    }

    fn tier_up(&mut self) -> Result<()> {
        let (ms, large_ms) = if self.make.quick { (1_500, 6_000) } else { (4_000, 20_000) };
        for path in self.core.clone().iter().filter(|path| CURVES.contains(&&*stem(path))) {
            if interrupt::wanted() {
                return Ok(());
            }
            eprintln!("tier-up: {}", stem(path));
            let curves = curve::measure(path, &stem(path), &self.engines, ms, &self.pace);
            self.report.curves.extend(curves);
            self.save()?;
        }
        // Large and flat; the others would say the same more slowly.
        let engines: Vec<String> =
            self.engines.iter().filter(|name| LARGE_CURVES.contains(&name.as_str())).cloned().collect();
        for path in self.real.clone().iter().take_while(|_| !interrupt::wanted()) {
            let curves = if is_kind(path, "curves") {
                eprintln!("tier-up: {}", stem(path));
                let (names, all) = commands_of(path)?;
                curve::of_commands(&stem(path), &names, &all, self.pace.runs.min(3))
            } else if path.ends_with("javascript.wasm") {
                eprintln!("tier-up: {}", stem(path));
                curve::measure(path, "javascript", &engines, large_ms, &self.pace)
            } else {
                continue;
            };
            self.report.curves.extend(curves);
            self.save()?;
        }
        Ok(())
    }

    /// Adds a section, and gives its place.
    fn open(&mut self, section: Section) -> Result<usize> {
        self.push(section)?;
        Ok(self.report.sections.len() - 1)
    }

    fn push(&mut self, section: Section) -> Result<()> {
        self.report.sections.push(section);
        self.save()
    }

    fn add(&mut self, at: usize, rows: Vec<crate::section::Row>) -> Result<()> {
        self.report.sections[at].rows.extend(rows);
        self.save()
    }

    fn save(&self) -> Result<()> {
        let path = self.make.out.join("report.json");
        let text = serde_json::to_string_pretty(&self.report)? + "\n";
        // A whole file takes the place of the last one, so that an end in the middle leaves one of the two.
        let new = path.with_extension("json.new");
        fs::write(&new, text).and_then(|()| fs::rename(&new, &path)).with_context(|| path.display().to_string())
    }
}

/// The large programs of a folder: modules, commands, and commands whose speed is drawn over time.
fn large(folder: &Path) -> Result<Vec<PathBuf>> {
    let modules: Vec<PathBuf> = LARGE.iter().map(|(file, ..)| folder.join(file)).collect();
    if let Some(absent) = modules.iter().find(|path| !path.exists()) {
        bail!("no {}; `programs/fetch.sh` brings it", absent.display());
    }
    let found = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    let lists = found.into_iter().filter(|path| is_kind(path, "commands") || is_kind(path, "curves"));
    Ok(modules.into_iter().chain(lists).collect())
}

fn is_kind(path: &Path, kind: &str) -> bool {
    path.extension().is_some_and(|of| of == kind)
}

/// A file of lines `NAME: COMMAND…`, each a whole command; `{}` is the folder of the file.
fn commands_of(path: &Path) -> Result<(Vec<String>, Vec<Command>)> {
    let folder = path.parent().unwrap_or(Path::new(".")).to_string_lossy().into_owned();
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let (mut names, mut all) = (Vec::new(), Vec::new());
    for line in text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
        let (name, command) = line.split_once(':').with_context(|| format!("no `NAME:` in {line:?}"))?;
        names.push(name.trim().to_owned());
        let words = command.split_whitespace().map(|word| word.replace("{}", &folder)).collect();
        all.push(Command { words, quiet: true });
    }
    Ok((names, all))
}

fn at_components(section: &Section) -> bool {
    section.topic == "components"
}

/// What instances are made of.
fn small() -> [(PathBuf, &'static str); 2] {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../programs/small");
    [(folder.join("module.wat"), "small module"), (folder.join("component.wat"), "small component")]
}

impl Page {
    /// Writes the page of all of them; topics that were measured at another time go with the rest of their state.
    pub fn run(&self) -> Result<()> {
        let read = |path: &PathBuf| -> Result<Report> {
            let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
            let report: Report =
                serde_json::from_str(&text).with_context(|| format!("{}: no report", path.display()))?;
            ensure!(
                report.format == 1,
                "{}: a report of format {}; this program reads 1",
                path.display(),
                report.format
            );
            Ok(report)
        };
        let reports = self.reports.iter().map(read).collect::<Result<Vec<_>>>()?;
        let reports = Report::joined(reports);
        write_pages(&reports, &self.out)?;
        println!("{}", self.out.display());
        for (subject, curves) in reports.iter().filter(|_| self.pictures.is_some()).flat_map(page::drawn) {
            let path = self.pictures.iter().collect::<PathBuf>().join(format!("{subject}-over-time.svg"));
            fs::write(&path, plot::picture(subject, &curves)).with_context(|| path.display().to_string())?;
            println!("{}", path.display());
        }
        Ok(())
    }
}

fn write_pages(reports: &[Report], html: &Path) -> Result<()> {
    let write = |path: &Path, text: String| fs::write(path, text).with_context(|| path.display().to_string());
    write(html, page::html(reports))?;
    let text: Vec<String> = reports.iter().map(markdown::text).collect();
    write(&html.with_extension("md"), text.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::section::Samples;

    fn make(topics: &[&str], engines: &[&str], only: &[&str]) -> Make {
        let named = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let (topics, engines, only) = (named(topics), named(engines), named(only));
        Make { quick: true, out: "report".into(), topics, engines, only, with: Vec::new(), real: None }
    }

    #[test]
    fn unknown_names_are_told_what_there_is() {
        let message = |make: Make| make.plan().err().expect("it is refused").to_string();
        assert!(message(make(&["speed"], &[], &[])).contains("no topic `speed`; there are programs"));
        assert!(message(make(&[], &["v8"], &[])).contains("no engine `v8`; there are coracle-interp"));
        let programs = message(make(&[], &[], &["doom"]));
        assert!(programs.contains("no program `doom`") && programs.contains("vm") && programs.contains("chain"));
    }

    #[test]
    fn a_plan_parts_modules_from_components() {
        let make = make(&[], &[], &["vm", "chain"]);
        let plan = make.plan().unwrap();
        assert_eq!((stem(&plan.core[0]), stem(&plan.components[0])), ("vm".into(), "chain".into()));
        assert!(!plan.report.finished && plan.report.settings.quick);
    }

    /// A report of an interrupted run: one engine has figures, one failed, and markup in a note is no markup.
    #[test]
    fn pages_show_what_there_is() {
        let make = make(&[], &["wasmi", "coracle-interp", "tinywasm"], &[]);
        let mut plan = make.plan().unwrap();
        let samples = |own: &[f64]| Samples { own: own.to_vec(), wall: own.to_vec(), ..Samples::default() };
        let failed = Samples { failed: Some("no <op>".into()), ..Samples::default() };
        let mut section = programs::section();
        for subject in ["a", "b", "c"] {
            let all = [samples(&[10.0, 10.0, 11.0]), samples(&[5.0, 9.0, 5.0]), failed.clone()];
            section.rows.extend(rows(subject, &plan.engines, &all, |_| 0));
        }
        plan.report.sections.push(section);
        let text = serde_json::to_string(&plan.report).unwrap();
        let report: Report = serde_json::from_str(&text).unwrap();
        let (html, markdown) = (page::html(&[report.clone(), report.clone()]), markdown::text(&report));
        for page in [&html, &markdown] {
            assert!(page.contains("Unfinished") && page.contains("0.50") && page.contains('≈'), "{page}");
        }
        assert!(html.contains("no &lt;op&gt;") && !html.contains("<op>") && html.contains("All machines"));
        assert!(markdown.contains("- `tinywasm` on a, b, c: no <op>"), "{markdown}");
        // The same topic twice is two reports; another topic of the same state goes with the first.
        let finished = Report { finished: true, ..report.clone() };
        let mut real = finished.clone();
        real.sections.iter_mut().for_each(|section| section.topic = "real".into());
        let of = |reports: &[&Report]| Report::joined(reports.iter().map(|&report| report.clone()).collect());
        assert_eq!(of(&[&finished, &real])[0].sections.len(), 2);
        assert_eq!(of(&[&finished, &finished]).len(), 2);
        assert_eq!(of(&[&report, &real]).len(), 2, "an interrupted run stands alone");
        assert!(!html.contains("http") && !html.contains("<script"), "the page needs nothing else");
    }
}
