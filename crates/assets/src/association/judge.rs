//! What the rules make of one machine. They are careful: what speaks against it leaves the decision to a person.

use sea_orm::{ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _};
use serde::Serialize;
use vigie_kernel::EquipmentId;
use vigie_wire::matching::{
    Identifiers, normal_serial, normal_uuid, swapped, valid_manufacturer, valid_serial, valid_uuid,
};

use super::rules::InForce;
use crate::{
    agents::AgentKind,
    entity::{agent, equipment, inventory},
    equipment::AGENT_KINDS,
    reconcile, sql,
};

/// Most equipment that is looked at for one machine: more than one that fits is too many already.
const MOST: usize = 50;

/// Why a machine that an equipment fits is not associated with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = AssociationWhyNot))]
#[serde(rename_all = "kebab-case")]
pub enum WhyNot {
    /// More than one equipment fits.
    Ambiguous,
    /// The identifier is one that many machines have: a maker's placeholder.
    Bogus,
    /// The serial number is the same, the manufacturer is another or not known.
    OtherManufacturer,
    /// The equipment is deleted.
    Deleted,
    /// The equipment has an agent already.
    HasAgent,
    /// The equipment is of a type that agents are not met on.
    Type,
    /// One identifier is the same, the other differs.
    Contradicted,
    /// Another machine reports the same identity.
    Clone,
    /// A person has parted these two.
    Undone,
    /// The machine names another customer.
    OtherCustomer,
    /// The machine names no customer, and the rules want it to.
    NoCustomer,
    /// The machine's identity is not proven.
    NotProven,
    /// The rule is off for this customer.
    RuleOff,
}

/// An equipment that fits a machine, or nearly does.
pub(super) struct Judged {
    /// The equipment; several when it is not clear which.
    pub(super) equipment: Vec<equipment::Model>,
    /// Why not; none: the rules associate the two.
    pub(super) why_not: Option<WhyNot>,
}

/// How an equipment is like a machine.
struct Likeness {
    serial: bool,
    maker: bool,
    uuid: bool,
    /// Both have an identifier that differs.
    contradicted: bool,
}

impl Likeness {
    fn fits(&self) -> bool {
        (self.serial && self.maker) || self.uuid
    }
}

fn of_machine(machine: &inventory::Model) -> Identifiers {
    Identifiers {
        serial: valid_serial(&machine.serial),
        uuid: valid_uuid(&machine.uuid),
        manufacturer: valid_manufacturer(&machine.manufacturer),
        ..Identifiers::default()
    }
}

fn likeness(own: &Identifiers, row: &equipment::Model) -> Likeness {
    let other = reconcile::of_equipment(row);
    let serials = own.serial.as_ref().zip(other.serial.as_ref()).map(|(a, b)| a == b);
    let uuids = own.uuid.zip(other.uuid).map(|(a, b)| a == b || swapped(a) == b);
    let makers = own.manufacturer.as_ref().zip(other.manufacturer.as_ref());
    Likeness {
        serial: serials == Some(true),
        maker: makers.is_some_and(|(a, b)| a == b),
        uuid: uuids == Some(true),
        contradicted: serials == Some(false) || uuids == Some(false),
    }
}

/// Equipment with the machine's serial number or UUID, whatever else is said of it.
async fn alike<C: ConnectionTrait>(connection: &C, machine: &inventory::Model) -> Result<Vec<equipment::Model>, DbErr> {
    let mut parts = Vec::new();
    let mut values = Vec::new();
    let serial = normal_serial(&machine.serial);
    if !serial.is_empty() {
        values.push(serial.into());
        parts.push("SELECT id FROM equipment WHERE serial <> '' AND UPPER(serial) = $1".to_owned());
    }
    if let Some(uuid) = normal_uuid(&machine.uuid) {
        let first = values.len() + 1;
        for form in [uuid, swapped(uuid)] {
            values.extend([form.to_string().into(), form.simple().to_string().into()]);
        }
        let places = format!("${first}, ${}, ${}, ${}", first + 1, first + 2, first + 3);
        parts.push(format!("SELECT id FROM equipment WHERE uuid <> '' AND LOWER(uuid) IN ({places})"));
    }
    if parts.is_empty() {
        return Ok(Vec::new());
    }
    let text = format!("{} LIMIT {MOST}", parts.join(" UNION "));
    let found = sql::rows(connection, &text, values).await?;
    let ids: Vec<EquipmentId> = found.iter().map(|row| row.try_get("", "id")).collect::<Result<_, _>>()?;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut rows = equipment::Entity::find().filter(equipment::Column::Id.is_in(ids)).all(connection).await?;
    rows.sort_by_key(|row| row.id);
    Ok(rows)
}

