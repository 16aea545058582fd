//! What metrics look up again and again about a scenario, worked out once.

use crate::domain::district::Stage;
use crate::domain::resource::{Held, Resources, Staff};
use crate::domain::scenario::Scenario;
use crate::id::{IdVec, SectionId, SiteId};
use crate::travel::Travel;
use crate::units::Pupils;

/// A scenario with its distances and the facts that follow from it alone.
pub struct Ground<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// The distances.
    pub travel: &'a Travel<'a>,
    /// Compulsory pupils of every site at the baseline: its sections' rolls where they are given, else what the baseline
    /// assignment adds up to.
    pub baseline_sizes: IdVec<SiteId, Pupils>,
    sections: IdVec<SiteId, Vec<SectionId>>,
    staff: IdVec<SiteId, Vec<&'a Held<Staff>>>,
    resources: IdVec<SiteId, Vec<&'a Held<Resources>>>,
}

impl<'a> Ground<'a> {
    /// Works out the facts.
    pub fn new(scenario: &'a Scenario, travel: &'a Travel<'a>) -> Self {
        let district = &scenario.district;
        let mut sections = IdVec::filled(Vec::new(), district.sites.len());
        for (id, section) in district.sections.entries() {
            sections[section.site].push(id);
        }
        let mut staff = IdVec::filled(Vec::new(), district.sites.len());
        for held in &district.staff {
            staff[held.site].push(held);
        }
        let mut resources = IdVec::filled(Vec::new(), district.sites.len());
        for held in &district.resources {
            resources[held.site].push(held);
        }
        let mut ground = Self { scenario, travel, baseline_sizes: IdVec::new(), sections, staff, resources };
        ground.baseline_sizes = ground.sizes();
        ground
    }

    fn sizes(&self) -> IdVec<SiteId, Pupils> {
        let scenario = self.scenario;
        let district = &scenario.district;
        let mut sizes = IdVec::filled(Pupils::ZERO, district.sites.len());
        for (_, section) in district.sections.entries().filter(|(_, section)| section.stage.is_compulsory()) {
            sizes[section.site] += section.groups.iter().map(|group| group.pupils).sum();
        }
        for (position, &stage) in scenario.stages.iter().enumerate().filter(|(_, stage)| stage.is_compulsory()) {
            let grades: Vec<_> = district.grades_of(stage).collect();
            for (unit, sites) in scenario.baseline.sites.entries() {
                let Some(site) = sites.get(position).copied().flatten() else { continue };
                if !self.has_rolls(site, stage) {
                    sizes[site] +=
                        grades.iter().map(|&grade| scenario.demand.pupils(scenario.baseline_year, unit, grade)).sum();
                }
            }
        }
        sizes
    }

    /// The section of a stage at a site, if there is one at the baseline.
    pub fn section(&self, site: SiteId, stage: Stage) -> Option<SectionId> {
        self.sections[site].iter().copied().find(|&id| self.scenario.district.sections[id].stage == stage)
    }

    /// The people and posts of a site, by stage and shared.
    pub fn staff_at(&self, site: SiteId) -> impl Iterator<Item = &'a Held<Staff>> + '_ {
        self.staff[site].iter().copied()
    }

    /// The rooms, grounds, equipment and money of a site, by stage and shared.
    pub fn resources_at(&self, site: SiteId) -> impl Iterator<Item = &'a Held<Resources>> + '_ {
        self.resources[site].iter().copied()
    }

    /// Whether the rolls of a stage at a site are given for the baseline.
    pub fn has_rolls(&self, site: SiteId, stage: Stage) -> bool {
        self.section(site, stage).is_some_and(|id| !self.scenario.district.sections[id].groups.is_empty())
    }
}
