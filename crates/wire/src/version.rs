//! Which of two versions is the older one, by the rules of where the software comes from: Debian's packages have
//! dpkg's, RPM packages RPM's, everything else a common-sense order of numbers, words and pre-releases.
//!
//! Whatever the texts are, this is an order: never inconsistent, so that lists can be sorted by it. Texts that only
//! differ in what the rules ignore (`1.0` and `1.00`) are equal.

use std::cmp::Ordering;

/// Compares two versions of one software. `source` is [`Software::source`](crate::inventory::Software::source).
pub fn compare(source: Option<&str>, a: &str, b: &str) -> Ordering {
    let (a, b) = (a.trim(), b.trim());
    match source {
        Some("dpkg" | "apt") => dpkg(a, b),
        // Arch's rules were taken from RPM's.
        Some("rpm" | "dnf" | "zypper" | "pacman") => rpm(a, b),
        _ => generic(a, b),
    }
}

/// Splits `epoch:version-revision`. Without an epoch it is 0; what stands before a colon and is not a number is none.
fn parts(text: &str) -> (Number<'_>, &str, &str) {
    let (epoch, rest) = match text.split_once(':') {
        Some((epoch, rest)) if epoch.bytes().all(|byte| byte.is_ascii_digit()) => (epoch, rest),
        _ => ("", text),
    };
    let (version, revision) = rest.rsplit_once('-').unwrap_or((rest, ""));
    (Number::of(epoch), version, revision)
}

/// A whole number of any length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Number<'t> {
    // In this order: with leading zeros gone, the longer one is the larger.
    length: usize,
    digits: &'t str,
}

impl<'t> Number<'t> {
    fn of(digits: &'t str) -> Self {
        let digits = digits.trim_start_matches('0');
        Self { length: digits.len(), digits }
    }

    const fn is_zero(self) -> bool {
        self.length == 0
    }
}

/// Takes the longest beginning of `text` of which every byte is wanted. The wanted bytes are ASCII.
fn take<'t>(text: &mut &'t str, wanted: impl Fn(u8) -> bool) -> &'t str {
    let end = text.bytes().position(|byte| !wanted(byte)).unwrap_or(text.len());
    // A byte that is not wanted may be within a character, but never the second one of it.
    let (taken, rest) = text.split_at(text.floor_char_boundary(end));
    *text = rest;
    taken
}

/// Debian Policy §5.6.12.
fn dpkg(a: &str, b: &str) -> Ordering {
    let (epoch_a, version_a, revision_a) = parts(a);
    let (epoch_b, version_b, revision_b) = parts(b);
    epoch_a
        .cmp(&epoch_b)
        .then_with(|| dpkg_part(version_a.as_bytes(), version_b.as_bytes()))
        .then_with(|| dpkg_part(revision_a.as_bytes(), revision_b.as_bytes()))
}

/// One part, in turns a text without digits and a number. In texts letters come before everything else, and `~` even
/// before the end.
fn dpkg_part(mut a: &[u8], mut b: &[u8]) -> Ordering {
    const fn weight(byte: Option<&u8>) -> i32 {
        match byte {
            None | Some(b'0'..=b'9') => 0,
            Some(b'~') => -1,
            Some(letter @ (b'a'..=b'z' | b'A'..=b'Z')) => *letter as i32,
            Some(other) => *other as i32 + 256,
        }
    }
    let is_text = |part: &[u8]| part.first().is_some_and(|byte| !byte.is_ascii_digit());
    while !a.is_empty() || !b.is_empty() {
        while is_text(a) || is_text(b) {
            match weight(a.first()).cmp(&weight(b.first())) {
                Ordering::Equal => (a, b) = (&a[1..], &b[1..]),
                unequal => return unequal,
            }
        }
        let number_a = digits(&mut a);
        let number_b = digits(&mut b);
        match number_a.len().cmp(&number_b.len()).then_with(|| number_a.cmp(number_b)) {
            Ordering::Equal => {}
            unequal => return unequal,
        }
    }
    Ordering::Equal
}

