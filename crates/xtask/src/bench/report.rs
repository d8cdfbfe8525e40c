//! The tables: one for each bench on the screen, the last of each in docs/benchmarks.md.

use std::fmt::Write as _;

use anyhow::Context as _;

use super::{BENCHES, Bench, Sample, Size, folder};
use crate::shell::{command, output, root};

/// Keeps the table of a bench for the document, and shows it.
pub(super) fn keep(bench: &Bench, size: &Size, samples: &[Sample]) -> anyhow::Result<()> {
    let mut text = format!("## {}\n\n{}.\n\n", bench.name, capital(bench.about));
    let _ = writeln!(text, "{} machines, runs: {}, commit {}, {}.", size.machines, size.runs, commit(), day());
    let _ = writeln!(text, "On {}\n", machine());
    text.push_str("| figure | of | median | min – max |\n| --- | --- | ---: | ---: |\n");
    for (figure, subject, unit, values) in grouped(samples) {
        let (low, high) = (values[0], values[values.len() - 1]);
        let median = median(&values);
        let _ =
            writeln!(text, "| {figure} | {subject} | {} {unit} | {} – {} |", short(median), short(low), short(high));
    }
    let targets: Vec<String> = bench.targets.iter().map(|(figure, target)| format!("{figure}: {target}")).collect();
    let _ = writeln!(text, "\nWanted: {}.", targets.join("; "));
    let Size { machines, runs } = size;
    let _ = writeln!(text, "\nAgain: `cargo xtask bench {} --machines {machines} --runs {runs}`.", bench.name);
    println!("\n{text}");
    let path = folder()?.join(format!("{}.md", bench.name));
    std::fs::write(&path, text).with_context(|| path.display().to_string())
}

type Group<'a> = (&'a str, &'a str, &'static str, Vec<f64>);

/// The values of each figure and subject, ascending; in the order in which they were first met.
fn grouped(samples: &[Sample]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for sample in samples {
        match groups.iter_mut().find(|(figure, subject, ..)| *figure == sample.figure && *subject == sample.subject) {
            Some((.., values)) => values.push(sample.value),
            None => groups.push((&sample.figure, &sample.subject, sample.unit, vec![sample.value])),
        }
    }
    for (.., values) in &mut groups {
        values.sort_by(f64::total_cmp);
    }
    groups
}

fn median(sorted: &[f64]) -> f64 {
    let middle = sorted.len() / 2;
    if sorted.len().is_multiple_of(2) { f64::midpoint(sorted[middle - 1], sorted[middle]) } else { sorted[middle] }
}

/// Three significant digits.
fn short(value: f64) -> String {
    match value.abs() {
        v if v >= 100.0 => format!("{value:.0}"),
        v if v >= 10.0 => format!("{value:.1}"),
        v if v >= 1.0 => format!("{value:.2}"),
        v if v >= 0.01 || v == 0.0 => format!("{value:.3}"),
        _ => format!("{value:.5}"),
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().collect::<String>() + letters.as_str()).unwrap_or_default()
}

fn commit() -> String {
    let short = output(&mut command("git", ["rev-parse", "--short", "HEAD"])).unwrap_or_else(|_| "unknown".to_owned());
    let changed = output(&mut command("git", ["status", "--porcelain"])).is_ok_and(|it| !it.trim().is_empty());
    format!("{}{}", short.trim(), if changed { " with changes" } else { "" })
}

fn day() -> String {
    output(&mut command("date", ["--utc", "+%Y-%m-%d"])).map(|day| day.trim().to_owned()).unwrap_or_default()
}

fn first_line_with(path: &str, start: &str) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    let line = text.lines().find(|line| line.starts_with(start))?;
    Some(line.split_once([':', '='])?.1.trim().trim_matches('"').to_owned())
}

/// The machine, so far as it matters and says nothing of where it stands.
fn machine() -> String {
    let cpu = first_line_with("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown processor".to_owned());
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let memory = first_line_with("/proc/meminfo", "MemTotal")
        .and_then(|text| text.split_whitespace().next()?.parse::<u64>().ok())
        .map_or_else(String::new, |kib| format!(", {} GiB of memory", kib.div_ceil(1 << 20)));
    let system = first_line_with("/etc/os-release", "PRETTY_NAME").unwrap_or_default();
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let rust = output(&mut command("rustc", ["--version"])).unwrap_or_default();
    format!("{cores} cores of {cpu}{memory}; {system}, Linux {}; {}.", kernel.trim(), rust.trim())
}

/// Writes docs/benchmarks.md: what was measured here, and of what was not what it says already.
pub(super) fn write() -> anyhow::Result<()> {
    let path = root().join("docs/benchmarks.md");
    let before = std::fs::read_to_string(&path).unwrap_or_default();
    let mut text = String::from(
        "# Benchmarks\n\nWritten by `cargo xtask bench`. Figures of one table were taken in the same runs, on the same machine, the peers \
         in turn with ours;\nthe load generator ran on the machine that was measured. Compare only within a table, and repeat before \
         believing a difference under a third.\n",
    );
    for bench in BENCHES {
        let here = std::fs::read_to_string(folder()?.join(format!("{}.md", bench.name))).ok();
        if let Some(table) = here.as_deref().or_else(|| section(&before, bench.name)) {
            let _ = write!(text, "\n{}\n", table.trim_end());
        }
    }
    std::fs::write(&path, text).with_context(|| path.display().to_string())?;
    println!("docs/benchmarks.md is written");
    Ok(())
}

/// What a document says of a bench, with its heading.
fn section<'a>(document: &'a str, name: &str) -> Option<&'a str> {
    let begin = document.find(&format!("\n## {name}\n"))? + 1;
    let rest = &document[begin..];
    Some(rest.find("\n## ").map_or(rest, |end| &rest[..end]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_tells_median_and_range_of_each_figure() {
        let sample = |subject: &str, value| super::super::sample("CPU", subject, value, "ms");
        let samples = [sample("a", 3.0), sample("b", 1.0), sample("a", 1.0), sample("a", 2.0), sample("b", 2.0)];
        let groups = grouped(&samples);
        assert_eq!(groups.len(), 2);
        assert_eq!(groups[0].3, [1.0, 2.0, 3.0]);
        assert!((median(&groups[0].3) - 2.0).abs() < 1e-9);
        assert!((median(&groups[1].3) - 1.5).abs() < 1e-9);
    }

    #[test]
    fn what_was_measured_elsewhere_stays() {
        let document = "# All\n\n## agent\n\nIts table.\n\n## agent-at-rest\n\nAnother.\n";
        assert_eq!(section(document, "agent"), Some("## agent\n\nIts table.\n"));
        assert_eq!(section(document, "agent-at-rest"), Some("## agent-at-rest\n\nAnother.\n"));
        assert_eq!(section(document, "rest"), None);
    }

    #[test]
    fn figures_are_short() {
        assert_eq!(
            [1234.5, 12.34, 1.234, 0.1234, 0.000_123].map(short),
            ["1234", "12.3", "1.23", "0.123", "0.00012"].map(ToOwned::to_owned)
        );
    }
}
