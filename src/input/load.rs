//! Loading a scenario folder: files, variant, facts, rules, offers and goal, with every problem reported together.

use super::changes::{self, VariantInfo};
use super::document::{Document, Step, Tree};
use super::facts::{self, Facts};
use super::family::{self, Drawn};
use super::files::{Files, fingerprint};
use super::frame::Frame;
use super::goal::{self, SolverSettings};
use super::manifest::{BoardingTable, Manifest, SCHEMA, Tables};
use super::problem::{Code, Problem, Problems, Reported};
use super::source::SourceFile;
use super::{complete, forecast, offers, paper, rules, schema, shape, start, variant};
use crate::domain::district::District;
use crate::domain::scenario::{Baseline, Scenario};
use crate::id::IdVec;
use crate::message::Message;
use crate::travel::{self, Travel};
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

/// A scenario as loaded.
#[derive(Debug)]
pub struct Loaded {
    /// The scenario, with the changes of the variant applied.
    pub scenario: Scenario,
    /// What the scenario sets for the command line.
    pub settings: SolverSettings,
    /// What it sets for every run of a sweep.
    pub sweep: SolverSettings,
    /// The variants that the scenario declares, in file order.
    pub variants: Vec<VariantInfo>,
    /// What deserves a look but does not stop a run.
    pub warnings: Vec<Problem>,
}

/// Reads and checks a scenario folder, with the changes of the named variant applied.
///
/// All variants are checked, whether applied or not.
///
/// # Errors
/// Every problem of the folder, warnings included.
pub fn load(folder: &Path, variant: Option<&str>) -> Result<Loaded, Problems> {
    let mut folder = Folder::open(folder)?;
    match variant {
        None => Ok(folder.base),
        Some(name) => folder.variant(name),
    }
}

/// A scenario folder with all its variants checked. The tables are read once for all variants that leave them alone.
#[derive(Debug)]
pub struct Folder {
    files: Files,
    texts: Texts,
    /// The scenario without a variant.
    pub base: Loaded,
    ground: Ground,
}

/// What variants may share with the scenario.
#[derive(Debug, Clone)]
struct Ground {
    facts: Arc<Facts>,
    frame: Frame,
    tables: Tables,
}

impl Folder {
    /// Reads and checks a folder with all variants.
    ///
    /// # Errors
    /// Every problem of the folder, warnings included.
    pub fn open(folder: &Path) -> Result<Self, Problems> {
        let mut problems = Problems::new();
        match open(folder, &mut problems) {
            Ok(mut opened) if !problems.has_errors() => {
                opened.base.warnings = problems.into_warnings();
                Ok(opened)
            }
            _ => Err(problems),
        }
    }

    /// The scenario with the changes of a variant.
    ///
    /// # Errors
    /// When there is no such variant, or it does not fit; the latter was found on opening unless files have changed.
    pub fn variant(&mut self, name: &str) -> Result<Loaded, Problems> {
        let mut problems = Problems::new();
        let built = self.with_variant(name, &mut problems);
        match built {
            Ok(mut loaded) if !problems.has_errors() => {
                loaded.warnings = problems.into_warnings();
                loaded.variants.clone_from(&self.base.variants);
                Ok(loaded)
            }
            _ => Err(problems),
        }
    }

    /// SHA-256 of all files that the scenario or any of its variants reads, in hexadecimal.
    pub fn fingerprint(&self) -> String {
        fingerprint(&self.files.all(), None)
    }

    fn with_variant(&mut self, name: &str, problems: &mut Problems) -> Result<Loaded, Reported> {
        let names: Vec<&str> = self.base.variants.iter().map(|variant| variant.name.as_str()).collect();
        let Some(at) = names.iter().position(|known| *known == name) else {
            let problem = Problem::new(Code::UnknownVariant, &self.texts.source.name);
            return Err(problems.push(start::unknown(problem, name, names.iter().copied())));
        };
        let (document, tree) = self.texts.parse(problems)?;
        let drawn = family::draw(&tree);
        let declared = Declared::new(&document, tree, &drawn, problems);
        let mut loading = Loading { files: &mut self.files, texts: &self.texts, document: &document };
        let tree = declared.with(at);
        loading.build(tree, true, Some((&self.ground, None)), problems).and_then(|built| built.loaded).ok_or(Reported)
    }
}

