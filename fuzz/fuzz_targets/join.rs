//! What a stranger may say to the agent of a primary, and whoever answers at its address to a joiner: read or refused, and
//! what was read is read again alike.
#![no_main]

use vigie_wire::join::{FromJoiner, FromPrimary};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Ok(message) = serde_json::from_slice::<FromJoiner>(data) {
        let again = serde_json::to_vec(&message).unwrap();
        assert_eq!(serde_json::from_slice::<FromJoiner>(&again).unwrap(), message);
    }
    if let Ok(message) = serde_json::from_slice::<FromPrimary>(data) {
        let again = serde_json::to_vec(&message).unwrap();
        assert_eq!(serde_json::from_slice::<FromPrimary>(&again).unwrap(), message);
    }
});
