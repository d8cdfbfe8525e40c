//! Which programs a key software means, and whether a version is good.

use std::cmp::Ordering;

use vigie_wire::version;

use super::State;
use crate::entity::key_software::Model;

/// What people write for a name: words that occur in it or, with `*` for anything, the whole of it. Case does not matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern {
    pieces: Vec<String>,
    whole: bool,
}

impl Pattern {
    pub(crate) fn new(text: &str) -> Self {
        let text = text.trim().to_lowercase();
        Self { whole: text.contains('*'), pieces: text.split('*').map(str::to_owned).collect() }
    }

    /// Whether a text fits. A piece is taken where it first occurs, which finds a fit if there is one.
    pub(crate) fn fits(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        let [first, middle @ .., last] = &self.pieces[..] else {
            return self.pieces.first().is_none_or(|piece| text.contains(piece.as_str()));
        };
        let Some(mut rest) = text.strip_prefix(first.as_str()) else { return false };
        for piece in middle {
            match rest.find(piece.as_str()) {
                Some(at) => rest = &rest[at + piece.len()..],
                None => return false,
            }
        }
        rest.ends_with(last.as_str())
    }

    /// The same for `LIKE`, with `\` before what is meant as it stands; of a lower-case text.
    pub(crate) fn like(&self) -> String {
        let escaped = |piece: &String| piece.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        let joined = self.pieces.iter().map(escaped).collect::<Vec<_>>().join("%");
        if self.whole { joined } else { format!("%{joined}%") }
    }
}

/// A version of a title, as far as it is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Met<'a> {
    pub(crate) name: &'a str,
    pub(crate) publisher: &'a str,
    pub(crate) version: &'a str,
    pub(crate) source: &'a str,
}

/// A key software, ready to be looked for.
#[derive(Debug, Clone)]
pub(crate) struct Watched {
    pub(crate) seq: i64,
    name: Pattern,
    publisher: Option<Pattern>,
    platform: String,
    lowest: String,
}

impl Watched {
    pub(crate) fn of(row: &Model) -> Self {
        Self {
            seq: row.seq,
            name: Pattern::new(&row.pattern),
            publisher: (!row.publisher.is_empty()).then(|| Pattern::new(&row.publisher)),
            platform: row.platform.clone(),
            lowest: row.lowest_version.clone(),
        }
    }

    /// Whether it is watched for on machines of a system.
    pub(crate) fn concerns(&self, os_family: &str) -> bool {
        self.platform.is_empty() || self.platform == os_family
    }

    /// Whether a program is it, and then whether it is good. A version that is not known is not known to be good.
    pub(crate) fn verdict(&self, met: Met<'_>) -> Option<bool> {
        let is_it = self.name.fits(met.name) && self.publisher.as_ref().is_none_or(|it| it.fits(met.publisher));
        let is_good = || {
            self.lowest.is_empty()
                || !met.version.is_empty()
                    && version::compare(Some(met.source), met.version, &self.lowest) != Ordering::Less
        };
        is_it.then(is_good)
    }
}

/// How a machine stands when it has these, each good or not.
pub(crate) fn state(mut verdicts: impl Iterator<Item = bool>) -> State {
    match verdicts.next() {
        None => State::Absent,
        Some(good) if good || verdicts.any(|good| good) => State::Present,
        Some(_) => State::Old,
    }
}

/// The better one of two versions of a program; of different sources by plain sense.
pub(crate) fn better(a: (bool, Met<'_>), b: (bool, Met<'_>)) -> Ordering {
    let source = (a.1.source == b.1.source).then_some(a.1.source);
    a.0.cmp(&b.0).then_with(|| version::compare(source, a.1.version, b.1.version))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_words_or_with_a_star_the_whole_name() {
        let fits = |pattern: &str, name: &str| Pattern::new(pattern).fits(name);
        assert!(fits("firefox", "Mozilla Firefox (x64 fr)"));
        assert!(fits(" FIREFOX ", "firefox-esr"));
        assert!(!fits("firefox", "Thunderbird"));
        assert!(fits("mozilla firefox*", "Mozilla Firefox (x64 fr)") && !fits("firefox*", "Mozilla Firefox"));
        assert!(fits("*office*2021", "Microsoft Office Standard 2021") && !fits("*office*2021", "Office 2021 LTSC"));
        assert!(fits("7-zip *", "7-Zip 24.08 (x64)") && !fits("7-zip *", "7-Zip"));
        assert!(fits("*", "whatever") && fits("*", ""));
        assert!(fits("a*a", "aa") && !fits("a*a", "a"), "a piece is not used twice");
        assert!(fits("été*", "ÉTÉ 2.0"));
        // What other languages of patterns mean by them means nothing here.
        assert!(fits("notepad++", "Notepad++ (64-bit)") && !fits("a.c", "abc") && !fits("a?c", "abc"));
    }

    #[test]
    fn the_database_is_asked_for_the_same() {
        assert_eq!(Pattern::new("100%_\\").like(), "%100\\%\\_\\\\%");
        assert_eq!(Pattern::new("Mozilla*fox").like(), "mozilla%fox");
    }

    fn watched(lowest: &str, publisher: &str) -> Watched {
        Watched {
            seq: 1,
            name: Pattern::new("openssl"),
            publisher: (!publisher.is_empty()).then(|| Pattern::new(publisher)),
            platform: String::new(),
            lowest: lowest.to_owned(),
        }
    }

    #[test]
    fn versions_compare_by_where_they_come_from() {
        let met = |source, version| Met { name: "openssl", publisher: "Debian", version, source };
        let good = |lowest: &str, source, version| watched(lowest, "").verdict(met(source, version)).unwrap();
        // dpkg: what follows a tilde comes before.
        assert!(!good("3.0.11-1", "dpkg", "3.0.11-1~deb12u1"));
        assert!(good("3.0.11-1~deb12u1", "dpkg", "3.0.11-1"));
        assert!(good("1:1.0", "dpkg", "1:1.0") && !good("1:1.0", "dpkg", "9.9"), "the epoch comes first");
        assert!(good("3.9", "registry", "3.10.1") && !good("3.10", "registry", "3.9.9"));
        assert!(good("", "registry", "") && !good("1", "registry", ""), "what is not known is not known to be good");
        assert_eq!(watched("", "canonical").verdict(met("dpkg", "3")), None);
    }

    #[test]
    fn the_best_of_several_counts() {
        assert_eq!(state([].into_iter()), State::Absent);
        assert_eq!(state([false, false].into_iter()), State::Old);
        assert_eq!(state([false, true].into_iter()), State::Present);
        assert_eq!(state([true, false].into_iter()), State::Present);
    }
}
