//! Loading a scenario folder: files, variant, facts, rules, offers and goal, with every problem reported together.

use super::document::{Document, Step, Tree};
use super::facts::{self, Facts};
use super::files::{Files, fingerprint};
use super::frame::Frame;
use super::goal::{self, SolverSettings};
use super::manifest::{Manifest, SCHEMA};
use super::problem::{Code, Problem, Problems, Reported};
use super::source::SourceFile;
use super::{complete, offers, paper, rules, schema, shape, variant};
use crate::domain::scenario::{Baseline, Scenario};
use crate::id::IdVec;
use crate::message::{Message, Text};
use crate::travel::{self, Travel};
use serde::Deserialize;
use std::path::Path;
use std::sync::Arc;

/// A scenario as loaded.
#[derive(Debug)]
pub struct Loaded {
    /// The scenario, with the changes of the variant applied.
    pub scenario: Scenario,
    /// What the scenario sets for the command line.
    pub settings: SolverSettings,
    /// The variants that the scenario declares, in file order.
    pub variants: Vec<VariantInfo>,
    /// What deserves a look but does not stop a run.
    pub warnings: Vec<Problem>,
}

/// A variant as declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VariantInfo {
    /// Short name, for `--variant`.
    pub name: String,
    /// Name shown to users.
    pub title: Text,
}

/// Reads and checks a scenario folder, with the changes of the named variant applied.
///
/// All variants are checked, whether applied or not.
///
/// # Errors
/// Every problem of the folder, warnings included.
pub fn load(folder: &Path, variant: Option<&str>) -> Result<Loaded, Problems> {
    let mut problems = Problems::new();
    match load_into(folder, variant, &mut problems) {
        Ok(mut loaded) if !problems.has_errors() => {
            loaded.warnings = problems.into_warnings();
            Ok(loaded)
        }
        _ => Err(problems),
    }
}

fn load_into(folder: &Path, variant: Option<&str>, problems: &mut Problems) -> Result<Loaded, Reported> {
    let mut files = Files::new(folder, problems)?;
    let source = files.scenario(problems)?;
    let (document, tree) = Document::parse(&source, problems)?;
    let variants = variant_names(&tree);
    let chosen = match variant {
        None => None,
        Some(name) => Some(find_variant(name, &variants, &source, problems)?),
    };
    let mut loading = Loading { files: &mut files, source: &source, document: &document, tree: &tree };
    let mut base_problems = Problems::new();
    let base = loading.build(chosen, None, &mut base_problems);
    if let Some(base) = &base {
        for at in (0..variants.len()).filter(|&at| chosen != Some(at)) {
            let mut own = Problems::new();
            loading.build(Some(at), Some(base), &mut own);
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
    base.and_then(|built| built.loaded).ok_or(Reported)
}

fn variant_names(tree: &Tree<'_>) -> Vec<String> {
    let list = tree.get_ref().get("variants").and_then(|value| value.get_ref().as_array());
    list.into_iter()
        .flat_map(|list| list.iter())
        .map(|entry| {
            let name = entry.get_ref().get("name").and_then(|name| name.get_ref().as_str());
            name.unwrap_or_default().to_owned()
        })
        .collect()
}

fn find_variant(
    name: &str,
    variants: &[String],
    source: &SourceFile,
    problems: &mut Problems,
) -> Result<usize, Reported> {
    variants.iter().position(|known| known == name).ok_or_else(|| {
        problems.push(
            Problem::new(Code::UnknownVariant, &source.name)
                .with("value", name)
                .with_list("expected", variants.iter().map(String::as_str))
                .nearest(name, variants.iter().map(String::as_str)),
        )
    })
}

struct Loading<'a> {
    files: &'a mut Files,
    source: &'a Arc<SourceFile>,
    document: &'a Document,
    tree: &'a Tree<'a>,
}

/// What was made of the folder: the tables always, the scenario where nothing is wrong.
struct Built {
    loaded: Option<Loaded>,
    facts: Arc<Facts>,
    frame: Frame,
    manifest: Manifest,
}

impl Loading<'_> {
    /// Builds the scenario with one variant. Facts of `known` are used again where the variant leaves the tables alone.
    fn build(&mut self, variant: Option<usize>, known: Option<&Built>, problems: &mut Problems) -> Option<Built> {
        let mut tree = self.tree.clone();
        let cells = variant.map(|at| variant::apply(self.document, &mut tree, at, problems)).unwrap_or_default();
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
        if variant.is_none() || known.is_none() {
            self.check_variant_names(&manifest, problems);
        }
        let frame = Frame::new(&manifest, variant, self.document, &tree, problems)?;
        let reusable = known.filter(|known| {
            cells.is_empty()
                && known.manifest.tables == manifest.tables
                && known.frame.stages == frame.stages
                && known.frame.all_years() == frame.all_years()
                && known.frame.factors_declared == frame.factors_declared
        });
        let facts = if let Some(known) = reusable {
            Arc::clone(&known.facts)
        } else {
            let facts = facts::read(self.files, &manifest.tables, &frame, &cells, problems)?;
            complete::far_away(&facts, problems);
            Arc::new(facts)
        };
        // Where entries with mistakes were cut out, what refers to them would raise problems that are none.
        let loaded = if sound {
            let baseline = known.and_then(|known| known.loaded.as_ref()).map(|loaded| &loaded.scenario.baseline);
            self.assemble(variant, &manifest, &frame, &facts, baseline, &tree, problems)
        } else {
            None
        };
        Some(Built { loaded, facts, frame, manifest })
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

    fn check_variant_names(&self, manifest: &Manifest, problems: &mut Problems) {
        for (at, variant) in manifest.variants.iter().enumerate() {
            let first = manifest.variants[..at].iter().position(|other| other.name == variant.name);
            if let Some(first) = first {
                problems.push(
                    self.document
                        .problem_at(Code::DuplicateId, self.tree, &variant::place(at))
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
        let (rules, origins) = rules::rules(manifest, &facts.sites, assumed, document, tree, problems);
        let offers = offers::offers(&manifest.actions, frame, &facts.district, &facts.sites, document, tree, problems);
        let adjacency = facts.district.adjacency.is_some();
        let zoning = goal::zoning(manifest, frame, adjacency, document, tree, problems);
        let objective = goal::objective(manifest, assumed, document, tree, &mut assumptions, problems);
        let settings = goal::settings(&manifest.solver, document, tree, problems);
        let variant_name = variant.and_then(|at| manifest.variants.get(at)).map(|variant| variant.name.clone());
        let mut files = facts.files.clone();
        files.push(Arc::clone(self.source));
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
            district: facts.district.clone(),
            demand: facts.demand.clone(),
            baseline: facts.baseline.clone().unwrap_or(Baseline { assumed, sites: IdVec::new() }),
            travel,
            rules,
            offers,
            zoning,
            objective,
            assumptions,
        };
        if problems.has_errors() {
            return None;
        }
        if assumed {
            // A variant that is only checked takes the assumption of the scenario that was loaded: working it out again for
            // every variant would cost more than the check.
            scenario.baseline.sites = match known_baseline {
                Some(known) => known.sites.clone(),
                None => travel::nearest_baseline(&scenario, &Travel::new(&scenario)),
            };
        }
        complete::reach(&scenario, facts, problems);
        complete::home_units(&mut scenario);
        paper::check(&scenario, &origins, document, tree, problems);
        let variants = manifest
            .variants
            .iter()
            .map(|variant| VariantInfo { name: variant.name.clone(), title: variant.title.clone() })
            .collect();
        Some(Loaded { scenario, settings, variants, warnings: Vec::new() })
    }
}
