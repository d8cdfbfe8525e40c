//! Association rules: which pending machine is associated by itself with an equipment that is there, because it says the
//! same of itself. [`rules`] keeps what people decided, [`judge`] says of one machine what the rules make of it, [`run`]
//! looks at machines that just came and, when asked, at all that wait.

mod judge;
mod rules;
mod run;
#[cfg(test)]
mod tests;

use vigie_db::{DbErr, Tx};
use vigie_kernel::{AgentId, EquipmentId, Timestamp};

pub use judge::WhyNot;
pub use rules::{
    AssociationRules, AssociationRulesFields, CustomerRules, Exception, MOST_EXCEPTIONS, Rules, RulesError, RulesGiven,
    get, put,
};
pub use run::{Looked, MOST_AT_ONCE, Seen, Verdict, dry_run, due, look, run};

use crate::sql::{self, Conflict};

/// The rules look at this machine soon. `is_new`: nobody was told of it yet.
pub(crate) async fn wait(tx: &Tx, seq: i64, is_new: bool) -> Result<(), DbErr> {
    let values = vec![seq.into(), is_new.into()];
    let into = "association_due (inventory_seq, is_new)";
    sql::insert_many(tx, into, 2, values, Conflict::Keep("(inventory_seq)")).await
}

/// A person parts an equipment from the agent of this inventory.
pub(crate) async fn remember_undone(tx: &Tx, equipment: EquipmentId, seq: i64, now: Timestamp) -> Result<(), DbErr> {
    let text = "INSERT INTO association_undone (equipment_id, agent_id, at) \
                SELECT i.equipment_id, i.agent_id, $3 FROM inventory i WHERE i.seq = $2 AND i.equipment_id = $1 \
                ON CONFLICT (equipment_id, agent_id) DO NOTHING";
    sql::execute(tx, text, vec![equipment.into(), seq.into(), now.into()]).await?;
    Ok(())
}

/// The two are joined after all.
pub(crate) async fn forget_undone(tx: &Tx, equipment: EquipmentId, agent: AgentId) -> Result<(), DbErr> {
    let text = "DELETE FROM association_undone WHERE equipment_id = $1 AND agent_id = $2";
    sql::execute(tx, text, vec![equipment.into(), agent.into()]).await?;
    Ok(())
}
