//! The tables of this context.

pub(crate) mod enrolment_token;
pub(crate) mod service_user;
pub(crate) mod system;
