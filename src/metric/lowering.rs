//! The vocabulary in which a metric says what the optimiser must keep to; the translation to the kernel speaks it.
//!
//! A limit holds at a [`Place`]: a site in a year *while it is in a given state*. Metrics ask for the states that the
//! site's trajectories can reach ([`Lowering::states`]) and set a limit for each, because a state changes the limit: an
//! expansion adds rooms and may end an exemption, a conversion changes the stages.
//!
//! Every limit has a price for one unit of overflow: infinite for hard, finite and positive for soft. Report-only rules
//! set nothing.

use super::classes::ClassNeed;
use crate::domain::action::SiteState;
use crate::domain::district::Stage;
use crate::id::{GradeId, SiteId, UnitId};
use crate::units::{Classes, Year};
use std::collections::BTreeMap;

/// A site in a plan year, while it is in one state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The site.
    pub site: SiteId,
    /// The plan year.
    pub year: Year,
    /// The state in which the limit holds.
    pub state: SiteState,
}

/// A call for whole classes at a place.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassClaim {
    /// What is taught together and how large a class may be.
    pub needs: Vec<ClassNeed>,
    /// Price of one classroom that is lacking; infinite for hard.
    pub price: f64,
    /// Where the price is finite because the deadline has not come and nothing may worsen: the most classrooms that may
    /// lack all the same.
    pub ceiling: Option<Classes>,
}

/// What a rule does to the way from a unit to a site.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ArcEffect {
    /// Nothing.
    Free,
    /// Nobody may go this way every day.
    Forbidden,
    /// Every pupil who goes this way every day costs this much.
    Priced(f64),
}

/// Where rules that limits say in part only are put in a stricter form: one that the limits can say, and within which every plan
/// keeps the rule, at the price of plans that keep it otherwise.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Strict {
    /// Nowhere: what the limits say is true of every plan that keeps the rules.
    #[default]
    Nowhere,
    /// At sites in plan years, each with the classes by stage that a plan has there which is to be mended.
    At(BTreeMap<(SiteId, Year), Vec<(Stage, Classes)>>),
    /// Everywhere.
    Everywhere,
}

impl Strict {
    /// The classes by stage of the plan to be mended, where the stricter form is asked for, none where no plan is at hand; `None`
    /// where it is not asked for.
    pub fn at(&self, site: SiteId, year: Year) -> Option<&[(Stage, Classes)]> {
        match self {
            Self::Nowhere => None,
            Self::At(places) => places.get(&(site, year)).map(Vec::as_slice),
            Self::Everywhere => Some(&[]),
        }
    }
}

/// Which closures are counted together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClosureCount {
    /// Years of effect.
    pub years: Vec<Year>,
    /// Whether mergers count as closures.
    pub merges: bool,
    /// Whether relocations count as closures.
    pub relocations: bool,
    /// `Some` counts at these sites only, and there every measure that shuts a site.
    pub sites: Option<Vec<SiteId>>,
}

/// Which money is added up. Capital is booked evenly over the lead years before the year of effect (in that year where
/// the lead is 0), and in the first plan year where that falls before the plan begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BudgetSpan {
    /// Years in which the money is booked.
    pub years: Vec<Year>,
    /// Whether the changes of running cost are added to the capital.
    pub running: bool,
}

/// Receives the limits that rules put on plans. Implemented by the translation to the kernel problem.
///
/// `rule` in every call is the id of the rule, for names and for blame.
pub trait Lowering {
    /// The distinct states that the site's trajectories can have in a plan year, operating or not.
    fn states(&self, site: SiteId, year: Year) -> Vec<SiteState>;

    /// The pupils of `grades` at the place are at least `min` and at most `max`; `None` for no bound.
    fn limit_load(
        &mut self,
        rule: &str,
        place: &Place,
        grades: &[GradeId],
        bounds: (Option<i64>, Option<i64>),
        price: f64,
    );

    /// The pupils of some sets of grades at the place, each set counted with a weight of at least 0, are in sum at most `max`;
    /// `price` is for one unit of that sum more. No grade is in two sets.
    fn limit_weighted(&mut self, rule: &str, place: &Place, terms: &[(Vec<GradeId>, i64)], max: i64, price: f64);

    /// Whether rules that limits say in part only are put in a stricter form at a site in a plan year: the classes by stage of the
    /// plan to be mended, see [`Strict::at`].
    fn strict(&self, _site: SiteId, _year: Year) -> Option<&[(Stage, Classes)]> {
        None
    }

    /// What the rule asks of the place in this year is said in part only, and there is a stricter form of it.
    fn in_part(&mut self, _rule: &str, _place: &Place) {}

    /// Calls for classes at the place. All calls at one place, by whichever rule, share the rooms of its state:
    /// [`super::classes::share_rooms`] turns the calls of a place into limits.
    fn claim_classes(&mut self, rule: &str, place: &Place, claim: ClassClaim);

    /// The classes that `needs` call for at the place are in sum at most `max`; `price` is for one class more.
    fn limit_classes(&mut self, rule: &str, place: &Place, needs: &[ClassNeed], max: i64, price: f64);

    /// What the rule does to the daily way of the pupils of `grades` from every unit to every site in a plan year.
    /// Boarders are not meant.
    fn shape_arcs(&mut self, rule: &str, year: Year, grades: &[GradeId], effect: &dyn Fn(UnitId, SiteId) -> ArcEffect);

    /// At most `max` day pupils of `grades` go a way that `counted` names in a plan year; `price` is for one pupil more.
    fn limit_arc_pupils(
        &mut self,
        rule: &str,
        year: Year,
        grades: &[GradeId],
        counted: &dyn Fn(UnitId, SiteId) -> bool,
        max: f64,
        price: f64,
    );

    /// The closures counted together are at least `min` and at most `max`; `None` for no bound.
    fn limit_closures(&mut self, rule: &str, count: &ClosureCount, bounds: (Option<i64>, Option<i64>), price: f64);

    /// The money added up is at most `max` yuan; `price` is for one yuan more.
    fn limit_budget(&mut self, rule: &str, span: &BudgetSpan, max: f64, price: f64);

    /// The site operates in the plan year; `price` is for its not doing so.
    fn keep_operating(&mut self, rule: &str, site: SiteId, year: Year, price: f64);

    /// The sites whose state in the plan year `counted` names are at least `min` and at most `max`; `None` for no bound,
    /// `price` for one site too few or too many. `of` says what is counted, for names.
    fn limit_sites(
        &mut self,
        rule: &str,
        of: &str,
        year: Year,
        counted: &dyn Fn(SiteId, &SiteState) -> bool,
        bounds: (Option<i64>, Option<i64>),
        price: f64,
    );

    /// At most `max` pupils of `grades` board at each of `sites` in a plan year; `price` is for one more.
    fn limit_boarders(&mut self, rule: &str, year: Year, grades: &[GradeId], sites: &[SiteId], max: f64, price: f64);

    /// At most `max` pupils go to another site in the plan year than the pupils of their unit and band the year before.
    fn limit_moved(&mut self, rule: &str, year: Year, max: f64, price: f64);
}