/// The number that a part begins with, without leading zeros.
fn digits<'t>(part: &mut &'t [u8]) -> &'t [u8] {
    let end = part.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(part.len());
    let (number, rest) = part.split_at(end);
    *part = rest;
    &number[number.iter().position(|byte| *byte != b'0').unwrap_or(end)..]
}

/// RPM's `rpmvercmp`, in epoch, version and release.
fn rpm(a: &str, b: &str) -> Ordering {
    let (epoch_a, version_a, release_a) = parts(a);
    let (epoch_b, version_b, release_b) = parts(b);
    epoch_a.cmp(&epoch_b).then_with(|| rpm_part(version_a, version_b)).then_with(|| rpm_part(release_a, release_b))
}

/// What RPM sees in a version; separators only separate. In this order: `~` even before the end, `^` right after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum RpmToken<'t> {
    Tilde,
    End,
    Caret,
    Letters(&'t str),
    Number(Number<'t>),
}

fn rpm_part(mut a: &str, mut b: &str) -> Ordering {
    loop {
        let (token_a, token_b) = (rpm_token(&mut a), rpm_token(&mut b));
        match token_a.cmp(&token_b) {
            Ordering::Equal if token_a == RpmToken::End => return Ordering::Equal,
            Ordering::Equal => {}
            unequal => return unequal,
        }
    }
}

fn rpm_token<'t>(text: &mut &'t str) -> RpmToken<'t> {
    *text = text.trim_start_matches(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '~' | '^')));
    match text.bytes().next() {
        None => RpmToken::End,
        Some(b'~') => {
            *text = &text[1..];
            RpmToken::Tilde
        }
        Some(b'^') => {
            *text = &text[1..];
            RpmToken::Caret
        }
        Some(byte) if byte.is_ascii_digit() => RpmToken::Number(Number::of(take(text, |it| it.is_ascii_digit()))),
        Some(_) => RpmToken::Letters(take(text, |it| it.is_ascii_alphabetic())),
    }
}

/// What is seen in any other version. In this order: `~` and pre-releases before the end, words after it, so that
/// `1.0-rc1` < `1.0` < `1.0b` < `1.0.1`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Token<'t> {
    Tilde,
    PreRelease(u8),
    End,
    Word(String),
    Number(Number<'t>),
}

fn generic(a: &str, b: &str) -> Ordering {
    tokens(a).cmp(&tokens(b))
}

/// The tokens of a version. Zeros at the end of a run of numbers say nothing: `1.2` is `1.2.0.0`, and `1.0-rc1` is
/// `1-rc1`.
fn tokens(text: &str) -> Vec<Token<'_>> {
    // `v1.2`
    let mut text = match text.strip_prefix(['v', 'V']) {
        Some(rest) if rest.starts_with(|c: char| c.is_ascii_digit()) => rest,
        _ => text,
    };
    let mut tokens = Vec::new();
    loop {
        text = text.trim_start_matches(|c: char| c.is_ascii() && !c.is_ascii_alphanumeric() && c != '~');
        let token = match text.chars().next() {
            None => Token::End,
            Some('~') => {
                text = &text[1..];
                Token::Tilde
            }
            Some(c) if c.is_ascii_digit() => {
                tokens.push(Token::Number(Number::of(take(&mut text, |it| it.is_ascii_digit()))));
                continue;
            }
            Some(_) => word(take(&mut text, |it| it.is_ascii_alphabetic() || !it.is_ascii())),
        };
        while tokens.last().is_some_and(|last| matches!(last, Token::Number(number) if number.is_zero())) {
            tokens.pop();
        }
        let end = token == Token::End;
        tokens.push(token);
        if end {
            return tokens;
        }
    }
}

