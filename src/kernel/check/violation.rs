//! What a solution can break.

use crate::id::{ArcId, CustomerId, OptionId, SiteId};
use thiserror::Error;

/// One thing that a solution breaks. Indices are those of the problem's tables.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum Violation {
    /// The solution's tables do not fit the problem's.
    #[error("the solution does not fit the problem: {what} {found}, where the problem has {expected}")]
    Shape {
        /// What does not fit.
        what: &'static str,
        /// Length found, or the index outside the table.
        found: usize,
        /// Length of the problem's table.
        expected: usize,
    },
    /// The option chosen for a site belongs to another.
    #[error("site {} chose option {}, which is another site's", site.0, option.0)]
    OptionOfAnotherSite {
        /// The site.
        site: SiteId,
        /// The option.
        option: OptionId,
    },
    /// A customer is served over an arc of another.
    #[error("customer {} is served over arc {}, which is another customer's", customer.0, arc.0)]
    ArcOfAnotherCustomer {
        /// The customer.
        customer: CustomerId,
        /// The arc.
        arc: ArcId,
    },
    /// A customer is served by a site whose chosen option does not serve it.
    #[error("customer {} is served by site {} under option {}, which does not allow it", customer.0, site.0, option.0)]
    NotServed {
        /// The customer.
        customer: CustomerId,
        /// The site.
        site: SiteId,
        /// The chosen option.
        option: OptionId,
    },
    /// A customer that must be served as a whole is divided.
    #[error("customer {} is divided but must be served as a whole", customer.0)]
    NotDivisible {
        /// The customer.
        customer: CustomerId,
    },
    /// A part is empty, negative, not a number, not whole where it must be, unequal in its commodities where they must be
    /// alike, misaligned with the customer's loads, or out of order.
    #[error("customer {}: the part on arc {} {}", customer.0, arc.0, fault)]
    Part {
        /// The customer.
        customer: CustomerId,
        /// The arc.
        arc: ArcId,
        /// What is wrong with it.
        fault: &'static str,
    },
    /// The parts of a customer do not add up to its load of one commodity.
    #[error("customer {}: the parts add up to {found} of load {position}, not {expected}", customer.0)]
    PartsTotal {
        /// The customer.
        customer: CustomerId,
        /// Position in the customer's loads.
        position: usize,
        /// Sum of the parts.
        found: f64,
        /// The customer's load.
        expected: i64,
    },
    /// A customer is divided among too many sites.
    #[error("customer {} is divided among {found} sites, more than {max}", customer.0)]
    TooManySites {
        /// The customer.
        customer: CustomerId,
        /// Number of sites.
        found: u32,
        /// Most allowed.
        max: u32,
    },
    /// A site receives less than the least share of a divided customer.
    #[error("customer {}: site {} receives a share of {share}, less than {min}", customer.0, site.0)]
    SmallShare {
        /// The customer.
        customer: CustomerId,
        /// The site.
        site: SiteId,
        /// Its share.
        share: f64,
        /// Least share.
        min: f64,
    },
    /// A hard limit of the chosen option is broken.
    #[error("site {}, option {}: limit {limit} is exceeded or missed by {excess} at {value}", site.0, option.0)]
    Limit {
        /// The site.
        site: SiteId,
        /// The chosen option.
        option: OptionId,
        /// Position among the option's limits.
        limit: usize,
        /// The measured value.
        value: f64,
        /// Units above the maximum or below the minimum.
        excess: f64,
    },
    /// A hard row is broken.
    #[error("row {row} is outside its bounds by {excess} at {activity}")]
    Row {
        /// Position among the rows.
        row: usize,
        /// The value of the row.
        activity: f64,
        /// Units outside the bounds.
        excess: f64,
    },
    /// A customer is not served where the chosen option sends it.
    #[error("implication {implication} does not send customer {} to its site", customer.0)]
    Implication {
        /// Position among the implications.
        implication: usize,
        /// The customer.
        customer: CustomerId,
    },
    /// Two customers that must share a site do not.
    #[error("pair {pair} is served by different sites")]
    Pair {
        /// Position among the pairs.
        pair: usize,
    },
    /// A site serves customers of a layer but not its own home.
    #[error("layer {layer}: site {} serves customers but not its home", site.0)]
    Home {
        /// Position among the layers.
        layer: usize,
        /// The site.
        site: SiteId,
    },
    /// The customers that a site serves in a layer are not connected.
    #[error("layer {layer}: the customers of site {} are in {components} pieces", site.0)]
    Disconnected {
        /// Position among the layers.
        layer: usize,
        /// The site.
        site: SiteId,
        /// Number of connected pieces.
        components: u32,
    },
    /// A held second cost is above its bound.
    #[error("ceiling {ceiling} is exceeded by {excess} at {value}")]
    Ceiling {
        /// Position among the ceilings.
        ceiling: usize,
        /// The value.
        value: f64,
        /// By how much it is above the bound.
        excess: f64,
    },
}
