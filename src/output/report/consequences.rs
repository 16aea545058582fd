//! What a plan brings about besides its map, as compact as the page can read: flat rows of whole numbers where there are many.

use super::data::Both;
use crate::digest::consequences::placement::Spot;
use crate::digest::consequences::villages::Notice;
use crate::digest::consequences::{accounts, staff};
use crate::id::{Id, SiteId};
use crate::output::bundle::Bundle;
use crate::output::consequences::villages::{Way, grades};
use crate::output::projects::status_name;
use crate::travel::Travel;
use serde::Serialize;
use std::collections::BTreeMap;

/// The data of the sections on consequences, schools and villages.
#[derive(Debug, Serialize)]
pub struct ConsequenceData {
    /// Year, stage, site before (-1 where none), site after, pupils, entrants, mean way in metres before and after (-1 where
    /// not known), by position; those who change only.
    transfers: Vec<[i64; 8]>,
    /// Year, stage, site before, site after, rule, hundredths of posts and of teachers (-1 where not known), metres.
    staff: Vec<[i64; 8]>,
    /// The rules by which posts and assets follow, by the position that rows name.
    follow: [&'static str; 4],
    /// Year, site before, site after, yuan of equipment, hundredths of sets of multimedia rooms (-1 where not known), metres.
    assets: Vec<[i64; 6]>,
    disposed: Vec<DisposedData>,
    works: Vec<WorkData>,
    funds: Vec<FundsData>,
    notices: Vec<NoticeData>,
    /// By site and year.
    accounts: Vec<Vec<AccountData>>,
    /// Names of the rules that accounts name.
    rules: Vec<Both>,
    /// Positions of sites to which something happens.
    touched: Vec<usize>,
}

#[derive(Debug, Serialize)]
struct DisposedData {
    year: i32,
    site: usize,
    disposal: &'static str,
    given: bool,
    rooms: i64,
    land: Option<f64>,
    teaching: Option<f64>,
    sports: Option<f64>,
}

#[derive(Debug, Serialize)]
struct WorkData {
    name: Option<String>,
    plan: Option<String>,
    action: String,
    site: usize,
    classes: i64,
    music: i64,
    art: i64,
    floor: Option<f64>,
    places: Option<i64>,
    cost: Option<i64>,
    year: i32,
    status: &'static str,
}

#[derive(Debug, Serialize)]
struct FundsData {
    title: Both,
    /// Yuan of the county by year.
    years: Vec<f64>,
}

/// A change for some grades of a unit.
#[derive(Debug, Serialize)]
struct NoticeData {
    unit: usize,
    stage: usize,
    grades: String,
    year: i32,
    rising: bool,
    pupils: i64,
    old: Vec<usize>,
    new: Vec<usize>,
    before: Option<i64>,
    after: Option<i64>,
    minutes: Option<f64>,
    boarding: bool,
}

/// A site in a year: entrants, pupils from and to other schools; posts that there are, are needed, are lacking, come and go;
/// yuan of public funds; rules that pass; positions in `rules` of those that fail.
#[derive(Debug, Serialize)]
struct AccountData([i64; 3], [Option<f64>; 5], Option<f64>, i64, Vec<usize>);

impl ConsequenceData {
    /// The data of a plan.
    pub fn of(bundle: &Bundle<'_>, years: &[i32]) -> Self {
        let (scenario, all) = (bundle.scenario, bundle.consequences());
        let at = |year: i32| years.iter().position(|&other| other == year).unwrap_or(0) as i64;
        let site = |id: SiteId| id.index() as i64;
        let stage = |stage| scenario.stage_index(stage).map_or(-1, |at| at as i64);
        let known = |count: Option<i64>| count.unwrap_or(-1);
        let follow = ["together", "with_pupils", "nearest", "need"];
        let rule = |name: &str| follow.iter().position(|&other| other == name).unwrap_or(0) as i64;
        let transfers = all
            .transfers
            .iter()
            .filter(|one| one.from != Some(one.to))
            .map(|one| {
                let mean = |sum: i64| if one.measured > 0 { (2 * sum + one.measured) / (2 * one.measured) } else { -1 };
                let from = one.from.map_or(-1, site);
                let (before, after) = (mean(one.before), mean(one.after));
                [at(one.year), stage(one.stage), from, site(one.to), one.pupils, one.entrants, before, after]
            })
            .collect();
        let staff = all
            .staff_flows
            .iter()
            .map(|flow| {
                let (posts, teachers) = (known(flow.counts[0]), known(flow.counts[staff::TEACHERS]));
                let (from, to) = (site(flow.from.0), site(flow.to.0));
                [at(flow.year), stage(flow.from.1), from, to, rule(flow.why.name()), posts, teachers, flow.metres]
            })
            .collect();
        let assets = all
            .asset_flows
            .iter()
            .map(|flow| {
                let yuan = flow.amounts[0].map(|amount| (amount + 50).div_euclid(100));
                [at(flow.year), site(flow.from), site(flow.to.0), known(yuan), known(flow.amounts[1]), flow.metres]
            })
            .collect();
        let disposed = all.disposed.iter().map(|one| DisposedData {
            year: one.year,
            site: one.site.index(),
            disposal: one.disposal.name(),
            given: one.given,
            rooms: one.rooms,
            land: one.land_m2,
            teaching: one.teaching_m2,
            sports: one.sports_m2,
        });
        let works = all.works.iter().map(|work| {
            let named = work.project.map(|at| &scenario.district.projects[at]);
            WorkData {
                name: named.map(|one| one.name.clone()),
                plan: named.map(|one| one.plan.clone()).filter(|plan| !plan.is_empty()),
                action: work.action.clone(),
                site: work.site.index(),
                classes: work.classes,
                music: work.special_rooms().0,
                art: work.special_rooms().1,
                floor: work.floor_m2,
                places: work.places,
                cost: work.cost,
                year: work.year,
                status: status_name(work.status),
            }
        });
        let travel = Travel::new(scenario);
        let (accounts, rules) = account_data(bundle, years);
        let keys = scenario.district.sites.iter();
        let touched = keys.enumerate().filter(|(_, site)| accounts::touched(bundle.document, &site.key));
        Self {
            transfers,
            staff,
            follow,
            assets,
            disposed: disposed.collect(),
            works: works.collect(),
            funds: funds(bundle, years),
            notices: all.notices.iter().filter_map(|one| notice(bundle, &travel, one)).collect(),
            accounts,
            rules,
            touched: touched.map(|(at, _)| at).collect(),
        }
    }
}

fn funds(bundle: &Bundle<'_>, years: &[i32]) -> Vec<FundsData> {
    let mut sums: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for one in &bundle.consequences().funds {
        if let Some(at) = years.iter().position(|&year| year == one.year) {
            sums.entry(&one.rule).or_insert_with(|| vec![0.0; years.len()])[at] += one.yuan;
        }
    }
    let title = |rule: &str| bundle.rule(rule).map_or_else(|| Both::same(rule), |rule| Both::text(&rule.title));
    sums.into_iter().map(|(rule, years)| FundsData { title: title(rule), years }).collect()
}

fn notice(bundle: &Bundle<'_>, travel: &Travel<'_>, one: &Notice) -> Option<NoticeData> {
    let sites = |parts: &[(Spot, i64)]| {
        let mut sites: Vec<usize> = parts.iter().map(|part| part.0.site.index()).collect();
        sites.sort_unstable();
        sites.dedup();
        sites
    };
    let (before, after) = (Way::of(travel, one.unit, &one.old), Way::of(travel, one.unit, &one.new));
    let metres = |way: &Option<Way>| way.as_ref().map(|way| (way.km * 1000.0).round() as i64);
    Some(NoticeData {
        unit: one.unit.index(),
        stage: bundle.scenario.stage_index(one.stage)?,
        grades: grades(bundle, one),
        year: one.year?,
        rising: one.rising,
        pupils: one.pupils,
        old: sites(&one.old),
        new: sites(&one.new),
        before: metres(&before),
        after: metres(&after),
        minutes: after.map(|way| (way.minutes * 10.0).round() / 10.0),
        boarding: one.new.iter().any(|part| part.0.boarding),
    })
}

/// The accounts by site and year, and the names of the rules that they name.
fn account_data(bundle: &Bundle<'_>, years: &[i32]) -> (Vec<Vec<AccountData>>, Vec<Both>) {
    let accounts = &bundle.consequences().accounts;
    let tidy = |value: f64| (value * 100.0).round() / 100.0;
    let mut named: Vec<&str> = accounts.values().flat_map(|account| &account.failing).map(String::as_str).collect();
    named.sort_unstable();
    named.dedup();
    let title = |id: &&str| {
        let title = bundle.rule(id).map(|rule| &rule.title).filter(|title| !title.is_empty());
        title.map_or_else(|| Both::same(id), Both::text)
    };
    let of_year = |site: SiteId, year: i32| {
        let account = accounts.get(&(site, year))?;
        let posts = [account.posts, account.needed, account.lacking, Some(account.posts_in), Some(account.posts_out)];
        Some(AccountData(
            [account.entrants, account.come, account.gone],
            posts.map(|posts| posts.map(tidy)),
            account.funds.map(f64::round),
            account.passing,
            account.failing.iter().filter_map(|id| named.binary_search(&id.as_str()).ok()).collect(),
        ))
    };
    let sites = bundle.scenario.district.sites.ids();
    let all = sites.map(|site| years.iter().filter_map(|&year| of_year(site, year)).collect()).collect();
    (all, named.iter().map(title).collect())
}
