//! How two inventories of one machine differ: per section, what was added, removed and changed. Items of a list are told
//! apart by their natural key ([`Keyed`]), compared as multisets, because agents send whole lists without item ids.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Has a natural key within its list.
pub trait Keyed {
    /// The key; equal keys are the same item at two moments.
    fn key(&self) -> String;
}

/// One section's difference between two moments.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SectionChange {
    /// The section's name.
    pub section: String,
    /// Items that were not there before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Object>))]
    pub added: Vec<Value>,
    /// Items that are gone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Object>))]
    pub removed: Vec<Value>,
    /// Items that are there with other values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<ItemChange>,
}

/// An item before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ItemChange {
    /// As it was.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub before: Value,
    /// As it is.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub after: Value,
}

fn json<T: Serialize>(value: &T) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

fn unless_empty(change: SectionChange) -> Option<SectionChange> {
    let empty = change.added.is_empty() && change.removed.is_empty() && change.changed.is_empty();
    (!empty).then_some(change)
}

/// The difference of a section that is one object.
pub fn changes_of_object<T: Serialize + PartialEq>(
    section: &str,
    before: Option<&T>,
    after: Option<&T>,
) -> Option<SectionChange> {
    let mut change = SectionChange { section: section.to_owned(), ..SectionChange::default() };
    match (before, after) {
        (Some(before), Some(after)) if before != after => {
            change.changed.push(ItemChange { before: json(before), after: json(after) });
        }
        (None, Some(after)) => change.added.push(json(after)),
        (Some(before), None) => change.removed.push(json(before)),
        (Some(_), Some(_)) | (None, None) => {}
    }
    unless_empty(change)
}

/// The difference of a section that is a list.
pub fn changes_of_list<T: Serialize + PartialEq + Keyed>(
    section: &str,
    before: Option<&Vec<T>>,
    after: Option<&Vec<T>>,
) -> Option<SectionChange> {
    let mut change = SectionChange { section: section.to_owned(), ..SectionChange::default() };
    let mut by_key: BTreeMap<String, (Vec<&T>, Vec<&T>)> = BTreeMap::new();
    for item in before.into_iter().flatten() {
        by_key.entry(item.key()).or_default().0.push(item);
    }
    for item in after.into_iter().flatten() {
        by_key.entry(item.key()).or_default().1.push(item);
    }
    for (mut old, mut new) in by_key.into_values() {
        // Equal items cancel out first; what is left of one key is paired in order.
        old.retain(|item| match new.iter().position(|other| other == item) {
            Some(at) => {
                new.remove(at);
                false
            }
            None => true,
        });
        let pairs = old.len().min(new.len());
        for (before, after) in old.iter().zip(&new) {
            change.changed.push(ItemChange { before: json(before), after: json(after) });
        }
        change.removed.extend(old[pairs..].iter().map(json));
        change.added.extend(new[pairs..].iter().map(json));
    }
    unless_empty(change)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::Software;

    fn package(name: &str, version: &str) -> Software {
        Software {
            name: Some(name.into()),
            version: Some(version.into()),
            source: Some("dpkg".into()),
            ..Software::default()
        }
    }

    #[test]
    fn an_upgrade_is_one_changed_item() {
        let before = vec![package("bash", "5.1"), package("gone", "1")];
        let after = vec![package("new", "1"), package("bash", "5.2")];
        let change = changes_of_list("software", Some(&before), Some(&after)).unwrap();
        assert_eq!(change.added[0]["name"], "new");
        assert_eq!(change.removed[0]["name"], "gone");
        assert_eq!(change.changed[0].before["version"], "5.1");
        assert_eq!(change.changed[0].after["version"], "5.2");
    }

    #[test]
    fn order_and_duplicates_do_not_matter() {
        let before = vec![package("kernel", "1"), package("kernel", "2"), package("a", "1")];
        let after = vec![package("a", "1"), package("kernel", "2"), package("kernel", "1")];
        assert_eq!(changes_of_list("software", Some(&before), Some(&after)), None);
        let three = vec![package("kernel", "1"), package("kernel", "2"), package("kernel", "3"), package("a", "1")];
        let change = changes_of_list("software", Some(&before), Some(&three)).unwrap();
        assert_eq!((change.added.len(), change.removed.len(), change.changed.len()), (1, 0, 0));
    }
}
