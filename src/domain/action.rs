//! Actions: what the scenario offers at which price, what a plan decides, and the trajectories that follow for a site.

use super::district::{Grade, SiteKind, SiteStatus, Stage};
use super::resource::{Held, Resources, special_rooms};
use super::scenario::Scenario;
use crate::id::SiteId;
use crate::message::Text;
use crate::units::{Classes, Pupils, Year, Yuan};
use serde::{Deserialize, Serialize};

/// A measure that the scenario allows at a site. Keeping a site as it is needs no offer; nothing closes without one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Offer {
    /// The site.
    pub site: SiteId,
    /// What may be done.
    pub measure: Measure,
    /// Years in which it may take effect; every plan year when empty.
    pub years: Vec<Year>,
    /// Capital cost.
    pub capital: Yuan,
    /// Change of the yearly running cost from the year of effect on; a closure usually saves, so it is negative.
    pub running: Yuan,
    /// Years of construction before the year of effect, over which the capital is booked.
    pub lead_years: u32,
    /// Why the planner considers it; a closure or merge must have one.
    pub reason: Text,
    /// What must have taken effect before (先建后撤, 腾笼换鸟); all of it.
    pub after: Vec<Prerequisite>,
    /// What becomes of the place that a closure or merge releases; [`Disposal::default`] where it is not said.
    pub disposal: Option<Disposal>,
    /// New floor area of what is built or added in square metres, where it is known.
    pub floor_m2: Option<f64>,
    /// What the site has from the year of effect on besides classrooms and beds: special rooms, areas, equipment. By stage and
    /// for the stages together, each at most once; of a relocation it is at the new place.
    pub adds: Vec<Held<Resources>>,
}

/// What becomes of a released place (资产处置): every one gets exactly one use, so that nothing stands idle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Disposal {
    /// It gets another use, such as a kindergarten or an activity base (转型).
    Transform,
    /// It is rebuilt (改建).
    Rebuild,
    /// It is handed to others: the county's pool, a village, another school (调整).
    #[default]
    Transfer,
}

impl Disposal {
    /// The name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Transform => "transform",
            Self::Rebuild => "rebuild",
            Self::Transfer => "transfer",
        }
    }
}

impl Offer {
    /// Whether the measure changes a site: its own, or the one to which the school moves.
    pub fn concerns(&self, site: SiteId) -> bool {
        [self.site, self.measure.place(self.site)].contains(&site)
    }

    /// Whether the measure may take effect in a plan year.
    pub fn open_in(&self, year: Year) -> bool {
        self.years.is_empty() || self.years.contains(&year)
    }

    /// Music and art rooms that it adds, over all stages.
    pub fn special_rooms(&self) -> (i64, i64) {
        special_rooms(&self.adds)
    }

    /// An offer that costs nothing and may take effect in any plan year.
    pub fn at(site: SiteId, measure: Measure) -> Self {
        Self {
            site,
            measure,
            years: Vec::new(),
            capital: Yuan(0),
            running: Yuan(0),
            lead_years: 0,
            reason: Text::default(),
            after: Vec::new(),
            disposal: None,
            floor_m2: None,
            adds: Vec::new(),
        }
    }

    /// The year from which the running cost changes when the offer takes effect in `from`: that year, or for a phase-out the
    /// year in which the last grade has left.
    pub fn running_from(&self, scenario: &Scenario, from: Year) -> Year {
        match self.measure {
            Measure::PhaseOut => Year(from.0 + years_to_run_out(scenario.district.sites[self.site].kind)),
            _ => from,
        }
    }
}

/// Measures of which one must have taken effect before another may.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prerequisite {
    /// Positions in [`Scenario::offers`]; any of them will do.
    pub any_of: Vec<usize>,
    /// Years that must lie between the two years of effect; with 0 both may take effect in one year.
    pub years: u32,
}