/// The files of the scenario and of its variants.
#[derive(Debug)]
struct Texts {
    source: Arc<SourceFile>,
    beside: Option<Beside>,
}

#[derive(Debug)]
struct Beside {
    file: Arc<SourceFile>,
    behind: String,
}

/// Keys of the file of variants.
const KEYS: [&str; 2] = ["variants", "families"];

impl Texts {
    fn read(files: &mut Files, problems: &mut Problems) -> Result<Self, Reported> {
        let source = files.scenario(problems)?;
        let beside = files.variants(problems)?;
        let beside = beside.map(|file| Beside { behind: Document::behind(&source, &file), file });
        Ok(Self { source, beside })
    }

    /// The tree of the scenario with what the file of variants adds.
    fn parse(&self, problems: &mut Problems) -> Result<(Document, Tree<'_>), Reported> {
        let (mut document, mut tree) = Document::parse(&self.source, problems)?;
        if let Some(Beside { file, behind }) = &self.beside {
            let further = document.also(file, behind, problems)?.into_inner();
            for (key, value) in further {
                let name = key.get_ref().to_string();
                let same = KEYS.into_iter().find(|known| *known == name);
                match (same.is_some(), value.get_ref()) {
                    (true, DeValue::Array(_)) => merge(tree.get_mut(), key, value),
                    _ => {
                        problems.push(
                            document
                                .problem(Code::UnknownKey, &key.span())
                                .with("key", &name)
                                .with("table", &file.name)
                                .with_list("expected", KEYS)
                                .nearest(&name, KEYS),
                        );
                    }
                }
            }
        }
        Ok((document, tree))
    }

    fn files(&self) -> impl Iterator<Item = Arc<SourceFile>> + '_ {
        std::iter::once(&self.source).chain(self.beside.iter().map(|beside| &beside.file)).cloned()
    }
}

/// Appends a list to that of the same key; one that is no list is left to the check of its shape.
fn merge<'i>(table: &mut DeTable<'i>, key: Spanned<Cow<'i, str>>, value: Spanned<DeValue<'i>>) {
    match table.get_mut(key.get_ref().as_ref()).map(Spanned::get_mut) {
        Some(DeValue::Array(known)) => {
            if let DeValue::Array(list) = value.into_inner() {
                for entry in list {
                    known.push(entry);
                }
            }
        }
        Some(_) => {}
        None => {
            table.insert(key, value);
        }
    }
}

/// The tree of a scenario, with the variants that it declares and those of its families.
struct Declared<'i> {
    /// Without variants and families.
    bare: Tree<'i>,
    /// With all of them.
    whole: Tree<'i>,
    variants: Vec<Spanned<DeValue<'i>>>,
}

impl<'i> Declared<'i> {
    fn new(document: &Document, mut tree: Tree<'i>, drawn: &'i Drawn, problems: &mut Problems) -> Self {
        family::expand(document, &mut tree, drawn, problems);
        forecast::offer(&mut tree);
        let mut bare = tree.clone();
        bare.get_mut().remove("families");
        let variants = bare.get_mut().remove("variants").map(Spanned::into_inner);
        let variants = match variants {
            Some(DeValue::Array(list)) => list.into_iter().collect(),
            _ => Vec::new(),
        };
        Self { bare, whole: tree, variants }
    }

    /// The tree with the variant at position `at` alone.
    fn with(&self, at: usize) -> Tree<'i> {
        let mut tree = self.bare.clone();
        let entry = self.variants[at].clone();
        let span = entry.span();
        let list: DeArray<'i> = std::iter::once(entry).collect();
        tree.get_mut()
            .insert(Spanned::new(span.clone(), Cow::Borrowed("variants")), Spanned::new(span, DeValue::Array(list)));
        tree
    }
}

