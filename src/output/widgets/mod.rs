//! Scripts that several pages share: sortable tables, charts with axes, parallel coordinates.
//!
//! They use the helpers of the base script of pages and nothing of a page's own data.

/// Tables sorted by a click on a heading.
pub(super) const TABLES: &str = include_str!("tables.js");
/// Scales, axes and lines of charts.
pub(super) const CHARTS: &str = include_str!("charts.js");
/// Parallel coordinates with brushes.
pub(super) const PARALLEL: &str = include_str!("parallel.js");
/// Points with error bars.
pub(super) const SCATTER: &str = include_str!("scatter.js");
/// The style of all of these.
pub(super) const STYLE: &str = include_str!("widgets.css");