impl Prerequisite {
    /// Whether an offer that takes effect in `year` meets it for one that takes effect in `then`. Offers of the same measure
    /// at the same site are the same.
    pub fn is_met_by(&self, scenario: &Scenario, offer: usize, year: Year, then: Year) -> bool {
        let given = &scenario.offers[offer];
        let same = |&other: &usize| {
            let other = &scenario.offers[other];
            other.site == given.site && other.measure == given.measure
        };
        i64::from(year.0) + i64::from(self.years) <= i64::from(then.0) && self.any_of.iter().any(same)
    }
}

/// What an offer does (布局调整措施).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Close the site; its pupils are assigned anew (撤销).
    Close,
    /// Close the site and send its whole baseline catchment to another (合并).
    Merge {
        /// The receiving site.
        into: SiteId,
    },
    /// Add ordinary classrooms (改扩建).
    Expand {
        /// Classrooms added.
        classes: Classes,
    },
    /// Build a school on a candidate site (新建).
    Build {
        /// Kind of the new school.
        kind: SiteKind,
        /// Its ordinary classrooms.
        classes: Classes,
        /// Its dormitory beds.
        beds: Pupils,
    },
    /// Move the school to a candidate site: the old place ends in the year in which the new one opens (迁建). Neither a
    /// closure nor a new school.
    Relocate {
        /// The candidate site.
        into: SiteId,
        /// Kind of the school there.
        kind: SiteKind,
        /// Its ordinary classrooms there.
        classes: Classes,
        /// Its dormitory beds there.
        beds: Pupils,
    },
    /// Make a school of another kind, so that its rooms serve other stages (改制).
    Convert {
        /// The kind from then on.
        kind: SiteKind,
        /// Ordinary classrooms added with it; often none.
        classes: Classes,
    },
    /// Take no more entrants; the grades present finish, and the site ceases when its last grade has left (毕业分流).
    PhaseOut,
    /// Add special rooms, areas or equipment without ordinary classrooms (标准化建设); what is added is in [`Offer::adds`].
    Equip {
        /// Music rooms added, which with `art` tells the works on offer at a site apart.
        music: i64,
        /// Art rooms added.
        art: i64,
    },
}

impl Measure {
    /// The name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Close => "close",
            Self::Merge { .. } => "merge",
            Self::Expand { .. } => "expand",
            Self::Build { .. } => "build",
            Self::Relocate { .. } => "relocate",
            Self::Convert { .. } => "convert",
            Self::PhaseOut => "phase_out",
            Self::Equip { .. } => "equip",
        }
    }

    /// Whether the site stops operating through the measure, at once or when its last grade has left.
    pub fn shuts(self) -> bool {
        matches!(self, Self::Close | Self::Merge { .. } | Self::Relocate { .. } | Self::PhaseOut)
    }

    /// Whether a school ends: where it moves, it goes on.
    pub fn ends_school(self) -> bool {
        self.shuts() && !matches!(self, Self::Relocate { .. })
    }

    /// The site that receives the school: of a merger or a relocation.
    pub fn receiver(self) -> Option<SiteId> {
        match self {
            Self::Merge { into } | Self::Relocate { into, .. } => Some(into),
            _ => None,
        }
    }

    /// Where the school stands once a measure at `site` has taken effect: where it moves to, or there.
    pub fn place(self, site: SiteId) -> SiteId {
        match self {
            Self::Relocate { into, .. } => into,
            _ => site,
        }
    }

    /// Ordinary classrooms added or built; none where the measure builds nothing.
    pub fn classes(self) -> Classes {
        match self {
            Self::Expand { classes }
            | Self::Build { classes, .. }
            | Self::Relocate { classes, .. }
            | Self::Convert { classes, .. } => classes,
            _ => Classes::ZERO,
        }
    }

    /// Beds at the new place, where the school moves.
    pub fn beds_moved(self) -> Option<Pupils> {
        if let Self::Relocate { beds, .. } = self { Some(beds) } else { None }
    }

    /// Kind of school from then on, where the measure sets one.
    pub fn kind(self) -> Option<SiteKind> {
        match self {
            Self::Build { kind, .. } | Self::Relocate { kind, .. } | Self::Convert { kind, .. } => Some(kind),
            _ => None,
        }
    }
}

