//! How posts and people follow the pupils (编随人走), year by year.
//!
//! First those of every section that ends go to who takes over from it: all to the school into which it merges, else with the
//! pupils in proportion to these, else to the nearest school of the stage. Then the county shares out anew what public schools
//! have by need, from sections with more than they need to sections with less: first where pupils go from the one to the other,
//! then the nearest pair. The need is that of the scenario's rules on posts, the largest of several; where none speaks of a stage, every section needs as many for each pupil as it has
//! at the baseline, and a section that the plan opens as many as the county has on average. Posts of private schools are not
//! shared out. What teachers have besides (degrees, rank, subject) goes with the posts in proportion. Nobody is taken on or
//! leaves, so every sum over the county is the same in all years.

use super::placement::Move;
use super::releases::{Release, Why};
use super::years::{between, stages};
use crate::digest::matching::share;
use crate::domain::action::baseline_state;
use crate::domain::district::{Ownership, Stage};
use crate::domain::resource::Quantity;
use crate::id::SiteId;
use crate::metric::ground::Ground;
use crate::metric::posts;
use crate::metric::section::tested;
use crate::metric::view::YearView;
use std::collections::{BTreeMap, BTreeSet};

/// What is counted, in the order of [`Counts`].
pub const BODY: [Quantity; 6] =
    [Quantity::Posts, Quantity::Staff, Quantity::Teachers, Quantity::AboveDegree, Quantity::Backbone, Quantity::ArtsPe];

/// Position of full-time teachers in [`BODY`]; what follows it are some of them.
pub const TEACHERS: usize = 2;

/// Hundredths of posts and people, because part-time teachers are counted in parts; `None` where a figure is not known.
pub type Counts = [Option<i64>; BODY.len()];

/// Hundredths in one.
pub const ONE: i64 = 100;

/// Posts and people who go from one section to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffFlow {
    /// The year from which they are at `to`.
    pub year: i32,
    /// The section that they leave.
    pub from: (SiteId, Stage),
    /// The section to which they go.
    pub to: (SiteId, Stage),
    /// By which rule.
    pub why: Why,
    /// How many.
    pub counts: Counts,
    /// Between the sites, in metres.
    pub metres: i64,
}

/// What a section has in a year, after all flows of the year.
#[derive(Debug, Clone, PartialEq)]
pub struct SectionStaff {
    /// The year.
    pub year: i32,
    /// The site.
    pub site: SiteId,
    /// The stage.
    pub stage: Stage,
    /// What it has.
    pub counts: Counts,
    /// What it needs of the quantity at `lead`, where the need is known.
    pub need: Option<f64>,
    /// Position in [`BODY`] of what the need counts.
    pub lead: usize,
}

impl SectionStaff {
    /// By how much it has less than it needs; `None` where either is not known.
    pub fn lacking(&self) -> Option<f64> {
        let (need, have) = (self.need?, self.counts[self.lead]?);
        Some((need - have as f64 / ONE as f64).max(0.0))
    }
}

/// Between which sites pupils of a stage go in a year.
type Sent = BTreeSet<(i32, Stage, SiteId, SiteId)>;

type Ledger = BTreeMap<(SiteId, Stage), Counts>;

