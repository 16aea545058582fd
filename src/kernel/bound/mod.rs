//! Lagrangian lower bounds: "every customer is served once" is relaxed, the rest separates by site.
//!
//! For multipliers `u` of the cells, `m` of the rows and prices `t` of the limits, every solution costs at least
//! `sum u + rows(m) + min over selections of the values of the options`, where the value of an option is its cost plus a
//! fractional knapsack over the cells that pay, `u - cost > 0` (Geoffrion 1974; Barcelo and Casanovas 1984 for capacitated
//! location). The selection keeps a cardinality row or an aggregate cover inside. Whatever else the problem asks for
//! (pairs, implications, contiguity, least shares) is dropped, which keeps the bound valid.

mod active;
mod ascent;
mod cover;
mod evaluate;
mod gradient;
mod knapsack;
mod limits;
mod near;
mod pack;
mod prices;
mod select;
mod site;
mod transport;
mod volume;
mod waste;
mod whole;

pub use active::{Active, Removed};
pub use ascent::{Ascent, AscentOptions, Relaxation};
pub use evaluate::{Evaluation, Evaluator, Multipliers};
pub use gradient::Gradient;
pub use pack::Depth;
pub use select::{Coupling, Excluded, Selection};
pub use transport::Transport;
pub use whole::{Choosable, Knapsack, Packed};

#[cfg(test)]
mod tests;