fn open(folder: &Path, problems: &mut Problems) -> Result<Folder, Reported> {
    let mut files = Files::new(folder, problems)?;
    let texts = Texts::read(&mut files, problems)?;
    let (document, tree) = texts.parse(problems)?;
    let drawn = family::draw(&tree);
    let declared = Declared::new(&document, tree, &drawn, problems);
    let mut loading = Loading { files: &mut files, texts: &texts, document: &document };
    let mut base_problems = Problems::new();
    let base = loading.build(declared.whole.clone(), false, None, &mut base_problems);
    if let Some(base) = &base {
        let baseline = base.loaded.as_ref().map(|loaded| &loaded.scenario.baseline);
        for at in 0..declared.variants.len() {
            let mut own = Problems::new();
            loading.build(declared.with(at), true, Some((&base.ground, baseline)), &mut own);
            for problem in own.iter().filter(|problem| !problem.code.is_warning()) {
                if !base_problems.holds(problem) && !problems.holds(problem) {
                    problems.push(problem.clone());
                }
            }
        }
    }
    let mut all = base_problems;
    all.extend(std::mem::take(problems));
    *problems = all;
    let base = base.ok_or(Reported)?;
    let ground = base.ground;
    let loaded = base.loaded.ok_or(Reported)?;
    Ok(Folder { files, texts, base: loaded, ground })
}

struct Loading<'a> {
    files: &'a mut Files,
    texts: &'a Texts,
    document: &'a Document,
}

/// What was made of the folder: the tables always, the scenario where nothing is wrong.
struct Built {
    loaded: Option<Loaded>,
    ground: Ground,
}

