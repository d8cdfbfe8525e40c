//! What an agent may hear of a new version of itself, and what a server may find in the folder of releases: read or refused.
#![no_main]

use minisign_verify::{PublicKey, Signature};
use vigie_wire::{
    sync::Answer,
    update::{LONGEST_VERSION, file_name, of_file_name},
};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Ok(answer) = serde_json::from_slice::<Answer>(data) {
        let again = serde_json::to_vec(&answer).unwrap();
        assert_eq!(serde_json::from_slice::<Answer>(&again).unwrap(), answer);
    }
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(signature) = Signature::decode(text) {
        assert!(signature.trusted_comment().len() < text.len());
    }
    let _ = PublicKey::decode(text).or_else(|_| PublicKey::from_base64(text));
    if let Some((version, target)) = of_file_name(text) {
        assert_eq!(file_name(version, target), text);
        assert!(version.len() <= LONGEST_VERSION && !version.contains(['/', '\\']));
    }
});
