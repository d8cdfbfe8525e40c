//! Reading a request's parts. What cannot be read is answered with a problem document, never with a framework's words.

use std::net::{IpAddr, SocketAddr};

use axum::{
    extract::{
        ConnectInfo, FromRequest, FromRequestParts, OptionalFromRequest, Request,
        rejection::{BytesRejection, JsonRejection, PathRejection, QueryRejection},
    },
    response::{IntoResponse, Response},
};
use http::request::Parts;
use serde::{Serialize, de::DeserializeOwned};
use vigie_kernel::Code;

use super::Problem;

/// A JSON body, in or out.
#[derive(Debug, Clone, Copy)]
pub struct Json<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        match <axum::Json<T> as FromRequest<S>>::from_request(request, state).await {
            Ok(axum::Json(value)) => Ok(Self(value)),
            Err(rejection) => Err(json_problem(&rejection)),
        }
    }
}

impl<S: Send + Sync, T: DeserializeOwned> OptionalFromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Option<Self>, Problem> {
        match <axum::Json<T> as OptionalFromRequest<S>>::from_request(request, state).await {
            Ok(value) => Ok(value.map(|axum::Json(value)| Self(value))),
            Err(rejection) => Err(json_problem(&rejection)),
        }
    }
}

fn json_problem(rejection: &JsonRejection) -> Problem {
    match rejection {
        // The parser's own words name the member and the place, and quote nothing but the request.
        JsonRejection::JsonDataError(error) => Problem::new(Code::RequestMalformed).detail(error.body_text()),
        JsonRejection::JsonSyntaxError(error) => Problem::new(Code::RequestMalformed).detail(error.body_text()),
        JsonRejection::MissingJsonContentType(_) => Problem::new(Code::MediaTypeUnsupported)
            .detail("Send JSON with the header `Content-Type: application/json`."),
        JsonRejection::BytesRejection(error) => bytes_problem(error),
        _ => Problem::new(Code::RequestMalformed),
    }
}

/// The problem of a body that cannot be taken in: too large, or cut off.
pub fn bytes_problem(rejection: &BytesRejection) -> Problem {
    let too_large = rejection.status() == http::StatusCode::PAYLOAD_TOO_LARGE;
    Problem::new(if too_large { Code::TooLarge } else { Code::RequestMalformed })
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

/// The parameters behind `?`. Several may be taken from one query, each with members of its own.
#[derive(Debug, Clone, Copy)]
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Query::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(value)) => Ok(Self(value)),
            Err(QueryRejection::FailedToDeserializeQueryString(error)) => {
                Err(Problem::new(Code::RequestMalformed).detail(error.body_text()))
            }
            Err(_) => Err(Problem::new(Code::RequestMalformed)),
        }
    }
}

/// The variable parts of the address. An id that is none is answered like one that nothing has.
#[derive(Debug, Clone, Copy)]
pub struct Path<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Path::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(PathRejection::FailedToDeserializePathParams(_)) => Err(Problem::not_found()),
            Err(error) => Err(Problem::internal(error)),
        }
    }
}

/// Where the request comes from: the other end of its connection. No header is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

impl<S: Send + Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let address = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        // An IPv4 client of a listener on `[::]` is shown as what it is.
        address
            .map(|ConnectInfo(it)| Self(it.ip().to_canonical()))
            .ok_or_else(|| Problem::internal("the connection's address is not known"))
    }
}