/// What a site is in one plan year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteState {
    /// Whether pupils are taught there.
    pub operating: bool,
    /// Kind of school.
    pub kind: SiteKind,
    /// Ordinary classrooms.
    pub rooms: Classes,
    /// Dormitory beds.
    pub beds: Pupils,
    /// Whether the plan itself has built or enlarged the site by then, which ends an exemption by age.
    pub enlarged: bool,
    /// The old site of a school that has moved here.
    pub origin: Option<SiteId>,
    /// How many of the lowest grades of every stage have left a site that takes no more entrants; 0 at any other.
    pub grades_gone: i8,
    /// The offer, by position in [`Scenario::offers`], whose additions ([`Offer::adds`]) the site has by then.
    pub fitted: Option<usize>,
}

impl SiteState {
    /// Whether pupils of some grade of a stage are taught.
    pub fn teaches(&self, stage: Stage) -> bool {
        self.operating && self.kind.stages().contains(&stage) && self.grades_gone < length(stage)
    }

    /// Whether pupils of a grade are taught. A stage that is known in sum only has no grades that could leave one by one.
    pub fn teaches_grade(&self, grade: Grade) -> bool {
        let gone = grade
            .number
            .map_or(self.grades_gone > 0, |number| number - *grade.stage.grades().start() < self.grades_gone);
        self.operating && self.kind.stages().contains(&grade.stage) && !gone
    }
}

/// Number of grades of a stage, which is the years that a cohort spends in it.
pub fn length(stage: Stage) -> i8 {
    stage.grades().count() as i8
}

/// Years after which a site of a kind stands empty when it takes no more entrants: one for every grade of its longest stage but
/// the first, which is gone at once.
pub fn years_to_run_out(kind: SiteKind) -> i32 {
    kind.stages().iter().map(|&stage| i32::from(length(stage))).max().unwrap_or(1) - 1
}

/// The course of one site over the plan years (校点方案).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trajectory {
    /// The site.
    pub site: SiteId,
    /// The offers taken, by position in [`Scenario::offers`], each with its year of effect; empty for keeping. A candidate
    /// site to which a school moves has that school's offer here, too.
    pub taken: Vec<(usize, Year)>,
    /// State in every plan year, aligned with [`Scenario::years`].
    pub states: Vec<SiteState>,
    /// Discounted cost over the plan years in yuan, capital and running.
    pub cost: f64,
}

impl Trajectory {
    /// The offers taken at the site itself, without a relocation that it receives: what is decided, paid and counted here.
    pub fn own<'a>(&'a self, scenario: &'a Scenario) -> impl Iterator<Item = (usize, Year)> + 'a {
        own(scenario, self.site, &self.taken)
    }

    /// The site into which this trajectory merges, with the year, if it does.
    pub fn merges_into(&self, scenario: &Scenario) -> Option<(SiteId, Year)> {
        self.taken.iter().find_map(|&(offer, year)| match scenario.offers[offer].measure {
            Measure::Merge { into } => Some((into, year)),
            _ => None,
        })
    }
}

fn own<'a>(
    scenario: &'a Scenario,
    site: SiteId,
    taken: &'a [(usize, Year)],
) -> impl Iterator<Item = (usize, Year)> + 'a {
    taken.iter().copied().filter(move |&(offer, _)| scenario.offers[offer].site == site)
}

/// The state of a site at the baseline.
pub fn baseline_state(scenario: &Scenario, site: SiteId) -> SiteState {
    let site = &scenario.district.sites[site];
    SiteState {
        operating: site.status == SiteStatus::Operating,
        kind: site.kind,
        rooms: if site.status == SiteStatus::Operating { site.rooms } else { Classes::ZERO },
        beds: if site.status == SiteStatus::Operating { site.beds } else { Pupils::ZERO },
        enlarged: false,
        origin: None,
        grades_gone: 0,
        fitted: None,
    }
}

