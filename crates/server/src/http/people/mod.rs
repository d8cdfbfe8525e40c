//! Signing in, one's own profile, and what those who manage people see and do: users, the hierarchy, API clients,
//! preferences, the trail.

mod access_explain;
mod api_clients_change;
mod api_clients_create;
mod api_clients_list;
mod assignments_get;
mod assignments_set;
mod audit_export;
mod audit_list;
mod audit_verify;
mod avatar_get;
mod avatar_remove;
mod avatar_set;
mod customers_change;
mod customers_create;
mod customers_delete;
mod customers_deletion;
mod customers_get;
mod customers_list;
mod customers_restore;
mod enrolment_mail;
mod factors;
mod grants_get;
mod grants_set;
mod mail_test;
mod me_change;
mod me_get;
mod notifications_list;
mod notifications_read;
mod openid;
mod password_change;
mod permissions_get;
mod policy_get;
mod preferences_change;
mod preferences_get;
mod problems;
mod providers_change;
mod providers_create;
mod providers_delete;
mod providers_get;
mod providers_list;
mod resellers_change;
mod resellers_create;
mod resellers_delete;
mod resellers_get;
mod resellers_list;
mod saved_views_change;
mod saved_views_create;
mod saved_views_default;
mod saved_views_delete;
mod saved_views_list;
mod saved_views_order;
mod session_begin;
mod session_end;
mod session_get;
mod sessions_end;
mod sessions_list;
mod tags_list;
mod tokens_create;
mod tokens_delete;
mod tokens_list;
mod users_bulk;
mod users_change;
mod users_create;
mod users_delete;
mod users_get;
mod users_list;
mod views;

use axum::extract::DefaultBodyLimit;
use utoipa_axum::{router::OpenApiRouter, routes};
use vigie_kernel::{Action, Code};
use vigie_people::{users::avatar::LARGEST, views as saved};

use super::{AppState, Caller, Problem};
pub(super) use views::Items;

/// The operations of this context.
pub fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .merge(factors::router())
        .merge(openid::router())
        .routes(routes!(session_begin::session_begin, session_get::session_get, session_end::session_end))
        .routes(routes!(me_get::me_get, me_change::me_change))
        .routes(routes!(password_change::password_change))
        .routes(routes!(sessions_list::sessions_list))
        .routes(routes!(sessions_end::sessions_end))
        .routes(routes!(saved_views_list::saved_views_list, saved_views_create::saved_views_create))
        .routes(routes!(saved_views_order::saved_views_order))
        .routes(routes!(saved_views_default::saved_views_default))
        .routes(routes!(saved_views_change::saved_views_change, saved_views_delete::saved_views_delete))
        .routes(routes!(tokens_list::tokens_list, tokens_create::tokens_create))
        .routes(routes!(tokens_delete::tokens_delete))
        .routes(routes!(permissions_get::permissions_get))
        .routes(routes!(policy_get::policy_get))
        .routes(routes!(users_list::users_list, users_create::users_create))
        .routes(routes!(users_bulk::users_bulk))
        .routes(routes!(users_get::users_get, users_change::users_change, users_delete::users_delete))
        .routes(routes!(grants_get::grants_get, grants_set::grants_set))
        .routes(routes!(access_explain::access_explain))
        .routes(routes!(avatar_get::avatar_get))
        .merge(
            OpenApiRouter::default()
                .routes(routes!(avatar_set::avatar_set, avatar_remove::avatar_remove))
                .layer(DefaultBodyLimit::max(LARGEST)),
        )
        .routes(routes!(customers_list::customers_list, customers_create::customers_create))
        .routes(routes!(
            customers_get::customers_get,
            customers_change::customers_change,
            customers_delete::customers_delete
        ))
        .routes(routes!(customers_delete::customers_delete_several))
        .routes(routes!(customers_deletion::customers_deletion))
        .routes(routes!(customers_restore::customers_restore))
        .routes(routes!(enrolment_mail::enrolment_mail))
        .routes(routes!(tags_list::tags_list))
        .routes(routes!(assignments_get::assignments_get, assignments_set::assignments_set))
        .routes(routes!(resellers_list::resellers_list, resellers_create::resellers_create))
        .routes(routes!(
            resellers_get::resellers_get,
            resellers_change::resellers_change,
            resellers_delete::resellers_delete
        ))
        .routes(routes!(providers_list::providers_list, providers_create::providers_create))
        .routes(routes!(
            providers_get::providers_get,
            providers_change::providers_change,
            providers_delete::providers_delete
        ))
        .routes(routes!(api_clients_list::api_clients_list, api_clients_create::api_clients_create))
        .routes(routes!(api_clients_change::api_clients_change))
        .routes(routes!(preferences_get::preferences_get, preferences_change::preferences_change))
        .routes(routes!(mail_test::mail_test))
        .routes(routes!(notifications_list::notifications_list))
        .routes(routes!(notifications_read::notifications_read))
        .routes(routes!(audit_list::audit_list))
        .routes(routes!(audit_export::audit_export))
        .routes(routes!(audit_verify::audit_verify))
}

/// Who looks at views of lists: whoever may open one of them, and then that of `page`.
fn viewer_of(caller: &Caller, page: Option<saved::Page>) -> Result<saved::Viewer, Problem> {
    let user = caller.own()?;
    caller.require(page.map_or(Action::EquipmentSee, saved::Page::action))?;
    let role = caller.user.role.ok_or_else(|| Problem::new(Code::NotAllowed))?;
    Ok(saved::Viewer { user, role })
}
