//! The page of the inventory's summary, as this server gives it out.

use http::{HeaderMap, header};
use vigie_assets::reports::{
    Summary, moment,
    page::{self, About, Language},
};

use crate::http::AppState;

/// The language that a browser asks for (RFC 9110 §12.5.4): the better liked of the two, English where it likes neither.
pub(crate) fn asked(headers: &HeaderMap) -> Language {
    let asked = headers.get(header::ACCEPT_LANGUAGE).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let mut best = (0.0, Language::En);
    for part in asked.split(',') {
        let mut pieces = part.trim().split(';');
        let tag = pieces.next().unwrap_or_default().split('-').next().unwrap_or_default().to_lowercase();
        let weight = pieces.find_map(|it| it.trim().strip_prefix("q=")?.parse::<f32>().ok()).unwrap_or(1.0);
        if let Some(language) = Language::from_code(&tag).filter(|_| weight > best.0) {
            best = (weight, language);
        }
    }
    best.1
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
    let about = About {
        server: &server,
        title,
        console: &state.console_url(),
        made_at: &moment(summary.made_at, zone),
        language,
    };
    Ok(page::page(summary, &about))
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
            asked(&headers)
        };
        assert_eq!(of("fr-FR,fr;q=0.9,en;q=0.8"), Language::Fr);
        assert_eq!(of("en-GB, fr;q=0.7"), Language::En);
        assert_eq!(of("de, fr;q=0.5, en;q=0.4"), Language::Fr);
        assert_eq!(of("de"), Language::En);
        assert_eq!(of("fr;q=x, ;;,"), Language::Fr);
        assert_eq!(asked(&HeaderMap::new()), Language::En);
    }
}