/// The states that follow when `taken` offers are carried out at `site`, one for every plan year.
///
/// An action of year y holds from y on.
pub fn states(scenario: &Scenario, site: SiteId, taken: &[(usize, Year)]) -> Vec<SiteState> {
    scenario
        .years
        .iter()
        .map(|&year| {
            let mut state = baseline_state(scenario, site);
            for &(offer, from) in taken.iter().filter(|&&(_, from)| from <= year) {
                let taken = &scenario.offers[offer];
                match taken.measure {
                    Measure::Relocate { kind, classes, beds, .. } if taken.site != site => {
                        let origin = Some(taken.site);
                        state = SiteState {
                            operating: true,
                            kind,
                            rooms: classes,
                            beds,
                            enlarged: true,
                            grades_gone: 0,
                            origin,
                            fitted: None,
                        };
                    }
                    Measure::Convert { kind, classes } => {
                        state.kind = kind;
                        state.rooms += classes;
                        state.enlarged |= classes > Classes::ZERO;
                    }
                    Measure::Close | Measure::Merge { .. } | Measure::Relocate { .. } => state.operating = false,
                    Measure::Expand { classes } => {
                        state.rooms += classes;
                        state.enlarged = true;
                    }
                    Measure::Build { kind, classes, beds } => {
                        state = SiteState {
                            operating: true,
                            kind,
                            rooms: classes,
                            beds,
                            enlarged: true,
                            grades_gone: 0,
                            origin: None,
                            fitted: None,
                        };
                    }
                    Measure::PhaseOut => {
                        let gone = year.0 - from.0 + 1;
                        state.operating = gone <= years_to_run_out(state.kind);
                        state.grades_gone = i8::try_from(gone).unwrap_or(i8::MAX);
                    }
                    // It changes nothing but what follows below.
                    Measure::Equip { .. } => {}
                }
                if state.operating && !taken.adds.is_empty() {
                    state.fitted = Some(offer);
                }
            }
            state
        })
        .collect()
}

/// Cost in yuan of carrying out `taken` offers: capital when booked and running cost from the year of effect, each
/// divided by `(1 + discount)^(year - first plan year)`. Capital is booked evenly over the lead years before the year of
/// effect, and in that year itself where the lead is 0; what falls before the first plan year is not discounted upwards.
/// The running cost of a phase-out changes when the site has ceased.
pub fn cost(scenario: &Scenario, taken: &[(usize, Year)]) -> f64 {
    let first = scenario.years[0].0;
    let factor = |year: i32| (1.0 + scenario.objective.discount).powi(-(year - first).max(0));
    taken
        .iter()
        .map(|&(index, from)| {
            let offer = &scenario.offers[index];
            let capital = if offer.lead_years == 0 {
                offer.capital.as_f64() * factor(from.0)
            } else {
                let share = offer.capital.as_f64() / f64::from(offer.lead_years);
                (1..=offer.lead_years as i32).map(|back| share * factor(from.0 - back)).sum()
            };
            let running: f64 = scenario
                .years
                .iter()
                .filter(|&&year| year >= offer.running_from(scenario, from))
                .map(|&year| offer.running.as_f64() * factor(year.0))
                .sum();
            capital + running
        })
        .sum()
}

/// Every trajectory that the offers allow for `site`, keeping first, then in the order of the offers and years.
///
/// At most one offer is taken per site; a candidate site without an action stays a bare plot, unless a school moves there.
pub fn trajectories(scenario: &Scenario, site: SiteId) -> Vec<Trajectory> {
    let with = |taken: Vec<(usize, Year)>| Trajectory {
        site,
        states: states(scenario, site, &taken),
        cost: cost(scenario, &own(scenario, site, &taken).collect::<Vec<_>>()),
        taken,
    };
    let mut all = vec![with(Vec::new())];
    for (index, offer) in scenario.offers.iter().enumerate().filter(|(_, offer)| offer.concerns(site)) {
        for &year in &scenario.years {
            if offer.open_in(year) {
                all.push(with(vec![(index, year)]));
            }
        }
    }
    all
}
