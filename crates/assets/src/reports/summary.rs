//! Counting the whole inventory.

use std::collections::BTreeMap;

use sea_orm::{DbErr, QueryResult};
use vigie_db::{Database, owners};
use vigie_kernel::{CustomerId, Granted};

use super::{By, Figure, Group, KeySoftwareFigures, Summary};
use crate::{
    equipment::{
        Staleness,
        classes::{Age, Contact, Memory, Named, OtherThan, said},
        list::Narrowed,
    },
    figures::Figures,
    overview::Count,
    software::key::{self, KeySoftware, State, Wanted},
};

/// Values that are named one by one; the others are one figure.
const NAMED: usize = 20;

struct Counting<'a> {
    db: &'a Database,
    narrowed: &'a Narrowed,
    figures: Figures<'a>,
    total: i64,
}

/// Counts what the caller may see, of all or of one owner.
pub async fn summary(
    db: &Database,
    granted: &Granted,
    narrowed: &Narrowed,
    staleness: Staleness,
) -> Result<Summary, DbErr> {
    let figures = Figures::new(db, granted.scope(), *narrowed);
    let total = figures.total().await?;
    let counting = Counting { db, narrowed, figures, total };
    let groups = vec![
        counting.types().await?,
        counting.families().await?,
        counting.systems().await?,
        counting.manufacturers().await?,
        counting.ages(staleness).await?,
        counting.memory().await?,
        counting.contacts(staleness).await?,
        counting.attention(staleness).await?,
        counting.customers().await?,
    ];
    let keys = key::list(db, granted, narrowed).await?;
    let waiting = keys.waiting;
    Ok(Summary {
        made_at: staleness.now,
        of: None,
        total: counting.figure("", total, &[]),
        groups,
        key_software: keys.items.into_iter().map(|key| counting.key_software(key)).collect(),
        waiting,
    })
}

