//! Public funds of every section by year, before and after the plan.

use crate::domain::district::Stage;
use crate::id::SiteId;
use crate::metric::public_funds;
use crate::metric::view::YearView;

/// What a section is funded with in a year by a rule of the scenario on public funds.
#[derive(Debug, Clone, PartialEq)]
pub struct SectionFunds {
    /// The year.
    pub year: i32,
    /// Id of the rule.
    pub rule: String,
    /// The site.
    pub site: SiteId,
    /// The stage.
    pub stage: Stage,
    /// Pupils who count for the rule.
    pub pupils: i64,
    /// Yuan of the year.
    pub yuan: f64,
}

/// The funds of every section that the rules of the scenario fund; their sum over a rule and year is the county's value.
pub fn funds(years: &[YearView<'_>]) -> Vec<SectionFunds> {
    let mut all = Vec::new();
    for view in years {
        let rules = view.ground.scenario.rules.iter().filter(|rule| rule.metric == "public_funds");
        for rule in rules {
            for (site, stage, pupils, yuan) in public_funds::by_section(rule, view) {
                all.push(SectionFunds {
                    year: view.year.0,
                    rule: rule.id.clone(),
                    site,
                    stage,
                    pupils: pupils.0,
                    yuan,
                });
            }
        }
    }
    all
}
