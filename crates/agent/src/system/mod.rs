//! The *system* role: a machine that a Vigie server reaches at any time, through one connection that the machine opens
//! and keeps. [`run`] keeps the link, [`switches`] is what the owner of the machine allows, [`account`] the user by whom
//! the server manages it, [`certificates`] those that the server issues to it. What is enforced is enforced here, whatever the server asks for.

mod about;
pub mod account;
pub(crate) mod certificates;
pub mod cli;
mod connect;
mod enrol;
mod failure;
pub mod folder;
pub(crate) mod host;
mod http;
mod join;
mod join_cli;
mod link;
mod network;
mod network_cli;
mod pump;
mod questions;
pub mod run;
mod sign_in;
mod spool;
pub mod switches;
mod synchronise;
mod tunnel;
mod watch;
