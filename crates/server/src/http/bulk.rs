//! Requests that do one thing with many objects: named by id, or all that a filter finds.

use serde::{Serialize, de::DeserializeOwned};
use utoipa::ToSchema;
use vigie_kernel::Code;

use super::Problem;

/// Most objects that one request names by id.
pub(super) const MOST_NAMED: usize = 200;
/// Most objects that one request changes by a filter.
pub(super) const MOST_AT_ONCE: u64 = 10_000;
/// Objects that one transaction changes.
pub(super) const CHUNK: usize = 200;

/// Why something is not done, as a stable code.
pub(super) trait Why {
    /// The code.
    fn code(&self) -> Code;
}

/// What was not done with one of many.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BulkFailure<Id> {
    /// Which.
    id: Id,
    /// Why, as a stable code.
    code: &'static str,
    /// Why, for people.
    title: &'static str,
}

/// What was done with many.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BulkAnswer<Id> {
    /// How many were done.
    done: usize,
    /// Which were not.
    failed: Vec<BulkFailure<Id>>,
}

impl<Id> Default for BulkAnswer<Id> {
    fn default() -> Self {
        Self { done: 0, failed: Vec::new() }
    }
}

impl<Id> BulkAnswer<Id> {
    pub(super) fn add<E: Why>(&mut self, tried: usize, failed: Vec<(Id, E)>) {
        self.done += tried - failed.len();
        self.failed.extend(failed.into_iter().map(|(id, error)| {
            let code = error.code();
            BulkFailure { id, code: code.as_str(), title: code.title() }
        }));
    }
}

/// Some objects named by id.
pub(super) fn some<Id>(ids: Vec<Id>) -> Result<Vec<Id>, Problem> {
    if ids.is_empty() || ids.len() > MOST_NAMED {
        return Err(Problem::invalid("ids", format!("must be 1 to {MOST_NAMED}, unless `all` is given")));
    }
    Ok(ids)
}

/// A filter out of a body. A member that it does not know is refused: leaving it out would widen what is changed.
pub(super) fn strict<T: Serialize + DeserializeOwned>(value: &serde_json::Value, field: &str) -> Result<T, Problem> {
    let filter: T = T::deserialize(value).map_err(|error| Problem::invalid(field, error))?;
    let known = serde_json::to_value(&filter).unwrap_or_default();
    for member in value.as_object().map(serde_json::Map::keys).into_iter().flatten() {
        if known.get(member).is_none() {
            return Err(Problem::invalid(&format!("{field}.{member}"), "is not known"));
        }
    }
    Ok(filter)
}
