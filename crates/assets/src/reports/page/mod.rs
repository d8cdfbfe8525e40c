//! The summary as a page of its own: for an intranet, a printer, or as the attachment of a message. It is one file without
//! scripts, whose charts are SVG and whose figures lead to the console's lists; whatever others named is escaped.

mod words;

use std::fmt::Write as _;

use words::{heading, label, number, share, state};

use super::{By, Figure, Group, KeySoftwareFigures, Summary};

/// A language of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// French.
    Fr,
    /// English.
    En,
}

impl Language {
    /// Of a code; none: it is not spoken here.
    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "fr" => Some(Self::Fr),
            "en" => Some(Self::En),
            _ => None,
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Fr => "fr",
            Self::En => "en",
        }
    }

    /// The words of this language.
    pub const fn pick(self, french: &'static str, english: &'static str) -> &'static str {
        match self {
            Self::Fr => french,
            Self::En => english,
        }
    }
}

/// As text of HTML, or as the value of an attribute between double quotes.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for it in text.chars() {
        match it {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            _ => safe.push(it),
        }
    }
    safe
}

/// What the page says of itself.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// What people call the server.
    pub server: &'a str,
    /// What the report is called.
    pub title: &'a str,
    /// The console's address, without a slash at its end.
    pub console: &'a str,
    /// When it was counted, for people.
    pub made_at: &'a str,
    /// In which language.
    pub language: Language,
}

/// Colours of both schemes with a contrast of 4.5 at least; on paper there is no ground.
const STYLE: &str = "\
:root{color-scheme:light dark;--ground:#f6f8fa;--surface:#fff;--text:#18232f;--muted:#566575;--line:#d9e0e7;--bar:#0f7a80;\
--track:#e6ebf0;--attention:#b35300;--off:#7d8b99}\
@media (prefers-color-scheme:dark){:root{--ground:#0f1823;--surface:#16212e;--text:#dde5ed;--muted:#9fb0c0;--line:#2b3a4a;\
--bar:#41b8bd;--track:#243242;--attention:#f0954a;--off:#7f90a1}}\
*{box-sizing:border-box}\
body{margin:0;padding:24px;background:var(--ground);color:var(--text);font:14px/1.45 system-ui,sans-serif;\
font-variant-numeric:tabular-nums}\
main,header,footer{max-width:1200px;margin:0 auto}\
h1{margin:0;font-size:22px}h2{margin:0 0 8px;font-size:15px}p{margin:4px 0;color:var(--muted)}\
.total{font-size:34px;font-weight:600;color:var(--text);margin:12px 0 16px}.total small{font-size:15px;font-weight:400;\
color:var(--muted)}\
main{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,360px),1fr));gap:16px}\
section{background:var(--surface);border:1px solid var(--line);border-radius:6px;padding:14px 16px;break-inside:avoid}\
section.wide{grid-column:1/-1}\
table{width:100%;border-collapse:collapse;table-layout:fixed}th,td{padding:4px 0 4px 10px;text-align:right;\
vertical-align:top;font-weight:400}th:first-child,td:first-child{padding-left:0;text-align:left;width:50%;\
overflow-wrap:anywhere}thead th{color:var(--muted);font-size:12px}tbody tr{border-top:1px solid var(--line)}\
a{color:inherit;text-decoration:none}a:hover,a:focus-visible{text-decoration:underline}\
svg{display:block;width:100%;height:6px;margin-top:3px;border-radius:3px;background:var(--track)}rect{fill:var(--bar)}\
rect.old{fill:var(--attention)}rect.absent{fill:var(--off)}.share{color:var(--muted)}\
footer{margin-top:16px;font-size:12px}\
@media print{body{padding:0;background:none}section{border-color:#bbb}}";

/// A link to the list behind a figure.
fn link(figure: &Figure, words: &str, about: &About<'_>) -> String {
    // All of it, and not the view that somebody opens the list with.
    let query = if figure.query.is_empty() { "view=all".to_owned() } else { format!("view=all&{}", figure.query) };
    format!("<a href=\"{}/equipment?{}\">{}</a>", escaped(about.console), escaped(&query), escaped(words))
}

