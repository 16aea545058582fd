//! The data of the report page, in both languages, as compact as the page can read.

use super::consequences::ConsequenceData;
use super::rules::{IndicatorData, RuleData, indicators, rules};
use crate::digest::consequences::years::offer as taken_offer;
use crate::digest::distances::step_for;
use crate::digest::figures::{classes, figures, pupils, years};
use crate::digest::flows::flows;
use crate::domain::district::{SiteStatus, Stage};
use crate::domain::rule::Rule;
use crate::i18n::{Language, both, render};
use crate::id::{Id, SiteId};
use crate::message::{Message, Text};
use crate::output::atlas::{Atlas, UnitData, site_colours};
use crate::output::bundle::Bundle;
use crate::output::overview::{Form, caps, key_figures, standing};
use crate::output::shapes::shapes;
use serde::Serialize;
use std::collections::BTreeMap;

/// Everything that the page shows.
#[derive(Debug, Serialize)]
pub struct Data {
    lang: &'static str,
    version: String,
    name: String,
    variant: Option<String>,
    title: Both,
    description: Both,
    notice: Both,
    synthetic: bool,
    assumed_baseline: bool,
    drawn: bool,
    status: String,
    engine: String,
    seed: u64,
    sha256: String,
    gap: Option<f64>,
    standing: Vec<Both>,
    levels: Vec<LevelData>,
    terms: BTreeMap<String, Option<f64>>,
    figures: Vec<FigureData>,
    years: Vec<i32>,
    stages: Vec<&'static str>,
    areas: Vec<String>,
    /// Longitude and latitude of the map's origin, in hundred-thousandths of a degree; all places are relative to it.
    origin: [i64; 2],
    sites: Vec<SiteData>,
    units: Vec<UnitData>,
    /// By stage and year: flat groups of unit, site, pupils, metres (-1 where not known).
    assigned: Vec<Vec<Vec<i64>>>,
    /// Pupils who change school between the baseline and the last year, by stage and schools.
    flows: Vec<FlowData>,
    /// What changes for units whose pupils change school; none where today's zones are only assumed.
    movers: Vec<MoverData>,
    histograms: Vec<HistogramData>,
    consequences: ConsequenceData,
    /// The compliance table, with the sums of its parts.
    indicators: Vec<IndicatorData>,
    indicator_totals: Vec<Both>,
    rules: Vec<RuleData>,
    /// Rules that wait for data in every year.
    waiting: Vec<Both>,
    checked_after: Vec<String>,
    assumptions: Vec<Both>,
    obstacles: Vec<Both>,
    notes: Vec<Both>,
}

/// A text in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Both {
    zh: String,
    en: String,
}

impl Both {
    /// Words in both languages.
    pub fn words(zh: String, en: String) -> Self {
        Self { zh, en }
    }

    /// A message in both languages.
    pub fn message(message: &Message) -> Self {
        Self { zh: render(Language::Zh, message), en: render(Language::En, message) }
    }

    /// Words that are given in both languages.
    pub fn of(zh: String, en: String) -> Self {
        Self { zh, en }
    }

    /// The same words in both languages.
    pub fn same(words: &str) -> Self {
        Self { zh: words.to_owned(), en: words.to_owned() }
    }

    /// A message in both languages, with names in place of keys.
    pub fn said(bundle: &Bundle<'_>, message: &Message) -> Self {
        Self { zh: bundle.say(Language::Zh, message), en: bundle.say(Language::En, message) }
    }

    /// The name of what a rule is tested on.
    pub fn subject(bundle: &Bundle<'_>, rule: Option<&Rule>, key: &str) -> Self {
        Self { zh: bundle.subject(Language::Zh, rule, key), en: bundle.subject(Language::En, rule, key) }
    }

    /// A text of the scenario; a missing language takes the other.
    pub fn text(text: &Text) -> Self {
        Self { zh: Language::Zh.pick(text).to_owned(), en: Language::En.pick(text).to_owned() }
    }
}

#[derive(Debug, Serialize)]
struct LevelData {
    term: String,
    value: f64,
    bound: Option<f64>,
    gap: Option<f64>,
}

#[derive(Debug, Serialize)]
struct FigureData {
    label: Both,
    before: Option<String>,
    after: Option<String>,
    change: Option<String>,
}

#[derive(Debug, Serialize)]
struct SiteData {
    key: String,
    name: String,
    at: [i64; 2],
    kind: &'static str,
    candidate: bool,
    protected: bool,
    built: Option<i32>,
    area: Option<usize>,
    colour: usize,
    /// By year: whether it is in use, kind, rooms, pupils, classes, size limit that applies.
    states: Vec<Option<StateData>>,
    actions: Vec<ActionData>,
    /// What else the scenario offered for the site.
    offers: Vec<OfferData>,
}

