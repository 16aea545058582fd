//! Building projects added up by the plan that names them.

use crate::domain::resource::{Project, ProjectStatus};
use crate::units::Pupils;

/// The projects of one plan of the county.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PlanSum {
    /// Name of the plan; empty for projects that none names.
    pub plan: String,
    /// All of them.
    pub all: Sum,
    /// Those in service.
    pub done: Sum,
}

/// Projects in sum.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Sum {
    /// How many.
    pub projects: usize,
    /// New floor area in square metres.
    pub floor_m2: f64,
    /// New places.
    pub places: Pupils,
}

impl Sum {
    fn add(&mut self, project: &Project) {
        self.projects += 1;
        self.floor_m2 += project.floor_m2;
        self.places += project.places;
    }
}

/// The sums of every plan, in order of first appearance.
pub fn sums(projects: &[Project]) -> Vec<PlanSum> {
    let mut sums: Vec<PlanSum> = Vec::new();
    for project in projects {
        let at = sums.iter().position(|sum| sum.plan == project.plan).unwrap_or_else(|| {
            sums.push(PlanSum { plan: project.plan.clone(), ..PlanSum::default() });
            sums.len() - 1
        });
        sums[at].all.add(project);
        if project.status == ProjectStatus::Done {
            sums[at].done.add(project);
        }
    }
    sums
}