/// Parts of a whole as one bar.
fn bar(parts: &[(&str, i64)], whole: i64) -> String {
    let mut svg = "<svg viewBox=\"0 0 1000 6\" preserveAspectRatio=\"none\" aria-hidden=\"true\">".to_owned();
    let mut at = 0;
    for (class, count) in parts {
        let width = if whole > 0 { (count * 1000).div_euclid(whole) } else { 0 };
        // What is there is seen, however small it is. Writing to a string never fails.
        let width = if *count > 0 { width.max(4) } else { 0 };
        let _ = write!(svg, "<rect class=\"{class}\" x=\"{at}\" width=\"{width}\" height=\"6\"/>");
        at += width;
    }
    svg + "</svg>"
}

fn group(group: &Group, total: i64, about: &About<'_>) -> String {
    let language = about.language;
    let mut text = format!("<section><h2>{}</h2><table><tbody>", heading(group.by, language));
    for figure in &group.figures {
        let words = label(group.by, figure, language);
        let _ = write!(
            text,
            "<tr><th scope=\"row\">{}{}</th><td>{}</td><td class=\"share\">{}</td></tr>",
            link(figure, &words, about),
            bar(&[("", figure.count)], total),
            number(figure.count, language),
            share(figure.count, total, language)
        );
    }
    text + "</tbody></table></section>"
}

fn key_software(programs: &[KeySoftwareFigures], about: &About<'_>) -> String {
    let language = about.language;
    if programs.is_empty() {
        return String::new();
    }
    let mut text = format!(
        "<section class=\"wide\"><h2>{}</h2><table><thead><tr><th scope=\"col\">{}</th><th scope=\"col\">{}</th>",
        language.pick("Logiciels clés", "Key software"),
        language.pick("Programme", "Program"),
        language.pick("Version minimale", "Lowest good version"),
    );
    for code in ["present", "old", "absent"] {
        let _ = write!(text, "<th scope=\"col\">{}</th>", state(code, language));
    }
    text.push_str("</tr></thead><tbody>");
    for program in programs {
        let whole = program.figures.iter().map(|it| it.count).sum();
        let parts: Vec<(&str, i64)> = program.figures.iter().map(|it| (it.key.as_str(), it.count)).collect();
        let _ = write!(
            text,
            "<tr><th scope=\"row\">{}{}</th><td>{}</td>",
            escaped(&program.name),
            bar(&parts, whole),
            escaped(&program.lowest_version)
        );
        for figure in &program.figures {
            let _ = write!(text, "<td>{}</td>", link(figure, &number(figure.count, language), about));
        }
        text.push_str("</tr>");
    }
    text + "</tbody></table></section>"
}