#[derive(Debug, Serialize)]
struct StateData {
    operating: bool,
    kind: &'static str,
    rooms: i64,
    pupils: i64,
    classes: i64,
    limit: Option<f64>,
}

#[derive(Debug, Serialize)]
struct ActionData {
    year: i32,
    action: String,
    into: Option<usize>,
    classes: i64,
    cost: i64,
    reason: Both,
    /// Why the solver takes it.
    why: Option<Both>,
}

#[derive(Debug, Serialize)]
struct OfferData {
    action: &'static str,
    into: Option<usize>,
    classes: i64,
    capital: i64,
    running: i64,
    taken: bool,
}

#[derive(Debug, Serialize)]
struct FlowData {
    stage: usize,
    from: Option<usize>,
    to: usize,
    pupils: i64,
    /// Mean way in metres before and after.
    before: Option<i64>,
    after: Option<i64>,
}

#[derive(Debug, Serialize)]
struct MoverData {
    unit: usize,
    stage: usize,
    moved: i64,
    old: Vec<usize>,
    new: Vec<usize>,
    before: Option<i64>,
    after: Option<i64>,
}

/// Pupils by distance, by year.
#[derive(Debug, Serialize)]
struct HistogramData {
    /// Position in `stages`; all stages together where absent.
    stage: Option<usize>,
    step: i64,
    counts: Vec<Vec<i64>>,
    mean: Vec<Option<f64>>,
    median: Vec<Option<i64>>,
    p90: Vec<Option<i64>>,
    longest: Vec<Option<i64>>,
    /// Limit in metres, and the share of pupils beyond it by year.
    caps: Vec<CapData>,
}

#[derive(Debug, Serialize)]
struct CapData {
    metres: i64,
    beyond: Vec<i64>,
    pupils: Vec<i64>,
}

/// Bars of a histogram at most.
const BINS: usize = 14;
/// Numbers of a trip in `assigned`.
const TRIP: usize = 4;

impl Data {
    /// The data of a plan.
    pub fn of(bundle: &Bundle<'_>) -> Self {
        let (scenario, document) = (bundle.scenario, bundle.document);
        let shapes = shapes(scenario);
        let atlas = Atlas::of(scenario, &shapes);
        let years = years(document);
        let assigned = assigned(bundle, &years);
        let colours = site_colours(scenario, &shapes, assigned.iter().flatten(), TRIP);
        let (indicators, indicator_totals, waiting) = indicators(bundle);
        Self {
            lang: bundle.language.name(),
            version: bundle.run.version.clone(),
            name: scenario.name.clone(),
            variant: document.variant.clone(),
            title: Both::text(&scenario.title),
            description: Both::text(&scenario.description),
            notice: Both::text(&scenario.notice),
            synthetic: scenario.synthetic || document.synthetic,
            assumed_baseline: scenario.baseline.assumed,
            drawn: atlas.drawn,
            status: status_name(bundle),
            engine: document.solver.engine.clone(),
            seed: document.solver.seed,
            sha256: document.scenario_sha256.clone(),
            gap: document.gap,
            standing: standing(bundle).iter().map(Both::message).collect(),
            levels: document
                .levels
                .iter()
                .map(|l| LevelData { term: l.term.clone(), value: l.value, bound: l.bound, gap: l.gap })
                .collect(),
            terms: document.objective.terms.clone(),
            figures: key_figures(bundle)
                .iter()
                .map(|figure| FigureData {
                    label: Both::message(&figure.label),
                    before: figure.before.map(|value| figure.form.show(Some(value))),
                    after: figure.after.map(|value| figure.form.show(Some(value))),
                    change: figure.before.zip(figure.after).map(|(before, after)| change(figure.form, before, after)),
                })
                .collect(),
            stages: scenario.stages.iter().map(|stage| stage.name()).collect(),
            areas: scenario.district.areas.iter().map(|area| area.name.clone()).collect(),
            origin: atlas.origin,
            sites: sites(bundle, &years, &colours, &atlas),
            units: atlas.units,
            flows: flow_data(bundle, &years),
            movers: movers(bundle, &years),
            histograms: histograms(bundle),
            consequences: ConsequenceData::of(bundle, &years),
            indicators,
            indicator_totals,
            rules: rules(bundle),
            waiting,
            checked_after: document.checked_after.clone(),
            assumptions: assumptions(bundle),
            obstacles: bundle.findings.obstacles.iter().map(|message| Both::said(bundle, message)).collect(),
            notes: bundle.findings.notes.iter().map(|message| Both::said(bundle, message)).collect(),
            assigned,
            years,
        }
    }
}