fn word(text: &str) -> Token<'_> {
    let word = text.to_lowercase();
    match word.as_str() {
        "dev" | "snapshot" | "nightly" | "canary" | "git" => Token::PreRelease(0),
        "alpha" => Token::PreRelease(1),
        "beta" => Token::PreRelease(2),
        "pre" | "preview" | "prerelease" | "milestone" | "insider" | "insiders" => Token::PreRelease(3),
        "rc" | "cr" => Token::PreRelease(4),
        _ => Token::Word(word),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Each list goes from old to new; what is equal stands in one text, separated by `=`.
    fn assert_ascending(source: Option<&str>, versions: &[&str]) {
        for (at, older) in versions.iter().enumerate() {
            for (other, newer) in versions.iter().enumerate() {
                for a in older.split(" = ") {
                    for b in newer.split(" = ") {
                        assert_eq!(compare(source, a, b), at.cmp(&other), "{source:?}: {a} and {b}");
                    }
                }
            }
        }
    }

    #[test]
    fn debian_versions_follow_policy() {
        assert_ascending(
            Some("dpkg"),
            &[
                "~~",
                "~~a",
                "~",
                "1~~",
                "1~~a",
                "1~bpo12+1",
                "1 = 1-0 = 0:1 = 00:01-00",
                "1a",
                "1+b1",
                "1.0 = 1.00",
                "1.0-1~deb12u1",
                "1.0-1 = 1.0-01",
                "1.0-1+deb12u1",
                "1.0-2",
                "1.0-10",
                "1.0+dfsg-1",
                "1.2.3",
                "1.10",
                "20240101",
                "99999999999999999999999",
                "1:0.1",
                "2:0.0.1",
            ],
        );
    }

    /// The vectors of RPM's own documentation and test suite (`tests/rpmvercmp.at`), as orders.
    #[test]
    fn rpm_versions_follow_its_documented_vectors() {
        let less = [
            ("1.0", "2.0"),
            ("2.0", "2.0.1"),
            ("2.0.1", "2.0.1a"),
            ("5.5p1", "5.5p2"),
            ("5.5p1", "5.5p10"),
            ("10xyz", "10.1xyz"),
            ("xyz10", "xyz10.1"),
            ("xyz.4", "8"),
            ("xyz.4", "2"),
            ("5.5p2", "5.6p1"),
            ("5.6p1", "6.5p1"),
            ("6.0", "6.0.rc1"),
            ("10a2", "10b2"),
            ("1.0a", "1.0aa"),
            ("10.0001", "10.0039"),
            ("4.999.9", "5.0"),
            ("20101121", "20101122"),
            ("1.0~rc1", "1.0"),
            ("1.0~rc1", "1.0arc1"),
            ("1.0~rc1", "1.0~rc2"),
            ("1.0~rc1~git123", "1.0~rc1"),
            ("1.0", "1.0^"),
            ("1.0", "1.0^git1"),
            ("1.0^git1", "1.0^git2"),
            ("1.0^git1", "1.01"),
            ("1.0^20160101", "1.0.1"),
            ("1.0^20160101^git1", "1.0^20160102"),
            ("1.0~rc1", "1.0~rc1^git1"),
            ("1.0^git1~pre", "1.0^git1"),
            ("1.0-1.el9", "1.0-2.el9"),
            ("1.0-9", "1:0.1-1"),
        ];
        for (older, newer) in less {
            assert_eq!(compare(Some("rpm"), older, newer), Ordering::Less, "{older} and {newer}");
            assert_eq!(compare(Some("rpm"), newer, older), Ordering::Greater, "{newer} and {older}");
        }
        for (a, b) in [
            ("1.0", "1.0"),
            ("1.0^", "1.0^"),
            ("1.0~rc1", "1.0~rc1"),
            ("2_0", "2.0"),
            ("2_0", "2_0"),
            ("a", "a"),
            ("a+", "a_"),
            ("+a", "_a"),
            ("+_", "_+"),
            ("10.0001", "10.1"),
            ("0:1.0-1", "1.0-1"),
        ] {
            assert_eq!(compare(Some("rpm"), a, b), Ordering::Equal, "{a} and {b}");
        }
    }

    #[test]
    fn other_versions_follow_common_sense() {
        assert_ascending(
            Some("registry"),
            &[
                "",
                "1.0.0-dev",
                "1.0.0-alpha = 1.0-alpha",
                "1.0.0-alpha.1",
                "1.0.0-beta.2",
                "1.0.0-beta.11",
                "1.0-rc1 = 1.0.0-RC.1 = 1rc1",
                "1.0 = 1 = v1.0.0 = 1.0.0.0",
                "1.0b",
                "1.0.0.1",
                "1.0.1",
                "1.0.2",
                "1.0.2a",
                "1.0.2k",
                "1.0.10",
                "10.0.19045.3803",
                "10.0.22631.1",
                "24.08",
                "115.0esr",
                "115.0.1",
                "2024.001.20604",
            ],
        );
    }

    fn version() -> impl Strategy<Value = String> {
        prop_oneof![
            "([0-2]:)?[0-3]{1,2}[0-2a-c.+~^]{0,5}(-[0-3a~.+]{1,3})?",
            "[0-9]{1,3}(\\.[0-9]{1,3}){0,3}(-?(alpha|beta|rc|dev)\\.?[0-9]?)?",
            "[~^0-9a-cA-C.+:_-]{0,8}",
            ".{0,6}",
        ]
    }

    proptest! {
        #[test]
        fn it_is_an_order(a in version(), b in version(), c in version()) {
            for source in [Some("dpkg"), Some("rpm"), None] {
                let compare = |a: &str, b: &str| compare(source, a, b);
                prop_assert_eq!(compare(&a, &a), Ordering::Equal);
                prop_assert_eq!(compare(&a, &b), compare(&b, &a).reverse());
                let mut sorted = [a.as_str(), b.as_str(), c.as_str()];
                sorted.sort_by(|a, b| compare(a, b));
                prop_assert_ne!(compare(sorted[0], sorted[2]), Ordering::Greater);
                if compare(&a, &b) == Ordering::Equal {
                    prop_assert_eq!(compare(&a, &c), compare(&b, &c));
                }
            }
        }
    }

    /// The real dpkg is the judge. Where it is not installed there is none.
    #[test]
    fn the_real_dpkg_agrees() {
        use proptest::{strategy::ValueTree as _, test_runner::TestRunner};
        let says = |a: &str, relation: &str, b: &str| {
            let mut dpkg = std::process::Command::new("dpkg");
            dpkg.args(["--compare-versions", a, relation, b]).stderr(std::process::Stdio::null());
            dpkg.status().ok().and_then(|status| status.code())
        };
        if says("1", "eq", "1") != Some(0) {
            return;
        }
        // dpkg refuses versions that do not begin with a digit and those with other characters.
        let strategy = "([0-2]:)?[0-9][0-9a-cB-C.+~]{0,6}(-[0-9a-b.+~]{1,4})?";
        let close = "(1:)?1\\.[0-2]{1,2}(~rc|\\+b|[a-b.])?[0-2]?(-[01]{1,2}(~|\\+)?[ab0-1]?)?";
        let mut runner = TestRunner::deterministic();
        let mut generate = |pattern: &str| {
            let strategy = proptest::string::string_regex(pattern).unwrap();
            strategy.new_tree(&mut runner).unwrap().current()
        };
        for round in 0..1500 {
            let pattern = if round % 2 == 0 { strategy } else { close };
            let (a, b) = (generate(pattern), generate(pattern));
            let relation = match compare(Some("dpkg"), &a, &b) {
                Ordering::Less => "lt",
                Ordering::Equal => "eq",
                Ordering::Greater => "gt",
            };
            assert_eq!(says(&a, relation, &b), Some(0), "{a} {relation} {b}");
        }
    }
}