/// The whole page.
pub fn page(summary: &Summary, about: &About<'_>) -> String {
    let language = about.language;
    let title = escaped(about.title);
    let mut text = format!(
        "<!DOCTYPE html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><meta name=\"referrer\" content=\"no-referrer\">\
         <title>{title} · {server}</title><style>{STYLE}</style></head><body><header><h1>{title}</h1>",
        language.as_str(),
        server = escaped(about.server),
    );
    let of = summary.of.as_deref().map(|of| format!("{} · ", escaped(of))).unwrap_or_default();
    let _ = write!(text, "<p>{of}{} · {}</p>", escaped(about.server), escaped(about.made_at));
    let what = language.pick("équipements", "pieces of equipment");
    let total = link(&summary.total, &number(summary.total.count, language), about);
    let _ = write!(text, "<p class=\"total\">{total} <small>{what}</small></p>");
    if summary.waiting > 0 {
        let words = language.pick(
            "machines dont les logiciels clés restent à examiner",
            "machines whose key software is still being looked for",
        );
        let _ = write!(text, "<p>{} {words}</p>", number(summary.waiting, language));
    }
    text.push_str("</header><main>");
    let (last, first): (Vec<&Group>, Vec<&Group>) = summary.groups.iter().partition(|it| it.by == By::Customer);
    for one in first {
        text.push_str(&group(one, summary.total.count, about));
    }
    for one in last {
        text.push_str(&group(one, summary.total.count, about));
    }
    text.push_str(&key_software(&summary.key_software, about));
    let words = language.pick(
        "Chaque chiffre ouvre sa liste dans la console, qui montre ce qu’il en est maintenant.",
        "Each figure opens its list in the console, which shows how things are now.",
    );
    let _ = writeln!(text, "</main><footer><p>{words}</p></footer></body></html>");
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use vigie_kernel::Timestamp;

    const HOSTILE: &str = "<script>alert(1)</script>\"'&--></style><img src=x onerror=alert(1)>";

    fn figure(key: &str, name: Option<&str>, query: &str) -> Figure {
        Figure { key: key.into(), name: name.map(Into::into), others: false, count: 7, query: query.into() }
    }

    fn hostile() -> Summary {
        let groups = [By::Manufacturer, By::System, By::Customer, By::Type, By::OsFamily].map(|by| Group {
            by,
            figures: vec![figure(HOSTILE, None, HOSTILE), figure("x", Some(HOSTILE), "a=b&c=d")],
        });
        Summary {
            made_at: Timestamp::from_millis(0),
            of: Some(HOSTILE.into()),
            total: figure("", None, ""),
            groups: groups.into(),
            key_software: vec![KeySoftwareFigures {
                name: HOSTILE.into(),
                lowest_version: HOSTILE.into(),
                figures: vec![figure("old", None, "key_software=ks%3Aold")],
            }],
            waiting: 1,
        }
    }

    fn about(language: Language) -> About<'static> {
        About { server: HOSTILE, title: HOSTILE, console: "https://vigie.example", made_at: HOSTILE, language }
    }

    /// All tags of a page and what is in them.
    fn tags(page: &str) -> Vec<&str> {
        page.split('<').skip(1).map(|it| it.split('>').next().unwrap()).collect()
    }

    /// A tag without the values of its attributes.
    fn bare(tag: &str) -> String {
        tag.split('"').step_by(2).collect()
    }

    #[test]
    fn what_others_named_is_text_and_nothing_else() {
        for language in [Language::Fr, Language::En] {
            let page = page(&hostile(), &about(language));
            let known = [
                "!DOCTYPE html",
                "html",
                "head",
                "meta",
                "title",
                "style",
                "body",
                "header",
                "h1",
                "h2",
                "p",
                "main",
                "section",
                "table",
                "thead",
                "tbody",
                "tr",
                "th",
                "td",
                "a",
                "svg",
                "rect",
                "small",
                "footer",
            ];
            for tag in tags(&page) {
                let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap();
                assert!(known.contains(&name) || tag == "!DOCTYPE html", "<{tag}>");
                assert!(!bare(tag).to_lowercase().contains(" on") && !tag.contains("\"javascript:"), "<{tag}>");
                assert_eq!(tag.matches('"').count() % 2, 0, "<{tag}>");
            }
            assert_eq!(page.matches("<style>").count(), 1);
            assert_eq!(page.matches("</style>").count(), 1);
            assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
        }
    }

    #[test]
    fn figures_lead_to_their_lists_and_nothing_is_fetched() {
        let page = page(&hostile(), &about(Language::En));
        assert!(page.contains("<a href=\"https://vigie.example/equipment?view=all&amp;a=b&amp;c=d\">"));
        assert!(page.contains("<a href=\"https://vigie.example/equipment?view=all\">7</a>"));
        for tag in tags(&page) {
            let fetches = [" src=", "url(", "<link", "@import"];
            assert!(!fetches.iter().any(|it| bare(tag).contains(it)), "<{tag}>");
            assert!(!tag.contains("href=") || tag.starts_with("a href=\"https://vigie.example/"), "<{tag}>");
        }
    }
}
