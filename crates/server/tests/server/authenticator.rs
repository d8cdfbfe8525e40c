//! An authenticator in software: what a browser and a security key do together (WebAuthn level 2, ES256, no attestation).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use rcgen::{KeyPair, PublicKeyData as _, SigningKey as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const ATTESTED: u8 = 0x40;

/// One key pair, for one account.
pub(crate) struct Authenticator {
    key: KeyPair,
    id: [u8; 16],
    user_handle: String,
    origin: String,
    /// How often it signed.
    pub(crate) counter: u32,
    /// Whether it checks who holds it.
    pub(crate) verifies: bool,
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn client_data(kind: &str, options: &Value, origin: &str) -> Vec<u8> {
    let data = json!({
        "type": kind, "challenge": options["challenge"], "origin": origin, "crossOrigin": false,
    });
    data.to_string().into_bytes()
}

impl Authenticator {
    /// Makes a key pair as `options` ask. Answers it and what the browser sends.
    pub(crate) fn create(options: &Value, origin: &str) -> (Self, Value) {
        let key = KeyPair::generate().unwrap();
        let user_handle = options["user"]["id"].as_str().unwrap().to_owned();
        let digest = Sha256::digest(key.der_bytes());
        let id = <[u8; 16]>::try_from(&digest[..16]).unwrap();
        let made = Self { key, id, user_handle, origin: origin.to_owned(), counter: 0, verifies: true };
        let point = made.key.der_bytes();
        // 0x04, then both coordinates.
        let (x, y) = (&point[1..33], &point[33..65]);
        let mut data = made.data(options["rp"]["id"].as_str().unwrap(), PRESENT | VERIFIED | ATTESTED);
        data.extend([0; 16]);
        data.extend(16_u16.to_be_bytes());
        data.extend(made.id);
        data.extend([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]);
        data.extend(x);
        data.extend([0x22, 0x58, 0x20]);
        data.extend(y);
        let mut object = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58".to_vec();
        object.push(u8::try_from(data.len()).unwrap());
        object.extend(data);
        let answer = json!({
            "id": encode(made.id), "rawId": encode(made.id), "type": "public-key",
            "response": {
                "attestationObject": encode(object),
                "clientDataJSON": encode(client_data("webauthn.create", options, origin)),
            },
            "clientExtensionResults": {},
        });
        (made, answer)
    }

    fn data(&self, party: &str, flags: u8) -> Vec<u8> {
        let mut data = Sha256::digest(party.as_bytes()).to_vec();
        data.push(flags);
        data.extend(self.counter.to_be_bytes());
        data
    }

    /// Signs what `options` ask.
    pub(crate) fn get(&mut self, options: &Value) -> Value {
        self.counter += 1;
        let flags = if self.verifies { PRESENT | VERIFIED } else { PRESENT };
        let data = self.data(options["rpId"].as_str().unwrap(), flags);
        let client = client_data("webauthn.get", options, &self.origin);
        let signed = [data.as_slice(), &Sha256::digest(&client)].concat();
        json!({
            "id": encode(self.id), "rawId": encode(self.id), "type": "public-key",
            "response": {
                "authenticatorData": encode(&data),
                "clientDataJSON": encode(&client),
                "signature": encode(self.key.sign(&signed).unwrap()),
                "userHandle": self.user_handle,
            },
            "clientExtensionResults": {},
        })
    }
}
