//! `POST /api/v1/link/enrolment`: a system's first contact.

use axum::{extract::State, http::StatusCode};
use vigie_fleet::enrolment::{self, EnrolError};
use vigie_kernel::{Actor, ActorKind, Code};
use vigie_wire::link::opening::{Enrolled, Enrolment};

use crate::{
    events::Topic,
    http::{AppState, ClientAddress, Json, Problem, ProblemDocument},
    join::customer_maker,
};

fn problem(error: EnrolError) -> Problem {
    match error {
        EnrolError::Version => Problem::new(Code::LinkVersion).detail(error),
        EnrolError::KeyInvalid => Problem::invalid("public_key", "is not an Ed25519 key, or the proof is not by it"),
        EnrolError::TokenInvalid => Problem::new(Code::EnrolmentTokenInvalid),
        EnrolError::ServiceUser => Problem::invalid("service_user", error),
        EnrolError::Db(error) => error.into(),
    }
}

/// Enrol a system
///
/// With an enrolment token a system makes its public key known, once. The same key again gets the same id.
#[utoipa::path(
    post,
    path = "/api/v1/link/enrolment",
    operation_id = "link_enrol",
    tag = "links",
    security(()),
    request_body = Enrolment,
    responses(
        (status = 201, description = "Enrolled.", body = Enrolled),
        (status = 200, description = "It was enrolled before.", body = Enrolled),
        (status = 403, description = "`enrolment-token-invalid`.", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "`link-version`.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(super) async fn link_enrol(
    State(state): State<AppState>,
    ClientAddress(address): ClientAddress,
    Json(enrolment): Json<Enrolment>,
) -> Result<(StatusCode, Json<Enrolled>), Problem> {
    let name = enrolment.about.name.chars().filter(|it| !it.is_control()).take(100).collect();
    let actor = Actor { kind: ActorKind::Agent, id: None, name, source_address: Some(address.to_string()) };
    let act = state.act_of(actor);
    let make = customer_maker(act.clone());
    let enrolled = enrolment::enrol(&state.db, &state.secrets, act, enrolment, make).await.map_err(problem)?;
    if !enrolled.is_new {
        return Ok((StatusCode::OK, Json(Enrolled { system_id: enrolled.system })));
    }
    tracing::info!(system = %enrolled.system, customer = %enrolled.customer, from = %address, "a system enrolled");
    state.events.changed(&[Topic::Systems]);
    Ok((StatusCode::CREATED, Json(Enrolled { system_id: enrolled.system })))
}