fn status_name(bundle: &Bundle<'_>) -> String {
    use crate::domain::document::PlanStatus;
    match bundle.document.status {
        PlanStatus::Feasible if bundle.document.solver.engine == "none" => "checked",
        PlanStatus::Optimal => "optimal",
        PlanStatus::Feasible => "feasible",
        PlanStatus::Stopped => "stopped",
        PlanStatus::Infeasible => "infeasible",
    }
    .to_owned()
}

/// The difference of two figures, with its sign; percentages differ by percentage points.
fn change(form: Form, before: f64, after: f64) -> String {
    let text = form.show(Some(after - before));
    if text.starts_with('-') || text.chars().all(|c| matches!(c, '0' | '.' | '%')) { text } else { format!("+{text}") }
}

/// Assumptions in both languages: those of the run, then those that only the document has.
fn assumptions(bundle: &Bundle<'_>) -> Vec<Both> {
    let mut all: Vec<Both> = bundle.findings.assumptions.iter().map(|message| Both::said(bundle, message)).collect();
    let known: Vec<String> = bundle.findings.assumptions.iter().map(both).collect();
    for words in &bundle.document.assumptions {
        if !known.contains(words) {
            all.push(Both { zh: words.clone(), en: words.clone() });
        }
    }
    all
}

/// By stage and year: unit, site, pupils, metres of every trip.
fn assigned(bundle: &Bundle<'_>, years: &[i32]) -> Vec<Vec<Vec<i64>>> {
    let mut all = vec![vec![Vec::new(); years.len()]; bundle.scenario.stages.len()];
    for trip in &bundle.trips {
        let stage = bundle.scenario.stage_index(trip.stage);
        let year = years.iter().position(|&year| year == trip.year);
        let unit = bundle.unit(&trip.unit).map(|(id, _)| id.index());
        let site = bundle.site(&trip.site).map(|(id, _)| id.index());
        if let (Some(stage), Some(year), Some(unit), Some(site)) = (stage, year, unit, site) {
            all[stage][year].extend([unit as i64, site as i64, trip.pupils, trip.metres.unwrap_or(-1)]);
        }
    }
    all
}

fn index_of(bundle: &Bundle<'_>, key: &str) -> Option<usize> {
    bundle.site(key).map(|(id, _)| id.index())
}

fn sites(bundle: &Bundle<'_>, years: &[i32], colours: &[usize], atlas: &Atlas) -> Vec<SiteData> {
    let size_rules: Vec<&Rule> = bundle.scenario.rules.iter().filter(|rule| rule.metric == "site_size").collect();
    let mut limits: BTreeMap<(&str, i32), f64> = BTreeMap::new();
    for row in &bundle.document.compliance {
        if size_rules.iter().any(|rule| rule.id == row.rule)
            && row.verdict != crate::domain::rule::Verdict::NotApplicable
        {
            limits.insert((&row.subject, row.year), row.limit);
        }
    }
    let documents: BTreeMap<&str, _> = bundle.document.sites.iter().map(|site| (site.id.as_str(), site)).collect();
    bundle
        .scenario
        .district
        .sites
        .entries()
        .map(|(id, site)| {
            let document = documents.get(site.key.as_str()).copied();
            SiteData {
                key: site.key.clone(),
                name: if site.name.is_empty() { site.key.clone() } else { site.name.clone() },
                at: atlas.place(site.point),
                kind: site.kind.name(),
                candidate: site.status == SiteStatus::Candidate,
                protected: site.protected,
                built: site.built_year.map(|year| year.0),
                area: site.area.map(Id::index),
                colour: colours[id.index()],
                states: years
                    .iter()
                    .map(|&year| {
                        let state = document?.states.iter().find(|state| state.year == year)?;
                        Some(StateData {
                            operating: state.operating,
                            kind: state.kind.name(),
                            rooms: state.rooms,
                            pupils: pupils(state),
                            classes: classes(state),
                            limit: limits.get(&(site.key.as_str(), year)).copied(),
                        })
                    })
                    .collect(),
                actions: document
                    .map(|document| {
                        document
                            .actions
                            .iter()
                            .map(|action| ActionData {
                                year: action.year,
                                action: action.action.clone(),
                                into: action.into.as_deref().and_then(|key| index_of(bundle, key)),
                                classes: action.classes,
                                cost: action.cost,
                                reason: Both::text(&bundle.reason(document, action)),
                                why: bundle.findings.reasons.get(&site.key).map(|message| Both::said(bundle, message)),
                            })
                            .collect()
                    })
                    .unwrap_or_default(),
                offers: offers(bundle, id),
            }
        })
        .collect()
}

