//! `GET /api/v1/users`: the users whom the caller manages.

use axum::extract::State;
use vigie_kernel::Action;
use vigie_people::users::listing::{self, Managed, Sort, UserFilter};

use crate::http::{AppState, Caller, Json, Kind, ListAnswer, ListQuery, Problem, Query, Sorts};

const SORTS: Sorts = Sorts::of(&[
    ("login", Kind::Text),
    ("name", Kind::Text),
    ("role", Kind::Text),
    ("last_sign_in_at", Kind::Number),
    ("created_at", Kind::Number),
]);

/// Users
///
/// An administrator sees all, a supervisor the operators whom they made.
#[utoipa::path(
    get,
    path = "/api/v1/users",
    operation_id = "users_list",
    tag = "users",
    params(ListQuery, UserFilter),
    responses((
        status = 200,
        description = "A page, by `login`, `name`, `role`, `last_sign_in_at` or `created_at`.",
        body = ListAnswer<Managed>
    )),
)]
pub(super) async fn users_list(
    State(state): State<AppState>,
    caller: Caller,
    Query(query): Query<ListQuery>,
    Query(filter): Query<UserFilter>,
) -> Result<Json<ListAnswer<Managed>>, Problem> {
    let granted = caller.require(Action::UsersManage)?;
    let asked = query.understand(&SORTS)?;
    if filter.label.as_ref().is_some_and(|it| it.contains('\0')) {
        return Err(Problem::invalid("label", "must be text"));
    }
    let sort = match asked.sort {
        "name" => Sort::Name,
        "role" => Sort::Role,
        "last_sign_in_at" => Sort::LastSignIn,
        "created_at" => Sort::Created,
        _ => Sort::Login,
    };
    let found = listing::list(&state.db, granted, &filter, asked.search.as_deref(), sort, &asked.page).await?;
    Ok(Json(ListAnswer::page(&asked, found, |it| it)))
}