/// The flows, and what every section has in every year.
pub fn flows(
    ground: &Ground<'_>,
    years: &[YearView<'_>],
    moves: &[Move],
    releases: &[Release],
) -> (Vec<StaffFlow>, Vec<SectionStaff>) {
    let Some(baseline) = years.first() else { return Default::default() };
    let mut ledger = at_baseline(ground, baseline);
    let mut flows = Vec::new();
    let mut staff = Vec::new();
    if ledger.is_empty() {
        return (flows, staff);
    }
    let needs = Needs::new(ground, baseline, &ledger);
    let sent: Sent = moves.iter().filter_map(|one| Some((one.year, one.stage, one.from?.site, one.to.site))).collect();
    for (at, view) in years.iter().enumerate() {
        for release in releases.iter().filter(|release| release.at == at && !release.to.is_empty()) {
            flows.extend(follow(ground, view, release, &mut ledger));
        }
        let sections = needs.of(view);
        if at > 0 {
            for &stage in &Stage::ALL {
                flows.extend(share_out(ground, view, &sections, (stage, needs.lead(stage)), &sent, &mut ledger));
            }
        }
        for (&(site, stage), &counts) in &ledger {
            let need = sections.get(&(site, stage)).copied();
            let lead = needs.lead(stage);
            if need.is_some() || counts.iter().flatten().any(|&count| count > 0) {
                staff.push(SectionStaff { year: view.year.0, site, stage, counts, need, lead });
            }
        }
    }
    (flows, staff)
}

/// What sections have at the baseline. What the stages of a site share is divided in proportion to their pupils.
fn at_baseline(ground: &Ground<'_>, baseline: &YearView<'_>) -> Ledger {
    let mut ledger = Ledger::new();
    for held in &ground.scenario.district.staff {
        let here = &baseline.sites[held.site];
        let counts =
            BODY.map(|quantity| quantity.of_staff(&held.what).map(|count| (count * ONE as f64).round() as i64));
        let taught: Vec<Stage> = match held.stage {
            Some(stage) => vec![stage],
            None => here.state.kind.stages().to_vec(),
        };
        let pupils: Vec<i64> =
            taught.iter().map(|&stage| here.groups_of(stage).map(|group| group.pupils.0).sum()).collect();
        for (&stage, part) in taught.iter().zip(split(&counts, &pupils)) {
            give(&mut ledger, (held.site, stage), &part);
        }
    }
    ledger
}

fn give(ledger: &mut Ledger, to: (SiteId, Stage), counts: &Counts) {
    let own = ledger.entry(to).or_insert([None; BODY.len()]);
    for (own, count) in own.iter_mut().zip(counts) {
        *own = match (*own, *count) {
            (Some(own), Some(count)) => Some(own + count),
            (own, count) => own.or(count),
        };
    }
}

/// Whole posts and people in proportion to weights; fractions of one go with the largest part.
fn split(counts: &Counts, weights: &[i64]) -> Vec<Counts> {
    let mut parts = vec![[None; BODY.len()]; weights.len()];
    let heaviest = (0..weights.len()).rev().max_by_key(|&at| weights[at]).unwrap_or(0);
    for (q, count) in counts.iter().enumerate() {
        let Some(count) = *count else { continue };
        let mut amounts: Vec<i64> = share(count.div_euclid(ONE), weights).iter().map(|whole| whole * ONE).collect();
        if let Some(amount) = amounts.get_mut(heaviest) {
            *amount += count.rem_euclid(ONE);
        }
        // Rounding must not give a school more backbone teachers than teachers.
        if let (true, Some(teachers)) = (q > TEACHERS, counts[TEACHERS].filter(|&teachers| teachers >= count)) {
            let room = parts.iter().map(|part| part[TEACHERS].unwrap_or(0)).collect::<Vec<i64>>();
            debug_assert_eq!(room.iter().sum::<i64>(), teachers);
            fit(&mut amounts, &room);
        }
        for (part, amount) in parts.iter_mut().zip(amounts) {
            part[q] = Some(amount);
        }
    }
    parts
}

/// Moves what is beyond the room of some parts to others with room, in order.
fn fit(amounts: &mut [i64], room: &[i64]) {
    let mut over = 0;
    for (amount, &room) in amounts.iter_mut().zip(room) {
        over += (*amount - room).max(0);
        *amount = (*amount).min(room);
    }
    for (amount, &room) in amounts.iter_mut().zip(room) {
        let more = over.min(room - *amount);
        *amount += more;
        over -= more;
    }
}

/// Everything of a section that ends goes to who takes over.
fn follow(ground: &Ground<'_>, view: &YearView<'_>, release: &Release, ledger: &mut Ledger) -> Vec<StaffFlow> {
    let from = (release.site, release.stage);
    let Some(counts) = ledger.remove(&from) else { return Vec::new() };
    let weights: Vec<i64> = release.to.iter().map(|part| part.1).collect();
    let mut flows = Vec::new();
    for (&(to, _), counts) in release.to.iter().zip(split(&counts, &weights)) {
        give(ledger, to, &counts);
        if counts.iter().flatten().any(|&count| count > 0) {
            let metres = between(ground.scenario, release.site, to.0);
            flows.push(StaffFlow { year: view.year.0, from, to, why: release.why, counts, metres });
        }
    }
    flows
}

/// What sections need.
struct Needs<'a> {
    ground: &'a Ground<'a>,
    /// By stage, position in [`BODY`] of what is shared out.
    leads: BTreeMap<Stage, usize>,
    /// By section, for each pupil of the baseline, in ones; only for stages without a rule.
    ratios: BTreeMap<(SiteId, Stage), f64>,
    /// By stage, for each pupil of the county; only for stages without a rule.
    means: BTreeMap<Stage, f64>,
}

