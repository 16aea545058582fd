//! The sections that a rule tests: one stage at one operating site, with the pupils in the rule's scope.

use super::class_size_max::largest_class;
use super::scope::{self, Applied, SiteFacts};
use super::view::{GroupView, SiteView, Subject, YearView};
use crate::domain::district::Stage;
use crate::domain::rule::Rule;
use crate::id::SiteId;
use crate::units::{Classes, Pupils};

/// A section with those of its groups that have pupils in a grade in scope.
pub struct Tested<'v> {
    /// The site.
    pub site: SiteId,
    /// The stage.
    pub stage: Stage,
    /// What the site is and whom it teaches.
    pub here: &'v SiteView,
    /// The groups.
    pub groups: Vec<&'v GroupView>,
}

impl Tested<'_> {
    /// The section as a subject.
    pub fn subject(&self) -> Subject {
        Subject::Section(self.site, self.stage)
    }

    /// Its pupils.
    pub fn pupils(&self) -> Pupils {
        self.groups.iter().map(|group| group.pupils).sum()
    }

    /// Its classes; `None` where those of some group are not known.
    pub fn classes(&self) -> Option<Classes> {
        self.groups.iter().map(|group| group.classes).sum()
    }

    /// Its largest class; `None` where some group has no class or none that is known.
    pub fn largest_class(&self) -> Option<i64> {
        self.groups.iter().map(|group| largest_class(group)).try_fold(0, |most, size| Some(most.max(size?)))
    }

    /// The limit that applies to it; `None` where it is not tested at all: it has no pupils, fewer than the rule's scope
    /// asks for, or an exemption leaves it out.
    pub fn applied(&self, rule: &Rule, view: &YearView<'_>) -> Option<Applied> {
        let pupils = self.pupils();
        if pupils == Pupils::ZERO {
            return None;
        }
        scope::tested(
            rule,
            &SiteFacts { ground: view.ground, site: self.site, state: self.here.state, pupils: Some(pupils) },
        )
    }
}

/// The sections of operating sites in a rule's scope, by site and stage.
pub fn tested<'v>(rule: &Rule, view: &'v YearView<'_>) -> Vec<Tested<'v>> {
    let scenario = view.ground.scenario;
    let grades = scope::grades(scenario, rule);
    let mut all = Vec::new();
    for (site, here) in view.sites.entries() {
        if !here.state.operating || !scope::site(scenario, rule, site, &here.state) {
            continue;
        }
        for &stage in here.state.kind.stages() {
            if grades.iter().any(|&grade| scenario.district.grades[grade].stage == stage) {
                let counted = |group: &&GroupView| {
                    group.pupils > Pupils::ZERO && group.grades.iter().any(|grade| grades.contains(grade))
                };
                let groups = here.groups_of(stage).filter(counted).collect();
                all.push(Tested { site, stage, here, groups });
            }
        }
    }
    all
}
