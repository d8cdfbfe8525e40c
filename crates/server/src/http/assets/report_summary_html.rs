//! `GET /api/v1/reports/summary.html`: the same as a page of its own.

use axum::{extract::State, response::Response};
use http::HeaderMap;
use serde::Deserialize;
use utoipa::IntoParams;
use vigie_assets::{equipment::list::Narrowed, reports::page::Language};
use vigie_kernel::Action;

use crate::{
    http::{AppState, Caller, Problem, ProblemDocument, Query},
    reports::{asked, page},
};

/// How the page is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// `fr` or `en`; otherwise as the browser asks.
    lang: Option<String>,
    /// Whether it is to be a download.
    #[serde(default)]
    download: bool,
    /// In whose time it says when it was made: `Europe/Paris`; otherwise UTC.
    time_zone: Option<String>,
}

/// Summary of the inventory as a page
///
/// HTML that needs nothing else and runs nothing, for an intranet or for printing. Its figures lead to the console's lists.
#[utoipa::path(
    get,
    path = "/api/v1/reports/summary.html",
    operation_id = "report_summary_html",
    tag = "reports",
    params(Narrowed, Wanted),
    responses(
        (status = 200, description = "The page.", body = String, content_type = "text/html"),
        (status = 404, description = "`not-found`: the reseller or the customer is none, or not yours.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn report_summary_html(
    State(state): State<AppState>,
    caller: Caller,
    Query(narrowed): Query<Narrowed>,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let granted = caller.require(Action::EquipmentSee)?;
    let language = match wanted.lang.as_deref() {
        None => asked(&headers),
        Some(code) => Language::from_code(code).ok_or_else(|| Problem::invalid("lang", "is fr or en"))?,
    };
    let summary = super::summary(&state, &granted, &narrowed).await?;
    let title = language.pick("Synthèse de l’inventaire", "Summary of the inventory");
    let page = page(&state, &summary, title, language, wanted.time_zone.as_deref().unwrap_or("UTC")).await?;
    let day: String = summary.made_at.to_string().chars().take(10).collect();
    Ok(super::html(page, wanted.download.then(|| format!("vigie-{day}.html"))))
}
