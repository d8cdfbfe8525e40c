//! The order of Debian's version numbers (deb-version(7)).

use std::cmp::Ordering;

/// Compares two versions as dpkg does.
pub(crate) fn compare(a: &str, b: &str) -> Ordering {
    let (a, b) = (Parts::of(a), Parts::of(b));
    a.epoch
        .cmp(&b.epoch)
        .then_with(|| compare_part(a.upstream, b.upstream))
        .then_with(|| compare_part(a.revision, b.revision))
}

struct Parts<'a> {
    epoch: u64,
    upstream: &'a [u8],
    revision: &'a [u8],
}

impl<'a> Parts<'a> {
    fn of(version: &'a str) -> Self {
        let (epoch, rest) = version.split_once(':').unwrap_or(("0", version));
        let (upstream, revision) = rest.rsplit_once('-').unwrap_or((rest, ""));
        Self { epoch: epoch.parse().unwrap_or(0), upstream: upstream.as_bytes(), revision: revision.as_bytes() }
    }
}

/// Runs of other characters and runs of digits take turns.
fn compare_part(mut a: &[u8], mut b: &[u8]) -> Ordering {
    while !a.is_empty() || !b.is_empty() {
        let (words_a, rest_a) = split(a, |byte| !byte.is_ascii_digit());
        let (words_b, rest_b) = split(b, |byte| !byte.is_ascii_digit());
        let longest = words_a.len().max(words_b.len());
        let weights = |words: &[u8], at: usize| words.get(at).map_or(0, |byte| weight(*byte));
        for at in 0..longest {
            match weights(words_a, at).cmp(&weights(words_b, at)) {
                Ordering::Equal => {}
                order => return order,
            }
        }
        let (digits_a, rest_a) = split(rest_a, u8::is_ascii_digit);
        let (digits_b, rest_b) = split(rest_b, u8::is_ascii_digit);
        let (number_a, number_b) = (without_zeros(digits_a), without_zeros(digits_b));
        match number_a.len().cmp(&number_b.len()).then_with(|| number_a.cmp(number_b)) {
            Ordering::Equal => {}
            order => return order,
        }
        (a, b) = (rest_a, rest_b);
    }
    Ordering::Equal
}

fn split(bytes: &[u8], in_run: impl Fn(&u8) -> bool) -> (&[u8], &[u8]) {
    bytes.split_at(bytes.iter().position(|byte| !in_run(byte)).unwrap_or(bytes.len()))
}

fn without_zeros(digits: &[u8]) -> &[u8] {
    split(digits, |digit| *digit == b'0').1
}

/// A tilde sorts before the end, letters before everything else.
fn weight(byte: u8) -> i32 {
    match byte {
        b'~' => -1,
        b'a'..=b'z' | b'A'..=b'Z' => i32::from(byte),
        other => i32::from(other) + 256,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RISING: &[(&str, &str)] = &[
        ("1.0~rc1", "1.0"),
        ("1.0", "1.0-1"),
        ("1.0-1", "1.0-1+deb12u1"),
        ("1.9", "1.10"),
        ("9", "1:0"),
        ("1.0a", "1.0+"),
        ("2.36-9+deb12u8", "2.36-9+deb12u10"),
        ("1.0~~", "1.0~"),
        ("1.2.3", "1.2.3a"),
        ("3.0.11-1~deb12u2", "3.0.14-1~deb12u2"),
        ("0.0~git20200101", "0.1"),
    ];

    #[test]
    fn versions_are_ordered_as_dpkg_orders_them() {
        for (lower, higher) in RISING {
            assert_eq!(compare(lower, higher), Ordering::Less, "{lower} {higher}");
            assert_eq!(compare(higher, lower), Ordering::Greater, "{higher} {lower}");
            // Where dpkg is at hand it has the last word.
            let said = std::process::Command::new("dpkg").args(["--compare-versions", lower, "lt", higher]).status();
            assert!(said.map_or(true, |status| status.success()), "{lower} {higher}");
        }
    }

    #[test]
    fn leading_zeros_and_an_empty_revision_are_no_difference() {
        assert_eq!(compare("1.01", "1.1"), Ordering::Equal);
        assert_eq!(compare("0:1.0", "1.0"), Ordering::Equal);
        assert_eq!(compare("1.0-0", "1.0"), Ordering::Equal);
    }
}
