//! Certificates and keys that people bring: PKCS #12, PEM and DER. What is taken is a chain that belongs together.
#![no_main]

use vigie_kernel::Timestamp;

// The server itself is far more than a fuzzer can build: these two files stand for themselves.
#[allow(dead_code)]
#[path = "../../crates/server/src/tls/details.rs"]
mod details;
#[allow(dead_code)]
#[path = "../../crates/server/src/tls/upload.rs"]
mod upload;

use upload::{MOST, Upload, certificates, check};

/// When the seeds are valid.
const NOW: Timestamp = Timestamp::from_millis(1_790_000_000_000);

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Ok(found) = certificates(data) {
        assert!((1..=MOST).contains(&found.len()));
        for der in found {
            let details = details::Details::of(&der).expect("it was read before");
            assert!(details.subject.chars().count() <= 500 && !details.subject.contains(char::is_control));
        }
    }
    // Stretching a password is bounded, but slow on purpose: files that ask for much of it say nothing new.
    if !stretches_long(data) {
        let upload = Upload::Pkcs12 { content: data.to_vec(), password: "s3cret".to_owned() };
        whole(&upload);
    }
    if let Ok(text) = std::str::from_utf8(data) {
        whole(&Upload::Pem { certificates: text.to_owned(), key: String::new() });
    }
});

/// Whether a number of three bytes or more stands anywhere, as a count of rounds would in DER.
fn stretches_long(data: &[u8]) -> bool {
    data.windows(3).any(|it| it[0] == 2 && it[1] >= 3 && it[1] <= 5 && it[2] < 0x80)
}

fn whole(upload: &Upload) {
    let Ok(checked) = check(upload, NOW) else { return };
    assert!((1..=MOST).contains(&checked.chain.len()));
    assert!(!checked.key.secret_der().is_empty());
    assert!(checked.details.not_before <= NOW && NOW <= checked.details.not_after);
    for pair in checked.chain.windows(2) {
        let (below, above) = (details::Details::of(&pair[0]), details::Details::of(&pair[1]));
        assert_eq!(below.expect("it was read before").issuer, above.expect("it was read before").subject);
    }
}
