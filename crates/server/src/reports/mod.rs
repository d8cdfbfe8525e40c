//! The summary of the inventory as a page of its own: for an intranet, a printer, or as the attachment of a message. It is
//! HTML that needs nothing else and runs nothing; whatever others named is escaped.

pub(crate) mod html;
mod words;

use http::{HeaderMap, header};
use vigie_assets::reports::{Summary, moment};

use crate::http::AppState;

/// A language of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    /// French.
    Fr,
    /// English.
    En,
}

impl Language {
    /// Of a code.
    pub(crate) fn from_code(code: &str) -> Option<Self> {
        match code {
            "fr" => Some(Self::Fr),
            "en" => Some(Self::En),
            _ => None,
        }
    }

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Fr => "fr",
            Self::En => "en",
        }
    }

    pub(crate) const fn pick(self, french: &'static str, english: &'static str) -> &'static str {
        match self {
            Self::Fr => french,
            Self::En => english,
        }
    }

    /// What a browser asks for (RFC 9110 §12.5.4): the better liked of the two, English where it likes neither.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let asked = headers.get(header::ACCEPT_LANGUAGE).and_then(|it| it.to_str().ok()).unwrap_or_default();
        let mut best = (0.0, Self::En);
        for part in asked.split(',') {
            let mut pieces = part.trim().split(';');
            let tag = pieces.next().unwrap_or_default().split('-').next().unwrap_or_default().to_lowercase();
            let weight = pieces.find_map(|it| it.trim().strip_prefix("q=")?.parse::<f32>().ok()).unwrap_or(1.0);
            if let Some(language) = Self::from_code(&tag).filter(|_| weight > best.0) {
                best = (weight, language);
            }
        }
        best.1
    }
}

/// The page of a summary.
pub(crate) async fn page(
    state: &AppState,
    summary: &Summary,
    title: &str,
    language: Language,
    zone: &str,
) -> Result<String, vigie_db::DbErr> {
    let server = state.preferences.get(state.clock.now()).await?.server_name.clone();
    let about = html::About {
        server: &server,
        title,
        console: &state.console_url(),
        made_at: &moment(summary.made_at, zone),
        language,
    };
    Ok(html::page(summary, &about))
}

/// What the page may do where this server serves it: show itself.
pub(crate) const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_browser_says_which_language() {
        let of = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, text.parse().unwrap());
            Language::of(&headers)
        };
        assert_eq!(of("fr-FR,fr;q=0.9,en;q=0.8"), Language::Fr);
        assert_eq!(of("en-GB, fr;q=0.7"), Language::En);
        assert_eq!(of("de, fr;q=0.5, en;q=0.4"), Language::Fr);
        assert_eq!(of("de"), Language::En);
        assert_eq!(of("fr;q=x, ;;,"), Language::Fr);
        assert_eq!(Language::of(&HeaderMap::new()), Language::En);
    }
}