fn offers(bundle: &Bundle<'_>, site: SiteId) -> Vec<OfferData> {
    let key = bundle.scenario.district.sites[site].key.as_str();
    let taken: Vec<_> = bundle
        .document
        .sites
        .iter()
        .filter(|document| document.id == key)
        .flat_map(|document| &document.actions)
        .filter_map(|action| taken_offer(bundle.scenario, site, action))
        .collect();
    bundle
        .scenario
        .offers
        .iter()
        .filter(|offer| offer.site == site)
        .map(|offer| {
            let (into, classes) = (offer.measure.receiver(), offer.measure.classes().0);
            OfferData {
                action: offer.measure.name(),
                into: into.map(Id::index),
                classes,
                capital: offer.capital.0,
                running: offer.running.0,
                taken: taken.iter().any(|&taken| std::ptr::eq(taken, offer)),
            }
        })
        .collect()
}

fn flow_data(bundle: &Bundle<'_>, years: &[i32]) -> Vec<FlowData> {
    let all = first_to_last(bundle, years);
    let mean = |sum: i64, count: i64| (count > 0).then(|| (2 * sum + count) / (2 * count));
    all.between
        .iter()
        .filter(|((_, from, to), _)| from.as_ref() != Some(to))
        .filter_map(|((stage, from, to), flow)| {
            Some(FlowData {
                stage: bundle.scenario.stage_index(*stage)?,
                from: from.as_deref().and_then(|key| index_of(bundle, key)),
                to: index_of(bundle, to)?,
                pupils: flow.pupils,
                before: mean(flow.before, flow.measured),
                after: mean(flow.after, flow.measured),
            })
        })
        .collect()
}

fn first_to_last(bundle: &Bundle<'_>, years: &[i32]) -> crate::digest::flows::Flows {
    let (first, last) = (years.first(), years.last());
    flows(
        bundle.trips.iter().filter(|trip| Some(&trip.year) == first),
        bundle.trips.iter().filter(|trip| Some(&trip.year) == last),
    )
}

fn movers(bundle: &Bundle<'_>, years: &[i32]) -> Vec<MoverData> {
    if bundle.scenario.baseline.assumed {
        return Vec::new();
    }
    let indices = |keys: &[String]| keys.iter().filter_map(|key| index_of(bundle, key)).collect();
    first_to_last(bundle, years)
        .units
        .iter()
        .filter(|(_, change)| change.moved > 0)
        .filter_map(|((unit, stage), change)| {
            Some(MoverData {
                unit: bundle.unit(unit)?.0.index(),
                stage: bundle.scenario.stage_index(*stage)?,
                moved: change.moved,
                old: indices(&change.old),
                new: indices(&change.new),
                before: change.before,
                after: change.after,
            })
        })
        .collect()
}

fn histograms(bundle: &Bundle<'_>) -> Vec<HistogramData> {
    let years = figures(bundle.document, &bundle.trips);
    let caps = caps(bundle);
    let of = |stage: Option<Stage>| {
        let empty = crate::digest::distances::Distances::default();
        let distances: Vec<_> = years
            .iter()
            .map(|year| match stage {
                None => year.distances.clone(),
                Some(stage) => year.by_stage.get(&stage).unwrap_or(&empty).clone(),
            })
            .collect();
        let longest = distances.iter().filter_map(crate::digest::distances::Distances::longest).max().unwrap_or(0);
        let step = step_for(longest, BINS);
        let bins = usize::try_from((longest + step - 1) / step).unwrap_or(1).max(1);
        HistogramData {
            stage: stage.and_then(|stage| bundle.scenario.stage_index(stage)),
            step,
            counts: distances.iter().map(|d| d.histogram(step, bins)).collect(),
            mean: distances.iter().map(|d| d.mean().map(f64::round)).collect(),
            median: distances.iter().map(|d| d.quantile(0.5)).collect(),
            p90: distances.iter().map(|d| d.quantile(0.9)).collect(),
            longest: distances.iter().map(crate::digest::distances::Distances::longest).collect(),
            caps: caps
                .iter()
                .filter(|cap| match stage {
                    None => cap.stages == bundle.scenario.stages,
                    Some(stage) => cap.stages.contains(&stage),
                })
                .map(|cap| CapData {
                    metres: cap.metres,
                    beyond: distances.iter().map(|d| d.beyond(cap.metres)).collect(),
                    pupils: distances.iter().map(|d| d.pupils).collect(),
                })
                .collect(),
        }
    };
    match bundle.scenario.stages.as_slice() {
        [stage] => vec![of(Some(*stage))],
        stages => std::iter::once(of(None)).chain(stages.iter().map(|&stage| of(Some(stage)))).collect(),
    }
}
