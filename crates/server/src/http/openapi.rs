//! The API's document: collected from the operations, completed here with what is true of all of them.

use utoipa::{
    PartialSchema as _, ToSchema as _,
    openapi::{
        Components, ContactBuilder, Content, InfoBuilder, LicenseBuilder, OpenApi, OpenApiVersion, PathItem, Ref,
        RefOr, Response, ResponseBuilder,
        path::{Operation, ParameterIn},
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
    },
};

use super::{
    caller::{COOKIE, CSRF_HEADER},
    problem,
};

/// Completes the collected document.
pub(crate) fn complete(mut api: OpenApi) -> OpenApi {
    api.openapi = OpenApiVersion::Version31;
    api.info = InfoBuilder::new()
        .title("Vigie")
        .version("1")
        .description(Some(
            "Everything that the console, the command line and the agents do. Lists are paged: `?limit=&cursor=&q=&sort=`. \
             Whatever is refused is answered with a problem document (RFC 9457) whose `code` is stable.",
        ))
        .license(Some(LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build()))
        .contact(Some(ContactBuilder::new().name(Some("Vigie")).build()))
        .build();
    api.servers = None;
    let components = api.components.get_or_insert_with(Components::new);
    components.schemas.insert("Problem".into(), problem::ProblemDocument::schema());
    components.schemas.insert(problem::FieldError::name().into(), problem::FieldError::schema());
    components.add_security_scheme(
        "session",
        SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(
            COOKIE,
            &format!(
                "Set by `POST /api/v1/session`. Writes carry the header `{CSRF_HEADER}` with the session's token too."
            ),
        ))),
    );
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("A personal API token, made under *My profile* or with `vigie admin token`."))
        .build();
    components.add_security_scheme("token", SecurityScheme::Http(bearer));
    let agent = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("An agent's token, from `POST /oauth/token`."))
        .build();
    components.add_security_scheme("agent_token", SecurityScheme::Http(agent));
    let client = HttpBuilder::new()
        .scheme(HttpAuthScheme::Basic)
        .description(Some("An API client's id and secret, realm `Vigie`."))
        .build();
    components.add_security_scheme("agent_basic", SecurityScheme::Http(client));
    let none: [&str; 0] = [];
    api.security = Some(vec![SecurityRequirement::new("session", none), SecurityRequirement::new("token", none)]);
    for item in api.paths.paths.values_mut() {
        for operation in operations(item) {
            add_problems(operation);
        }
    }
    api
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.put, &mut item.post, &mut item.delete, &mut item.patch].into_iter().flatten()
}

/// The problems that any operation of this shape may answer; an operation's own words for a status stand.
fn add_problems(operation: &mut Operation) {
    let public =
        operation.security.as_ref().is_some_and(|it| it.iter().all(|one| *one == SecurityRequirement::default()));
    let parameters = operation.parameters.as_deref().unwrap_or_default();
    let in_path = parameters.iter().any(|it| matches!(it, RefOr::T(it) if it.parameter_in == ParameterIn::Path));
    let has_body = operation.request_body.is_some();
    let mut add = |status: &str, words: &str, wanted: bool| {
        let responses = &mut operation.responses.responses;
        if wanted && !responses.contains_key(status) {
            responses.insert(status.to_owned(), RefOr::T(response(words)));
        }
    };
    add(
        "400",
        "The request cannot be read: `request-malformed`, `cursor-invalid`.",
        has_body || !parameters.is_empty(),
    );
    add("401", "Not signed in: `sign-in-required`, `token-invalid`.", !public);
    add("403", "Not allowed: `not-allowed`, `csrf-missing`, `password-change-required`.", !public);
    add("404", "`not-found`.", in_path);
    add("413", "`too-large`.", has_body);
    add("415", "`media-type-unsupported`.", has_body);
    add("422", "A value is not valid: `value-invalid` with `errors`.", has_body || !parameters.is_empty());
    add("500", "`internal`: the server's log says more beside the request's id.", true);
    add("503", "`busy`: try again after `Retry-After` seconds.", true);
}

fn response(words: &str) -> Response {
    let schema = RefOr::Ref(Ref::from_schema_name("Problem"));
    ResponseBuilder::new().description(words).content(problem::CONTENT_TYPE, Content::new(Some(schema))).build()
}