impl Counting<'_> {
    fn query(&self, members: &[(&str, &str)]) -> String {
        let mut all = BTreeMap::new();
        all.extend(self.narrowed.customer_id.map(|id| ("customer_id", id.to_string())));
        all.extend(self.narrowed.reseller_id.map(|id| ("reseller_id", id.to_string())));
        all.extend(members.iter().map(|(name, value)| (*name, (*value).to_owned())));
        serde_urlencoded::to_string(all).unwrap_or_default()
    }

    fn figure(&self, key: &str, count: i64, members: &[(&str, &str)]) -> Figure {
        Figure { key: key.to_owned(), name: None, others: false, count, query: self.query(members) }
    }

    fn key_software(&self, key: KeySoftware) -> KeySoftwareFigures {
        let figure = |state: State| {
            let wanted = String::from(Wanted { id: key.id, state });
            self.figure(state.as_str(), key.machines.of(state), &[("key_software", &wanted)])
        };
        KeySoftwareFigures {
            figures: State::ALL.into_iter().map(figure).collect(),
            name: key.name,
            lowest_version: key.lowest_version,
        }
    }

    /// Values of a column that are few, each with the parameter of the list.
    async fn few(&self, by: By, column: &str, parameter: &str) -> Result<Group, DbErr> {
        let counts = self.figures.by(column).await?;
        let figure = |it: &Count| self.figure(&it.key, it.count, &[(parameter, &said(&it.key))]);
        Ok(Group { by, figures: counts.iter().map(figure).collect() })
    }

    async fn types(&self) -> Result<Group, DbErr> {
        self.few(By::Type, "kind", "type").await
    }

    async fn families(&self) -> Result<Group, DbErr> {
        self.few(By::OsFamily, "os_family", "os_family").await
    }

    /// Classes in their order; those that are empty, too.
    fn ordered<'c>(&self, by: By, parameter: &str, codes: impl Iterator<Item = &'c str>, counts: &[Count]) -> Group {
        let of = |code: &str| counts.iter().find(|it| it.key == code).map_or(0, |it| it.count);
        let figures = codes.map(|code| self.figure(code, of(code), &[(parameter, code)])).collect();
        Group { by, figures }
    }

    async fn ages(&self, staleness: Staleness) -> Result<Group, DbErr> {
        let counts = self.figures.classes(&Age::sql(staleness.now), "1 = 1").await?;
        Ok(self.ordered(By::Age, "age", Age::ALL.iter().map(|it| it.as_str()), &counts))
    }

    async fn memory(&self) -> Result<Group, DbErr> {
        let counts = self.figures.classes(&Memory::sql(), "1 = 1").await?;
        Ok(self.ordered(By::Memory, "memory", Memory::ALL.iter().map(|it| it.as_str()), &counts))
    }

    async fn contacts(&self, staleness: Staleness) -> Result<Group, DbErr> {
        let with_agent = "inventory_seq IS NOT NULL";
        let counts = self.figures.classes(&Contact::sql(staleness.now), with_agent).await?;
        let mut group = self.ordered(By::Contact, "contact", Contact::ALL.iter().map(|it| it.as_str()), &counts);
        let without = self.total - counts.iter().map(|it| it.count).sum::<i64>();
        group.figures.push(self.figure("never", without.max(0), &[("agent", "without")]));
        Ok(group)
    }

    async fn attention(&self, staleness: Staleness) -> Result<Group, DbErr> {
        let silent = format!("inventory_seq IS NOT NULL AND last_contact_at < {}", staleness.before.millis());
        let mut figures = Vec::new();
        for (parameter, condition) in
            [("stale", silent.as_str()), ("disk_nearly_full", "disk_nearly_full"), ("clone", "clone")]
        {
            let count = self.figures.count("equipment", &format!("deleted_at IS NULL AND {condition}")).await?;
            figures.push(self.figure(parameter, count, &[(parameter, "true")]));
        }
        Ok(Group { by: By::Attention, figures })
    }

    /// The most frequent of many values, what is not known, and all others as one.
    async fn most(
        &self,
        by: By,
        columns: &str,
        unknown: Option<(&str, &str)>,
        named: impl Fn(&QueryResult) -> Result<(Figure, Named), DbErr>,
    ) -> Result<Group, DbErr> {
        let condition = unknown.map_or_else(|| "1 = 1".to_owned(), |(column, _)| format!("{column} <> ''"));
        let rows = self.figures.top(columns, &condition, &format!("LIMIT {NAMED}")).await?;
        let (mut figures, mut others): (Vec<Figure>, Vec<Named>) =
            rows.iter().map(&named).collect::<Result<Vec<_>, DbErr>>()?.into_iter().unzip();
        let mut rest = self.total - figures.iter().map(|it| it.count).sum::<i64>();
        let mut not_known = None;
        if let Some((column, parameter)) = unknown {
            let count = self.figures.count("equipment", &format!("deleted_at IS NULL AND {column} = ''")).await?;
            rest -= count;
            let nothing = Some(said(""));
            others.push(match parameter {
                "manufacturer" => Named { manufacturer: nothing, ..Named::default() },
                _ => Named { os_name: nothing, ..Named::default() },
            });
            not_known = (count > 0).then(|| self.figure("", count, &[(parameter, &said(""))]));
        }
        if rest > 0 && rows.len() == NAMED {
            let others = String::from(OtherThan(others));
            figures.push(Figure { others: true, ..self.figure("", rest, &[("other_than", &others)]) });
        }
        figures.extend(not_known);
        Ok(Group { by, figures })
    }

    async fn manufacturers(&self) -> Result<Group, DbErr> {
        let named = |row: &QueryResult| {
            let maker: String = row.try_get("", "manufacturer")?;
            let said = said(&maker);
            let figure = self.figure(&maker, row.try_get("", "n")?, &[("manufacturer", &said)]);
            Ok((figure, Named { manufacturer: Some(said), ..Named::default() }))
        };
        let unknown = Some(("manufacturer", "manufacturer"));
        self.most(By::Manufacturer, "manufacturer", unknown, named).await
    }

    async fn systems(&self) -> Result<Group, DbErr> {
        let named = |row: &QueryResult| {
            let (name, version): (String, String) = (row.try_get("", "os_name")?, row.try_get("", "os_version")?);
            let members = [("os_name", said(&name)), ("os_version", said(&version))];
            let members = [(members[0].0, &*members[0].1), (members[1].0, &*members[1].1)];
            let mut figure = self.figure(&name, row.try_get("", "n")?, &members);
            // Most names say their version; it is not said twice.
            figure.name = (!version.is_empty() && !name.contains(&version)).then(|| format!("{name} · {version}"));
            let [os_name, os_version] = members.map(|(_, value)| Some(value.to_owned()));
            Ok((figure, Named { os_name, os_version, ..Named::default() }))
        };
        self.most(By::System, "os_name, os_version", Some(("os_name", "os_name")), named).await
    }

    async fn customers(&self) -> Result<Group, DbErr> {
        let named = |row: &QueryResult| {
            let id: CustomerId = row.try_get("", "customer_id")?;
            let text = id.to_string();
            let figure = self.figure(&text, row.try_get("", "n")?, &[("customer_id", &text)]);
            Ok((figure, Named { customer_id: Some(id), ..Named::default() }))
        };
        let mut group = self.most(By::Customer, "customer_id", None, named).await?;
        let ids = group.figures.iter().filter_map(|it| it.key.parse::<CustomerId>().ok());
        let known = owners::names(self.db.reads(), ids).await?;
        for figure in &mut group.figures {
            figure.name = figure.key.parse().ok().and_then(|id: CustomerId| known.get(&id).cloned());
        }
        Ok(group)
    }
}
