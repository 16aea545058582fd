//! What becomes of released places, and how movable assets follow the pupils (物随生流、盘活存量).
//!
//! Equipment and the sets of multimedia rooms of a section that ends go to who takes over from it: all to the school into which
//! it merges, else with the pupils in proportion to these, else to the nearest school. Land, buildings and grounds stay where
//! they are and get exactly one use: the one that the offer names, else the default. What goes on working keeps what it has.

use super::releases::{Release, Why};
use super::years::{between, offer};
use crate::digest::matching::share;
use crate::domain::action::Disposal;
use crate::domain::district::Stage;
use crate::domain::document::PlanDocument;
use crate::domain::resource::Quantity;
use crate::id::SiteId;
use crate::metric::ground::Ground;
use crate::metric::holdings::standing;
use crate::metric::view::YearView;
use std::collections::BTreeMap;

/// What can be moved, in the order of [`Amounts`]: equipment in yuan and sets of multimedia rooms.
pub const MOVABLE: [Quantity; 2] = [Quantity::Equipment, Quantity::MediaRooms];

/// Hundredths of yuan and of sets; `None` where a figure is not known.
pub type Amounts = [Option<i64>; MOVABLE.len()];

/// Hundredths in one.
pub const ONE: i64 = 100;

/// Assets that go from one site to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssetFlow {
    /// The year from which they are at `to`.
    pub year: i32,
    /// The site that they leave.
    pub from: SiteId,
    /// The stage that they served; `None` for what the stages of the site shared.
    pub stage: Option<Stage>,
    /// The site and stage to which they go.
    pub to: (SiteId, Stage),
    /// By which rule.
    pub why: Why,
    /// How much.
    pub amounts: Amounts,
    /// Between the sites, in metres.
    pub metres: i64,
}

/// What a site has of what can be moved, by site and stage.
pub type Holdings = BTreeMap<(SiteId, Option<Stage>), Amounts>;

/// Sections that take over, each with its weight.
type Takers = BTreeMap<(SiteId, Stage), i64>;

/// What sites have at the baseline.
pub fn at_baseline(ground: &Ground<'_>) -> Holdings {
    let mut held = Holdings::new();
    for row in &ground.scenario.district.resources {
        let amounts =
            MOVABLE.map(|quantity| quantity.of_resources(&row.what).map(|amount| (amount * ONE as f64).round() as i64));
        give(&mut held, (row.site, row.stage), &amounts);
    }
    held
}

fn give(held: &mut Holdings, to: (SiteId, Option<Stage>), amounts: &Amounts) {
    let own = held.entry(to).or_insert([None; MOVABLE.len()]);
    for (own, amount) in own.iter_mut().zip(amounts) {
        *own = match (*own, *amount) {
            (Some(own), Some(amount)) => Some(own + amount),
            (own, amount) => own.or(amount),
        };
    }
}

/// The flows of all years.
pub fn flows(ground: &Ground<'_>, years: &[YearView<'_>], releases: &[Release]) -> Vec<AssetFlow> {
    let mut held = at_baseline(ground);
    let mut flows = Vec::new();
    for (at, view) in years.iter().enumerate() {
        // What the stages of a site share goes once, to those who take over from all the stages that end with the site.
        let mut shared: BTreeMap<SiteId, (Takers, Why)> = BTreeMap::new();
        for release in releases.iter().filter(|release| release.at == at && !release.to.is_empty()) {
            let key = (release.site, Some(release.stage));
            flows.extend(follow(ground, view.year.0, key, &release.to, release.why, &mut held));
            if release.whole {
                let (weights, why) = shared.entry(release.site).or_insert_with(|| (Takers::new(), release.why));
                // What the stages of a school that moves share moves with it, also where a stage is left behind.
                match (*why == Why::Together, release.why == Why::Together) {
                    (true, false) => continue,
                    (false, true) => weights.clear(),
                    _ => {}
                }
                *why = (*why).min(release.why);
                for &(to, weight) in &release.to {
                    *weights.entry(to).or_default() += weight;
                }
            }
        }
        for (site, (weights, why)) in shared {
            let to: Vec<_> = weights.into_iter().collect();
            flows.extend(follow(ground, view.year.0, (site, None), &to, why, &mut held));
        }
    }
    flows
}

