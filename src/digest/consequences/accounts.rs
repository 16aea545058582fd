//! One account for every school (一校一策): what happens to it year by year, and which rules it keeps.

use super::placement::Transfer;
use super::staff::{ONE, SectionStaff, StaffFlow};
use crate::digest::tallies::{level, outcome};
use crate::domain::document::PlanDocument;
use crate::domain::rule::{Outcome, Rule};
use crate::domain::scenario::Scenario;
use crate::id::SiteId;
use crate::metric::Level;
use std::collections::BTreeMap;

/// A site in one year.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Account {
    /// Pupils who were at another site the year before; 0 in the baseline.
    pub come: i64,
    /// Pupils who were here the year before and are at another site.
    pub gone: i64,
    /// Pupils who enter a stage.
    pub entrants: i64,
    /// Posts, where they are known.
    pub posts: Option<f64>,
    /// Posts needed, where that is known for every stage that has a need.
    pub needed: Option<f64>,
    /// Posts that are lacking, added up over the stages.
    pub lacking: Option<f64>,
    /// Posts that come from other sites.
    pub posts_in: f64,
    /// Posts that go to other sites.
    pub posts_out: f64,
    /// Yuan of public funds by all rules on them together, where there is such a rule.
    pub funds: Option<f64>,
    /// Rules on the site or its stages that pass, exemptions included.
    pub passing: i64,
    /// Ids of rules on the site or its stages that fail, in the order of the scenario.
    pub failing: Vec<String>,
}

/// The accounts of all sites by site and year.
pub fn accounts(scenario: &Scenario, document: &PlanDocument, all: &super::Consequences) -> Accounts {
    let mut accounts: Accounts = BTreeMap::new();
    for site in scenario.district.sites.ids() {
        for year in std::iter::once(document.baseline_year).chain(document.years.iter().copied()) {
            accounts.insert((site, year), Account::default());
        }
    }
    pupils(&mut accounts, &all.transfers);
    posts(&mut accounts, &all.staff, &all.staff_flows);
    for one in &all.funds {
        if let Some(account) = accounts.get_mut(&(one.site, one.year)) {
            *account.funds.get_or_insert(0.0) += one.yuan;
        }
    }
    verdicts(&mut accounts, scenario, document);
    accounts
}

/// The accounts of all sites by site and year.
pub type Accounts = BTreeMap<(SiteId, i32), Account>;

fn pupils(accounts: &mut Accounts, transfers: &[Transfer]) {
    for one in transfers {
        let sat = one.pupils - one.entrants;
        if let Some(account) = accounts.get_mut(&(one.to, one.year)) {
            account.entrants += one.entrants;
            if one.from.is_some_and(|from| from != one.to) {
                account.come += sat;
            }
        }
        let left = one.from.filter(|&from| from != one.to);
        if let Some(account) = left.and_then(|from| accounts.get_mut(&(from, one.year))) {
            account.gone += sat;
        }
    }
}

fn posts(accounts: &mut Accounts, staff: &[SectionStaff], flows: &[StaffFlow]) {
    let ones = |count: i64| count as f64 / ONE as f64;
    for one in staff {
        let Some(account) = accounts.get_mut(&(one.site, one.year)) else { continue };
        if let Some(posts) = one.counts[0] {
            *account.posts.get_or_insert(0.0) += ones(posts);
        }
        if let Some(need) = one.need.filter(|_| one.lead == 0) {
            *account.needed.get_or_insert(0.0) += need;
        }
        if let Some(lacking) = one.lacking().filter(|_| one.lead == 0) {
            *account.lacking.get_or_insert(0.0) += lacking;
        }
    }
    for flow in flows.iter().filter(|flow| flow.from.0 != flow.to.0) {
        let posts = ones(flow.counts[0].unwrap_or(0));
        if let Some(account) = accounts.get_mut(&(flow.to.0, flow.year)) {
            account.posts_in += posts;
        }
        if let Some(account) = accounts.get_mut(&(flow.from.0, flow.year)) {
            account.posts_out += posts;
        }
    }
}

/// Which rules the sites and their stages keep. A rule counts once for a site, however many of its stages it tests.
fn verdicts(accounts: &mut Accounts, scenario: &Scenario, document: &PlanDocument) {
    let district = &scenario.district;
    let rules: BTreeMap<&str, (usize, &Rule)> =
        scenario.rules.iter().enumerate().map(|(at, rule)| (rule.id.as_str(), (at, rule))).collect();
    let sites: BTreeMap<&str, SiteId> = district.sites.entries().map(|(id, site)| (site.key.as_str(), id)).collect();
    let sections: BTreeMap<&str, SiteId> =
        district.sections.iter().map(|section| (section.key.as_str(), section.site)).collect();
    let mut held: BTreeMap<(SiteId, i32, usize), bool> = BTreeMap::new();
    for row in &document.compliance {
        let Some(&(at, rule)) = rules.get(row.rule.as_str()) else { continue };
        let subject = row.subject.as_str();
        let site = match level(rule) {
            Some(Level::Site) => sites.get(subject),
            // A stage without a section at the baseline is named `site/stage`.
            Some(Level::Section) => {
                sections.get(subject).or_else(|| subject.rsplit_once('/').and_then(|(site, _)| sites.get(site)))
            }
            _ => None,
        };
        let passes = match outcome(row, Some(rule), document.baseline_year) {
            Outcome::Pass | Outcome::PassRelaxed => true,
            Outcome::Fail => false,
            Outcome::Pending | Outcome::NotApplicable => continue,
        };
        if let Some(&site) = site {
            *held.entry((site, row.year, at)).or_insert(true) &= passes;
        }
    }
    let ids: Vec<&str> = scenario.rules.iter().map(|rule| rule.id.as_str()).collect();
    for ((site, year, at), passes) in held {
        let Some(account) = accounts.get_mut(&(site, year)) else { continue };
        if passes {
            account.passing += 1;
        } else {
            account.failing.push(ids[at].to_owned());
        }
    }
}

/// Whether something happens to a site: it opens, shuts or changes its kind or rooms, or an action is taken.
pub fn touched(document: &PlanDocument, site: &str) -> bool {
    document.sites.iter().filter(|one| one.id == site).any(|one| {
        let as_today = |state: &crate::domain::document::StateDocument| {
            one.states.first().is_some_and(|first| {
                (first.operating, first.kind, first.rooms, first.beds)
                    == (state.operating, state.kind, state.rooms, state.beds)
            })
        };
        one.actions.iter().any(|action| action.action != "keep") || !one.states.iter().all(as_today)
    })
}
