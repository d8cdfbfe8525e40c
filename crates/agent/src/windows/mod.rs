//! What only Windows has: the service, the settings that the package hands over, rights on folders.

#[cfg(windows)]
pub(crate) mod package;
mod properties;
#[cfg(windows)]
pub(crate) mod rights;
#[cfg(windows)]
pub(crate) mod service;
