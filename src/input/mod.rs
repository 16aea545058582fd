//! The door for everything that comes in: scenario folders and plans, validated as a whole with every problem reported.
//!
//! [`load()`] reads a folder into a [`Scenario`](crate::domain::scenario::Scenario); `docs/scenario-format.md` is the
//! description for planners.

mod certificate;
mod changes;
mod complete;
mod consultations;
mod demand;
mod document;
mod facts;
mod family;
mod files;
mod forecast;
mod frame;
mod geojson;
mod geometry;
mod goal;
mod load;
mod manifest;
mod network;
mod offers;
mod origin;
mod paper;
mod plan;
mod problem;
mod projects;
mod resources;
mod rules;
pub mod schema;
mod shape;
mod sites;
mod source;
mod start;
mod table;
mod units;
mod variant;
mod words;

pub use certificate::certificate_of;
pub use changes::VariantInfo;
pub use goal::{SolverSettings, parse_duration, parse_gap};
pub use load::{Folder, Loaded, load};
pub use origin::{path_between, scenario_of};
pub use plan::{PlanInput, PlanRead};
pub use problem::{Code, Place, Problem, Problems, nearest};