fn pupils(view: &YearView<'_>, site: SiteId, stage: Stage) -> f64 {
    view.sites[site].groups_of(stage).map(|group| group.pupils.as_f64()).sum()
}

impl<'a> Needs<'a> {
    fn new(ground: &'a Ground<'a>, baseline: &YearView<'_>, ledger: &Ledger) -> Self {
        let mut needs = Self { ground, leads: BTreeMap::new(), ratios: BTreeMap::new(), means: BTreeMap::new() };
        let ruled = needs.by_rule(baseline);
        for &stage in &Stage::ALL {
            let known = |q: &usize| ledger.iter().any(|(key, counts)| key.1 == stage && counts[*q].is_some());
            let lead = needs.leads.get(&stage).copied().or_else(|| (0..=TEACHERS).find(known)).unwrap_or(0);
            needs.leads.insert(stage, lead);
            if ruled.contains(&stage) {
                continue;
            }
            let (mut all, mut taught) = (0.0, 0.0);
            for (&(site, _), counts) in ledger.iter().filter(|(key, _)| key.1 == stage) {
                let count = pupils(baseline, site, stage);
                if let Some(have) = counts[lead].filter(|_| count > 0.0 && needs.public(site)) {
                    let have = have as f64 / ONE as f64;
                    needs.ratios.insert((site, stage), have / count);
                    all += have;
                    taught += count;
                }
            }
            if taught > 0.0 {
                needs.means.insert(stage, all / taught);
            }
        }
        needs
    }

    fn public(&self, site: SiteId) -> bool {
        let district = &self.ground.scenario.district;
        district.schools[district.sites[site].school].ownership == Ownership::Public
    }

    fn lead(&self, stage: Stage) -> usize {
        self.leads.get(&stage).copied().unwrap_or(0)
    }

    /// The stages of which the scenario's rules on posts speak. Notes what the first rule of a stage counts.
    fn by_rule(&mut self, view: &YearView<'_>) -> BTreeSet<Stage> {
        let mut all = BTreeSet::new();
        for (rule, sections) in ruled(self.ground, view) {
            for ((_, stage), _) in sections {
                all.insert(stage);
                self.leads.entry(stage).or_insert(rule);
            }
        }
        all
    }

    /// The need of every public section of a year for which one is known.
    fn of(&self, view: &YearView<'_>) -> BTreeMap<(SiteId, Stage), f64> {
        let mut all = BTreeMap::new();
        for (lead, sections) in ruled(self.ground, view) {
            let counted = |(key, _): &Need| self.public(key.0) && self.lead(key.1) == lead;
            for (key, need) in sections.into_iter().filter(counted) {
                let most: &mut f64 = all.entry(key).or_insert(need);
                *most = most.max(need);
            }
        }
        let open = view.sites.ids().filter(|&site| self.public(site));
        for (site, stage) in open.flat_map(|site| stages(view, site).iter().map(move |&stage| (site, stage))) {
            let ratio = self.ratios.get(&(site, stage)).or_else(|| {
                // A section that was there without figures stays out of it; one that the plan opens needs the mean.
                self.means.get(&stage).filter(|_| opened(self.ground, site, stage))
            });
            if let Some(ratio) = ratio {
                all.entry((site, stage)).or_insert(ratio * pupils(view, site, stage));
            }
        }
        all
    }
}

