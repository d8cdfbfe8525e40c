//! The software of all machines: who has what, in which version.
//!
//! A row a machine and package would be the obvious design and is far too many rows. Instead the packages of a machine
//! are dealt into [`list::BUCKETS`] buckets by the package's name; what a machine has in one bucket is a *set*, stored
//! once however many machines share it. A machine is then a few rows (one a bucket), and *which machines have X* goes
//! from the title to its versions, from the versions to the sets that hold them, all in one bucket, and from the sets to
//! the machines. Because a machine has one set a bucket, the machines of those sets add up without counting twice.
//! `docs/adr/0001-software-catalogue.md` tells what was weighed.

mod catalogue;
pub(crate) mod counts;
pub(crate) mod edit;
pub mod key;
pub(crate) mod list;
pub mod query;
pub(crate) mod store;

pub(crate) use catalogue::{Catalogue, Versions};
pub use counts::fold;
