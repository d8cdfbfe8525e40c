//! The tables of this context. Nothing outside it reads or writes them.
#![allow(unreachable_pub, missing_docs, reason = "the derive writes public items; the module is private")]
#![allow(clippy::struct_field_names, reason = "fields are named like their columns")]

pub(crate) mod agent;
pub(crate) mod agent_move;
pub(crate) mod attachment;
pub(crate) mod equipment;
pub(crate) mod export;
pub(crate) mod import;
pub(crate) mod inventory;
pub(crate) mod inventory_change;
pub(crate) mod key_software;
pub(crate) mod operation;
pub(crate) mod report;
pub(crate) mod report_schedule;
pub(crate) mod rollout;
pub(crate) mod rollout_agent;
pub(crate) mod synchronisation;