/// Whether the plan opens the section.
fn opened(ground: &Ground<'_>, site: SiteId, stage: Stage) -> bool {
    let state = baseline_state(ground.scenario, site);
    !(state.operating && state.kind.stages().contains(&stage))
}

/// What a section needs.
type Need = ((SiteId, Stage), f64);

/// For every rule on posts: what it counts, and the need of each section that it tests.
fn ruled(ground: &Ground<'_>, view: &YearView<'_>) -> Vec<(usize, Vec<Need>)> {
    ground
        .scenario
        .rules
        .iter()
        .filter(|rule| matches!(rule.metric.as_str(), "posts_lacking" | "posts_needed"))
        .map(|rule| {
            let lead = BODY.iter().position(|&quantity| quantity == posts::counted(rule)).unwrap_or(0);
            let sections = tested(rule, view);
            let applied = sections.iter().filter(|section| section.applied(rule, view).is_some());
            (lead, applied.map(|section| ((section.site, section.stage), posts::needed(rule, section))).collect())
        })
        .collect()
}

/// Whole posts that cover a need, freed of the rounding of floating-point sums.
fn whole(need: f64) -> i64 {
    (need - 1e-9).ceil() as i64
}

/// Shares out what the public sections of a stage have by need, first between schools of which one sends
/// pupils to the other, then the nearest pair first.
fn share_out(
    ground: &Ground<'_>,
    view: &YearView<'_>,
    sections: &BTreeMap<(SiteId, Stage), f64>,
    (stage, lead): (Stage, usize),
    sent: &Sent,
    ledger: &mut Ledger,
) -> Vec<StaffFlow> {
    let mut spare: Vec<(SiteId, i64)> = Vec::new();
    let mut short: Vec<(SiteId, i64)> = Vec::new();
    for (&(site, _), &need) in sections.iter().filter(|(key, _)| key.1 == stage) {
        let need = whole(need);
        let known = match ledger.get(&(site, stage)) {
            Some(counts) => counts[lead],
            // What the plan opens has nothing; what was there without figures has what nobody knows.
            None => opened(ground, site, stage).then_some(0),
        };
        match known {
            Some(have) if have >= (need + 1) * ONE => spare.push((site, have.div_euclid(ONE) - need)),
            Some(have) if have < need * ONE => short.push((site, (need * ONE - have + ONE - 1).div_euclid(ONE))),
            _ => {}
        }
    }
    let mut pairs: Vec<(bool, i64, usize, usize)> = Vec::new();
    for (giver, &(from, _)) in spare.iter().enumerate() {
        for (taker, &(to, _)) in short.iter().enumerate() {
            let follows = sent.contains(&(view.year.0, stage, from, to));
            pairs.push((!follows, between(ground.scenario, from, to), giver, taker));
        }
    }
    pairs.sort_unstable();
    let mut given: BTreeMap<SiteId, Vec<(SiteId, i64, i64)>> = BTreeMap::new();
    for (_, metres, giver, taker) in pairs {
        let units = spare[giver].1.min(short[taker].1);
        if units > 0 {
            spare[giver].1 -= units;
            short[taker].1 -= units;
            given.entry(spare[giver].0).or_default().push((short[taker].0, units, metres));
        }
    }
    let mut flows = Vec::new();
    for (site, to) in given {
        let Some(counts) = ledger.remove(&(site, stage)) else { continue };
        let leaving: i64 = to.iter().map(|part| part.1).sum();
        let have = counts[lead].unwrap_or(0);
        let mut weights: Vec<i64> = to.iter().map(|part| part.1 * ONE).collect();
        weights.push(have - leaving * ONE);
        let mut parts = split(&counts, &weights);
        for (part, weight) in parts.iter_mut().zip(&weights) {
            part[lead] = Some(*weight);
        }
        if let Some(stays) = parts.pop() {
            give(ledger, (site, stage), &stays);
        }
        for (&(target, _, metres), counts) in to.iter().zip(parts) {
            give(ledger, (target, stage), &counts);
            let (from, to) = ((site, stage), (target, stage));
            flows.push(StaffFlow { year: view.year.0, from, to, why: Why::Need, counts, metres });
        }
    }
    flows
}
