//! What is reported of the whole inventory: a summary in figures, each with the list behind it, and the schedules on which it
//! is written for others.

pub mod page;
pub mod schedules;
mod summary;
#[cfg(test)]
mod tests;

use serde::Serialize;
use vigie_kernel::Timestamp;

pub use summary::summary;

/// What one figure counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = SummaryFigure))]
pub struct Figure {
    /// The value, a code where pages have words for it; empty: not known.
    pub key: String,
    /// What to show for the value where that is not the value itself.
    pub name: Option<String>,
    /// Whether these are all that are not named one by one.
    pub others: bool,
    /// How many.
    pub count: i64,
    /// The query of the list of equipment that shows exactly these: `type=laptop&customer_id=…`, encoded for an address.
    pub query: String,
}

/// What a group of figures is by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = SummaryGroupBy))]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// Type.
    Type,
    /// Family of the operating system.
    OsFamily,
    /// Operating system with its version.
    System,
    /// Maker.
    Manufacturer,
    /// Age in years, from the day of purchase, else of the firmware, else of the system's installation.
    Age,
    /// Memory in GiB.
    Memory,
    /// When the agent was last heard of.
    Contact,
    /// What wants attention: silent agents, disks nearly full, clones. One machine may be several.
    Attention,
    /// Customer.
    Customer,
}

/// Figures that belong together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = SummaryGroup))]
pub struct Group {
    /// What they are by.
    pub by: By,
    /// The most frequent values first, classes in their order; at most 22.
    pub figures: Vec<Figure>,
}

/// How machines stand to a key software, with the lists behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = SummaryKeySoftware))]
pub struct KeySoftwareFigures {
    /// What it is called.
    pub name: String,
    /// The lowest version that is good; empty: any is.
    pub lowest_version: String,
    /// `present`, `old`, `absent`.
    pub figures: Vec<Figure>,
}

/// The whole inventory in figures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = InventorySummary))]
pub struct Summary {
    /// When it was counted.
    pub made_at: Timestamp,
    /// The name of the customer or reseller that it is of; null: of all that the caller sees.
    pub of: Option<String>,
    /// All equipment that is not deleted.
    pub total: Figure,
    /// By one thing after the other.
    pub groups: Vec<Group>,
    /// Key software.
    pub key_software: Vec<KeySoftwareFigures>,
    /// Machines whose key software is still to be looked for.
    pub waiting: i64,
}

/// A moment in the time of a zone, for people: `2026-11-20 07:30 Europe/Paris`.
pub fn moment(at: Timestamp, zone: &str) -> String {
    let found = jiff::tz::TimeZone::get(zone).ok();
    let name = if found.is_some() { zone } else { "UTC" };
    let moment = jiff::Timestamp::from_millisecond(at.millis()).unwrap_or_default();
    let there = moment.to_zoned(found.unwrap_or(jiff::tz::TimeZone::UTC));
    format!("{} {name}", there.strftime("%Y-%m-%d %H:%M"))
}