/// Which equipment a machine would be associated with, or why not; none when no equipment is like it.
pub(super) async fn judge<C: ConnectionTrait>(
    connection: &C,
    rules: &InForce,
    machine: &inventory::Model,
) -> Result<Option<Judged>, DbErr> {
    let own = of_machine(machine);
    let (mut fitting, mut gone, mut like, mut bogus) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for row in alike(connection, machine).await? {
        let how = likeness(&own, &row);
        match (how.fits(), row.deleted_at.is_some()) {
            (true, false) => fitting.push((row, how)),
            (true, true) => gone.push(row),
            (false, true) => {}
            (false, false) if how.serial => like.push(row),
            (false, false) => bogus.push(row),
        }
    }
    let not = |equipment, why| Ok(Some(Judged { equipment, why_not: Some(why) }));
    if fitting.len() > 1 {
        return not(fitting.into_iter().map(|it| it.0).collect(), WhyNot::Ambiguous);
    }
    let Some((row, how)) = fitting.pop() else {
        let near = [(gone, WhyNot::Deleted), (like, WhyNot::OtherManufacturer), (bogus, WhyNot::Bogus)];
        let near = near.into_iter().find(|(rows, _)| !rows.is_empty());
        return Ok(near.map(|(equipment, why)| Judged { equipment, why_not: Some(why) }));
    };
    let why_not = against(connection, rules, machine, &own, &row, &how).await?;
    Ok(Some(Judged { equipment: vec![row], why_not }))
}

/// What speaks against associating a machine with the only equipment that fits.
async fn against<C: ConnectionTrait>(
    connection: &C,
    rules: &InForce,
    machine: &inventory::Model,
    own: &Identifiers,
    row: &equipment::Model,
    how: &Likeness,
) -> Result<Option<WhyNot>, DbErr> {
    let rules = rules.of(row.customer_id);
    let proven = async || {
        let agent = agent::Entity::find_by_id(machine.agent_id).one(connection).await?;
        Ok::<_, DbErr>(agent.and_then(|it| AgentKind::from_code(&it.kind)).is_some_and(AgentKind::proven))
    };
    Ok(Some(if row.inventory_seq.is_some() {
        WhyNot::HasAgent
    } else if !AGENT_KINDS.contains(&row.kind.as_str()) {
        WhyNot::Type
    } else if how.contradicted {
        WhyNot::Contradicted
    } else if machine.clone_of.is_some() || is_shared(connection, machine, own).await? {
        WhyNot::Clone
    } else if was_undone(connection, machine, row).await? {
        WhyNot::Undone
    } else if machine.customer_id.is_some_and(|customer| customer != row.customer_id) {
        WhyNot::OtherCustomer
    } else if machine.customer_id.is_none() && rules.same_customer {
        WhyNot::NoCustomer
    } else if !rules.unproven && !proven().await? {
        WhyNot::NotProven
    } else if !((how.serial && how.maker && rules.serial) || (how.uuid && rules.uuid)) {
        WhyNot::RuleOff
    } else {
        return Ok(None);
    }))
}

/// Whether another machine reports the same serial number or UUID.
async fn is_shared<C: ConnectionTrait>(
    connection: &C,
    machine: &inventory::Model,
    own: &Identifiers,
) -> Result<bool, DbErr> {
    let mut wanted: Vec<(i16, String)> = own.serial.iter().map(|it| (reconcile::SERIAL, it.clone())).collect();
    for uuid in own.uuid.into_iter().flat_map(|it| [it, swapped(it)]) {
        wanted.push((reconcile::UUID, uuid.to_string()));
    }
    for (kind, value) in wanted {
        let text = "SELECT inventory_seq FROM inventory_identifier WHERE kind = $1 AND value = $2 \
                    AND inventory_seq <> $3 LIMIT 1";
        let values = vec![kind.into(), value.into(), machine.seq.into()];
        if sql::row(connection, text, values).await?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn was_undone<C: ConnectionTrait>(
    connection: &C,
    machine: &inventory::Model,
    row: &equipment::Model,
) -> Result<bool, DbErr> {
    let text = "SELECT at FROM association_undone WHERE equipment_id = $1 AND agent_id = $2";
    Ok(sql::row(connection, text, vec![row.id.into(), machine.agent_id.into()]).await?.is_some())
}