fn follow(
    ground: &Ground<'_>,
    year: i32,
    from: (SiteId, Option<Stage>),
    to: &[((SiteId, Stage), i64)],
    why: Why,
    held: &mut Holdings,
) -> Vec<AssetFlow> {
    let Some(amounts) = held.remove(&from) else { return Vec::new() };
    let weights: Vec<i64> = to.iter().map(|part| part.1).collect();
    let mut parts = vec![[None; MOVABLE.len()]; to.len()];
    for (q, amount) in amounts.iter().enumerate() {
        let Some(amount) = *amount else { continue };
        let whole = share(amount.div_euclid(ONE), &weights);
        for (k, (part, whole)) in parts.iter_mut().zip(whole).enumerate() {
            // A fraction of a yuan or of a set goes with the first part.
            part[q] = Some(whole * ONE + if k == 0 { amount.rem_euclid(ONE) } else { 0 });
        }
    }
    let mut flows = Vec::new();
    for (&(target, _), amounts) in to.iter().zip(parts) {
        give(held, (target.0, Some(target.1)), &amounts);
        if amounts.iter().flatten().any(|&amount| amount > 0) {
            let metres = between(ground.scenario, from.0, target.0);
            flows.push(AssetFlow { year, from: from.0, stage: from.1, to: target, why, amounts, metres });
        }
    }
    flows
}

/// A released place and its one use.
#[derive(Debug, Clone, PartialEq)]
pub struct Disposed {
    /// The year from which it is released.
    pub year: i32,
    /// The site.
    pub site: SiteId,
    /// The action that released it, as the document names it.
    pub action: String,
    /// What becomes of it.
    pub disposal: Disposal,
    /// Whether the scenario says so; otherwise it is the default.
    pub given: bool,
    /// Land in square metres, where known.
    pub land_m2: Option<f64>,
    /// Floor area for teaching in square metres, where known, indoor sports halls included.
    pub teaching_m2: Option<f64>,
    /// Outdoor sports grounds in square metres, where known.
    pub sports_m2: Option<f64>,
    /// Dormitories in square metres, where known.
    pub dormitory_m2: Option<f64>,
    /// Ordinary classrooms.
    pub rooms: i64,
    /// Beds.
    pub beds: i64,
}

/// The places that are released, each once.
pub fn disposed(ground: &Ground<'_>, document: &PlanDocument, years: &[YearView<'_>]) -> Vec<Disposed> {
    let scenario = ground.scenario;
    let mut all = Vec::new();
    for pair in years.windows(2) {
        let (before, after) = (&pair[0], &pair[1]);
        for (site, facts) in scenario.district.sites.entries() {
            let then = before.sites[site].state;
            if !then.operating || after.sites[site].state.operating {
                continue;
            }
            let row = document.sites.iter().find(|row| row.id == facts.key);
            let action = row
                .into_iter()
                .flat_map(|row| &row.actions)
                .filter(|action| action.year <= after.year.0)
                .max_by_key(|action| action.year);
            let said = action.and_then(|action| offer(scenario, site, action)?.disposal);
            let sum = |figure: fn(&crate::domain::resource::Resources) -> Option<f64>| {
                standing(ground, site, &then).filter_map(|held| figure(&held.what)).reduce(|a, b| a + b)
            };
            all.push(Disposed {
                year: after.year.0,
                site,
                action: action.map(|action| action.action.clone()).unwrap_or_default(),
                disposal: said.unwrap_or_default(),
                given: said.is_some(),
                land_m2: facts.land_m2,
                teaching_m2: sum(|held| held.teaching_m2),
                sports_m2: sum(|held| held.sports_m2),
                dormitory_m2: sum(|held| held.dormitory_m2),
                rooms: then.rooms.0,
                beds: then.beds.0,
            });
        }
    }
    all
}
