//! Alerts, on both engines.