impl Loading<'_> {
    /// Builds the scenario of a tree, with the changes of its only variant if `varied`. What `known` has read is used again
    /// where the variant leaves the tables alone. With a baseline beside it the scenario is only checked: the assumption of
    /// the baseline and the number of pupils are then those of the scenario that was loaded, because working them out for
    /// every variant would cost more than the check.
    fn build(
        &mut self,
        mut tree: Tree<'_>,
        varied: bool,
        known: Option<(&Ground, Option<&Baseline>)>,
        problems: &mut Problems,
    ) -> Option<Built> {
        let declared = tree.clone();
        let variant = varied.then_some(0);
        let cells = variant.map(|at| variant::apply(self.document, &mut tree, at, problems)).unwrap_or_default();
        let forecasts = forecast::names(&tree);
        let sound = shape::check(self.document, &mut tree, schema::scenario_value(), problems);
        let manifest = self.manifest(&tree, problems)?;
        if manifest.schema != SCHEMA {
            problems.push(
                self.document
                    .problem_at(Code::SchemaVersion, &tree, &[Step::Key("schema")])
                    .with("value", &manifest.schema)
                    .with("expected", SCHEMA),
            );
            return None;
        }
        if !varied {
            self.check_variant_names(&manifest, &declared, problems);
            family::check(&manifest.families, self.document, &declared, problems);
            start::check(&manifest.variants, self.document, &declared, problems);
        }
        let frame = Frame::new(&manifest, variant, forecasts, self.document, &tree, problems)?;
        let checked_only = known.is_some_and(|(_, baseline)| baseline.is_some());
        let reusable = known.map(|(known, _)| known).filter(|known| {
            cells.is_empty()
                && known.tables == manifest.tables
                && known.frame.stages == frame.stages
                && known.frame.all_years() == frame.all_years()
                && known.frame.factors_declared == frame.factors_declared
        });
        let facts = match reusable {
            Some(known) if checked_only || known.frame == frame => Arc::clone(&known.facts),
            Some(known) => Arc::new(known.facts.resettled(&frame)),
            None => {
                let facts = facts::read(self.files, &manifest.tables, &frame, &cells, problems)?;
                complete::far_away(&facts, problems);
                Arc::new(facts)
            }
        };
        // Where entries with mistakes were cut out, what refers to them would raise problems that are none.
        let loaded = if sound {
            let baseline = known.and_then(|(_, baseline)| baseline);
            self.assemble(variant, &manifest, &frame, &facts, baseline, &tree, problems)
        } else {
            None
        };
        Some(Built { loaded, ground: Ground { facts, frame, tables: manifest.tables } })
    }

    fn manifest(&self, tree: &Tree<'_>, problems: &mut Problems) -> Option<Manifest> {
        let deserializer = toml::de::Deserializer::from(tree.clone());
        match Manifest::deserialize(deserializer) {
            Ok(manifest) => Some(manifest),
            Err(error) => {
                // What the walk over the schema has found already is not said twice.
                if !problems.has_errors() {
                    let reason = error.message().lines().collect::<Vec<_>>().join(" ");
                    let span = error.span().unwrap_or(0..0);
                    problems.push(self.document.problem(Code::TomlSyntax, &span).with("reason", reason));
                }
                None
            }
        }
    }

    fn check_variant_names(&self, manifest: &Manifest, tree: &Tree<'_>, problems: &mut Problems) {
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        for (at, variant) in manifest.variants.iter().enumerate() {
            let first = *seen.entry(&variant.name).or_insert(at);
            if first != at {
                problems.push(
                    self.document
                        .problem_at(Code::DuplicateId, tree, &variant::place(at))
                        .with("kind", "variant")
                        .with("value", &variant.name)
                        .with("first", first + 1),
                );
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "everything that a scenario is made of comes together here")]
    fn assemble(
        &self,
        variant: Option<usize>,
        manifest: &Manifest,
        frame: &Frame,
        facts: &Facts,
        known_baseline: Option<&Baseline>,
        tree: &Tree<'_>,
        problems: &mut Problems,
    ) -> Option<Loaded> {
        let document = self.document;
        let declared = manifest.assumptions.iter().map(|text| Message::new("assume.declared").with_text("text", text));
        let mut assumptions: Vec<Message> = declared.collect();
        let mut travel = goal::travel(manifest, &mut assumptions);
        travel.table.clone_from(&facts.travel);
        let assumed = facts.baseline.is_none();
        if assumed {
            assumptions.push(Message::new("assume.baseline_nearest"));
        }
        assumptions.extend(facts.assumptions.iter().cloned());
        let (rules, origins) =
            rules::rules(manifest, &facts.sites, &facts.district.areas, assumed, document, tree, problems);
        let offers = offers::offers(&manifest.actions, frame, &facts.district, &facts.sites, document, tree, problems);
        let adjacency = facts.district.adjacency.is_some();
        let zoning = goal::zoning(manifest, frame, adjacency, document, tree, problems);
        let place = (document, tree);
        let moving = goal::moving(manifest, &facts.district, frame, assumed, place, &mut assumptions, problems);
        let objective = goal::objective(manifest, assumed, document, tree, &mut assumptions, problems);
        let settings = goal::settings("solver", &manifest.solver, document, tree, problems);
        let sweep = goal::settings("sweep", &manifest.sweep, document, tree, problems).or(&settings);
        let variant_entry = variant.and_then(|at| manifest.variants.get(at));
        let variant_name = variant_entry.map(|variant| variant.name.clone());
        if let Some(entry) = variant_entry {
            assumptions.push(changes::message(entry));
        }
        let mut files = facts.files.clone();
        files.extend(self.texts.files());
        let mut scenario = Scenario {
            name: manifest.name.clone(),
            title: manifest.title.clone(),
            description: manifest.description.clone(),
            synthetic: manifest.synthetic,
            notice: manifest.notice.clone(),
            sha256: fingerprint(&files, variant_name.as_deref()),
            variant: variant_name,
            baseline_year: frame.baseline_year,
            years: frame.years.clone(),
            stages: frame.stages.clone(),
            district: District {
                reported: goal::reported(manifest, document, tree, problems),
                ..facts.district.clone()
            },
            demand: facts.demand.clone(),
            baseline: facts.baseline.clone().unwrap_or(Baseline { assumed, sites: IdVec::new() }),
            travel,
            rules,
            offers,
            zoning,
            boarding: manifest.boarding.as_ref().map(BoardingTable::policy),
            moving,
            objective,
            assumptions,
        };
        if problems.has_errors() {
            return None;
        }
        if assumed {
            scenario.baseline.sites = match known_baseline {
                Some(known) => known.sites.clone(),
                None => travel::nearest_baseline(&scenario, &Travel::new(&scenario)),
            };
        }
        complete::reach(&scenario, facts, problems);
        complete::home_units(&mut scenario);
        paper::check(&scenario, &origins, document, tree, problems);
        let variants = manifest.variants.iter().map(changes::info).collect();
        Some(Loaded { scenario, settings, sweep, variants, warnings: Vec::new() })
    }
}
