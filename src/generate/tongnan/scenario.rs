//! `scenario.toml` of the county: rules, figures that the district reports, forecasts, measures on offer.

use super::sections::SiteDraft;
use super::targets::{BASELINE_YEAR, RESIDENTS};
use super::{County, projects};
use crate::domain::district::{Setting, SiteKind, Stage};

/// Kilometres of road for one of straight line, in hilly country.
pub const DETOUR: f64 = 1.4;

/// The plan years.
const PLAN_YEARS: std::ops::RangeInclusive<i32> = BASELINE_YEAR + 1..=BASELINE_YEAR + 6;

/// A hard limit of the way to school. Nothing published says how far pupils go, so today's farthest sets it.
fn reach_rule(stage: &str, zh: &str, en: &str, km: i64) -> String {
    format!(
        r#"
# Assumed: nobody is to go farther than, in whole kilometres, the farthest pupil does today.
[[rules]]
id = "tongnan.reach.{stage}"
title = {{ zh = "{zh}", en = "{en}" }}
source = {{ doc = "scenario", status = "scenario" }}
scope = {{ stages = ["{stage}"] }}
metric = "travel_dist"
op = "<="
limit = {limit}
severity = "hard"
"#,
        limit = km * 1000
    )
}

/// The file.
pub fn text(county: &County, seed: u64) -> String {
    let years: Vec<String> = PLAN_YEARS.map(|year| year.to_string()).collect();
    let mut text = include_str!("scenario_head.toml")
        .replace("{seed}", &seed.to_string())
        .replace("{detour}", &DETOUR.to_string())
        .replace("{baseline}", &BASELINE_YEAR.to_string())
        .replace("{years}", &years.join(", "))
        .replace("{residents}", &RESIDENTS.to_string());
    for (stage, zh, en) in [
        (Stage::Primary, "小学上学路程", "Way to primary school"),
        (Stage::Junior, "初中上学路程", "Way to junior middle school"),
    ] {
        text += &reach_rule(stage.name(), zh, en, county.farthest_km(stage));
    }
    let sites = |wanted: &dyn Fn(usize, &SiteDraft) -> bool| -> String {
        let all = county.schools.sites.iter().enumerate();
        let keys = all.filter(|(at, site)| wanted(*at, site)).map(|(_, site)| format!("\"{}\"", site.key));
        keys.collect::<Vec<_>>().join(", ")
    };
    let expandable = |at: usize, site: &SiteDraft| {
        county.own_sections(at).next().is_some()
            && !site.private
            && (site.setting == Setting::Urban || county.is_crowded(at))
    };
    let nine_year = |site: &SiteDraft| site.kind == SiteKind::NineYear;
    text += &include_str!("scenario_actions.toml")
        .replace("{expandable}", &sites(&|at, site| expandable(at, site) && !nine_year(site)))
        .replace("{expandable_nine_year}", &sites(&|at, site| expandable(at, site) && nine_year(site)))
        .replace("{equippable}", &sites(&|at, site| !nine_year(site) && equippable(county, at, site)));
    text
}

/// Whether a site may come to lack a music or art room, or a project of the county's plan adds no places there.
fn equippable(county: &County, at: usize, site: &SiteDraft) -> bool {
    let may_lack = |section: usize| {
        let classes: i64 = county.rolls[section].classes.iter().sum();
        let most = classes + classes / 8 + 1;
        county.schools.is_assessed(section) && county.means[section].serves(site.built) < most
    };
    county.own_sections(at).any(may_lack) || projects::is_without_places(&site.key)
}
