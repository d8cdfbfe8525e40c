//! What callers hear when something of people or of the hierarchy cannot be done.

use vigie_kernel::Code;
use vigie_people::{
    access::AccessError,
    factors::{self, ProofError},
    hierarchy::manage::ChangeError,
    openid::accounts::AccountError,
    passwords::RuleBroken,
    sign_in::SignInError,
    users::manage::ManageError,
    views::ViewError,
};

use crate::http::{AppState, Problem};

/// Longest password that is looked at, bytes; longer ones are too long for certain.
const LONGEST_TYPED: usize = 4000;

/// Refuses to hash what is longer than any password.
pub(super) fn check_length(password: &str) -> Result<(), Problem> {
    if password.len() > LONGEST_TYPED {
        Err(weak("password", RuleBroken::TooLong(vigie_people::passwords::LONGEST)))
    } else {
        Ok(())
    }
}

/// A new password breaks a rule.
pub(super) fn weak(field: &str, broken: RuleBroken) -> Problem {
    let code = match broken {
        RuleBroken::TooShort => "too-short",
        RuleBroken::TooLong(_) => "too-long",
        RuleBroken::OneKind => "one-kind",
        RuleBroken::IsLogin => "is-login",
    };
    Problem::new(Code::PasswordWeak).detail(broken).field(field, code, broken)
}

/// A view could not be saved, changed or deleted.
pub(super) fn of_view(error: ViewError) -> Problem {
    match error {
        ViewError::NotFound => Problem::not_found(),
        ViewError::NotAllowed => Problem::new(Code::NotAllowed),
        ViewError::Stale => Problem::new(Code::RevisionStale),
        ViewError::NameTaken => Problem::new(Code::NameTaken),
        ViewError::Invalid(field, reason) => Problem::invalid(field, reason),
        ViewError::Db(error) => error.into(),
    }
}

/// A user could not be made, changed or deleted.
pub(super) fn of_user(error: ManageError) -> Problem {
    match error {
        ManageError::NotFound => Problem::not_found(),
        ManageError::Field(error) => Problem::invalid(error.field, error.reason),
        ManageError::Weak(broken) => weak("password", broken),
        ManageError::Reused => Problem::new(Code::PasswordReused),
        ManageError::Taken => Problem::new(Code::NameTaken).field("login", "taken", error),
        ManageError::LastAdministrator => Problem::new(Code::LastAdministrator),
        ManageError::Own => Problem::new(Code::OwnAccount),
        ManageError::Busy(_) => Problem::new(Code::Busy),
        ManageError::Db(error) => error.into(),
    }
}

/// Nobody was signed in.
pub(super) fn of_sign_in(error: SignInError) -> Problem {
    match error {
        SignInError::Wrong | SignInError::Locked => Problem::new(Code::SignInFailed),
        SignInError::LicenceNotAccepted => Problem::new(Code::LicenceNotAccepted),
        SignInError::SecondFactor(asked) => Problem::new(Code::SecondFactorRequired)
            .with("ticket", asked.ticket)
            .with("methods", serde_json::json!(asked.methods)),
        SignInError::Busy(_) => Problem::new(Code::Busy),
        SignInError::Db(error) => error.into(),
    }
}

/// Counts how a sign-in ended.
pub(super) fn count_sign_in<T>(state: &AppState, result: &Result<T, SignInError>) {
    state.metrics.sign_in(match result {
        Ok(_) => "ok",
        Err(SignInError::Locked) => "locked",
        Err(SignInError::Wrong) => "failed",
        Err(SignInError::LicenceNotAccepted) => "licence",
        Err(SignInError::SecondFactor(_)) => "second-factor",
        Err(_) => "error",
    });
}

/// Someone did not prove who they are before a change.
pub(super) fn of_proof(error: ProofError) -> Problem {
    match error {
        ProofError::Password => Problem::new(Code::PasswordWrong).field("current_password", "wrong", error),
        ProofError::CodeMissing => Problem::new(Code::CodeRequired).field("code", "required", error),
        ProofError::Code => Problem::new(Code::CodeWrong).field("code", "wrong", error),
        ProofError::NotRecent => Problem::new(Code::FreshSignInRequired),
        ProofError::Locked => Problem::new(Code::TooManyRequests).retry_after(600),
        ProofError::Busy(_) => Problem::new(Code::Busy),
        ProofError::Db(error) => error.into(),
    }
}

/// A second factor could not be changed.
pub(super) fn of_factor(error: factors::ChangeError) -> Problem {
    use factors::ChangeError;
    match error {
        ChangeError::NotFound => Problem::not_found(),
        ChangeError::Set => Problem::new(Code::SecondFactorSet),
        ChangeError::Code => Problem::new(Code::CodeWrong).field("code", "wrong", error),
        ChangeError::Name(error) => Problem::invalid("name", error),
        ChangeError::Refused => Problem::new(Code::PasskeyRefused),
        ChangeError::TooMany => Problem::new(Code::ValueInvalid).detail(error),
        ChangeError::Db(error) => error.into(),
    }
}

/// An identity could not be linked.
pub(super) fn of_account(error: AccountError) -> Problem {
    match error {
        AccountError::NoAccount | AccountError::LicenceNotAccepted | AccountError::NotFound => Problem::not_found(),
        AccountError::Taken => Problem::new(Code::OpenIdTaken),
        AccountError::Subject => Problem::invalid("subject", error),
        AccountError::Db(error) => error.into(),
    }
}

/// Who sees what could not be changed or told.
pub(super) fn of_access(error: AccessError) -> Problem {
    match error {
        AccessError::NotFound => Problem::not_found(),
        AccessError::User(_) => Problem::invalid("user_ids", error),
        AccessError::Node => Problem::invalid("grants", "each must be there, be yours to give, and be named once"),
        AccessError::SeesAll | AccessError::TooMany => Problem::invalid("grants", error),
        AccessError::Db(error) => error.into(),
    }
}

/// The hierarchy could not be changed.
pub(super) fn of_hierarchy(error: ChangeError) -> Problem {
    match error {
        ChangeError::NotFound => Problem::not_found(),
        ChangeError::Name(error) => Problem::invalid("name", error),
        ChangeError::Taken => Problem::new(Code::NameTaken).field("name", "taken", error),
        ChangeError::NoProvider => Problem::invalid("provider_id", error),
        ChangeError::NoReseller => Problem::invalid("reseller_id", error),
        ChangeError::Field(error) => Problem::invalid(error.field, error.reason),
        ChangeError::CodeTaken => Problem::new(Code::NameTaken).field("code", "taken", error),
        ChangeError::CodeFixed => Problem::new(Code::CustomerCodeFixed).field("code", "fixed", error),
        ChangeError::NotEmpty(what) => Problem::new(Code::NotEmpty).detail(what),
        ChangeError::Default => Problem::new(Code::DefaultCustomer),
        ChangeError::Db(error) => error.into(),
    }
}
