//! Which machine is which. Firmware is full of values that identify nothing, so identifiers are first brought to one
//! form and checked ([`normal_uuid`], [`valid_serial`], …), then compared: [`same_machine`] tells whether two reports
//! under one agent id are by one machine, [`score`] how likely a new machine is one that is known, and why.

mod bogus;
mod identifiers;
mod score;

pub use self::{
    bogus::is_placeholder,
    identifiers::{
        Identifiers, Mac, normal_mac, normal_name, normal_serial, normal_uuid, swapped, valid_mac, valid_machine_id,
        valid_manufacturer, valid_model, valid_serial, valid_uuid,
    },
    score::{LIKELY, Reason, SameMachine, likely, same_machine, score},
};
