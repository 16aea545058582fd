//! Sections that a plan ends, and who takes over from them: the school into which they merge, else the schools to which their
//! pupils go, else the nearest.

use super::placement::Move;
use super::years::{between, stages};
use crate::domain::district::Stage;
use crate::domain::document::PlanDocument;
use crate::id::{IdVec, SiteId};
use crate::metric::ground::Ground;
use crate::metric::view::YearView;
use std::collections::BTreeMap;

/// By which rule posts and assets follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// All go to the school into which the site merges.
    Together,
    /// They go with the pupils, in proportion to these.
    WithPupils,
    /// No pupils are left to follow: they go to the nearest school of the stage.
    Nearest,
    /// The county shares out posts anew by need.
    Need,
}

impl Why {
    /// The name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Together => "together",
            Self::WithPupils => "with_pupils",
            Self::Nearest => "nearest",
            Self::Need => "need",
        }
    }
}

/// A section that is taught no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// Position of the year among those of the document; at least 1.
    pub at: usize,
    /// The site.
    pub site: SiteId,
    /// The stage that ends.
    pub stage: Stage,
    /// Whether the site as a whole stops operating.
    pub whole: bool,
    /// The sections that take over, each with its weight; none where no school is left in the county.
    pub to: Vec<((SiteId, Stage), i64)>,
    /// The rule that names them.
    pub why: Why,
}

/// The sections that end, by year, site and stage.
pub fn releases(ground: &Ground<'_>, document: &PlanDocument, years: &[YearView<'_>], moves: &[Move]) -> Vec<Release> {
    let sites = &ground.scenario.district.sites;
    let keys: BTreeMap<&str, SiteId> = sites.entries().map(|(id, site)| (site.key.as_str(), id)).collect();
    let mut into: IdVec<SiteId, Vec<(i32, SiteId)>> = IdVec::filled(Vec::new(), sites.len());
    for site in &document.sites {
        for action in &site.actions {
            let target = action.into.as_deref().and_then(|key| keys.get(key));
            if let (Some(&id), Some(&target)) = (keys.get(site.id.as_str()), target) {
                into[id].push((action.year, target));
            }
        }
    }
    let mut leaving: BTreeMap<(usize, Stage, SiteId), BTreeMap<SiteId, i64>> = BTreeMap::new();
    for one in moves {
        if let Some(from) = one.from.filter(|from| from.site != one.to.site) {
            *leaving.entry((one.at, one.stage, from.site)).or_default().entry(one.to.site).or_default() += one.pupils;
        }
    }
    let mut all = Vec::new();
    for (index, pair) in years.windows(2).enumerate() {
        let (before, after, at) = (&pair[0], &pair[1], index + 1);
        for site in sites.ids() {
            let ended = stages(before, site).iter().filter(|stage| !stages(after, site).contains(stage));
            for &stage in ended {
                let whole = !after.sites[site].state.operating;
                let merged = into[site].iter().find(|&&(year, target)| {
                    // A school that moves as another kind leaves a stage behind.
                    year <= after.year.0 && year > before.year.0 && stages(after, target).contains(&stage)
                });
                let pupils = leaving.get(&(at, stage, site));
                let (to, why) = match (merged, pupils) {
                    (Some(&(_, target)), _) => (vec![((target, stage_at(after, target, stage)), 1)], Why::Together),
                    (None, Some(pupils)) => {
                        let part = |(&to, &pupils): (&SiteId, &i64)| ((to, stage_at(after, to, stage)), pupils);
                        (pupils.iter().map(part).collect(), Why::WithPupils)
                    }
                    (None, None) => {
                        (nearest(ground, after, site, stage).map(|to| (to, 1)).into_iter().collect(), Why::Nearest)
                    }
                };
                all.push(Release { at, site, stage, whole, to, why });
            }
        }
    }
    all
}

/// The stage at a receiving site: the same where it is taught there, else the first that is.
fn stage_at(view: &YearView<'_>, site: SiteId, stage: Stage) -> Stage {
    let taught = stages(view, site);
    if taught.contains(&stage) { stage } else { taught.first().copied().unwrap_or(stage) }
}

/// The nearest operating site of the stage, else of any stage; the first of several at one distance.
fn nearest(ground: &Ground<'_>, view: &YearView<'_>, from: SiteId, stage: Stage) -> Option<(SiteId, Stage)> {
    let open = || view.sites.ids().filter(|&site| site != from && !stages(view, site).is_empty());
    let of_stage = open().filter(|&site| stages(view, site).contains(&stage));
    let way = |&site: &SiteId| (between(ground.scenario, from, site), site);
    let found = of_stage.min_by_key(way).or_else(|| open().min_by_key(way))?;
    Some((found, stage_at(view, found, stage)))
}
