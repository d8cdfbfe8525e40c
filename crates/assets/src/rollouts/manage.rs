//! Starting, widening, pausing and ending a roll-out.

use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, DbErr, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, TryIntoModel as _,
};
use serde::{Deserialize, Serialize};
use vigie_db::{Database, Violation, violation};
use vigie_kernel::{Act, Granted, RolloutId};
use vigie_wire::update::is_version;

use super::{
    Files, State,
    answer::{Tried, say},
};
use crate::entity::rollout;

/// A roll-out to be started.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewRollout {
    /// The version, one of `GET /agent-releases`.
    pub version: String,
    /// Hundredths of the agents that it is for; it can grow later.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 100))]
    pub share: u8,
    /// Minutes over which agents spread their downloads.
    #[serde(default = "spread")]
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 60))]
    pub spread_minutes: u32,
    /// Minutes after which a new version that did not report is given up for the former one.
    #[serde(default = "report_within")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 1440))]
    pub report_within_minutes: u32,
}

const fn spread() -> u32 {
    30
}

const fn report_within() -> u32 {
    30
}

/// Changes of a roll-out; absent members stay.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = RolloutChanges))]
#[serde(deny_unknown_fields)]
pub struct Changes {
    /// Hundredths of the agents that it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 100))]
    pub share: Option<u8>,
    /// `running`, `paused` or `ended`. Whoever has one go on that stopped by itself forgives what failed until then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,
}

/// A roll-out could not be started or changed.
#[derive(Debug, thiserror::Error)]
pub enum RolloutError {
    /// There is no such roll-out.
    #[error("no such roll-out")]
    NotFound,
    /// A value cannot be.
    #[error("{1}")]
    Invalid(&'static str, &'static str),
    /// Another one is not over.
    #[error("another roll-out is not over: end it first")]
    Open,
    /// It is over.
    #[error("this roll-out is over")]
    Ended,
    /// The database.
    #[error(transparent)]
    Db(DbErr),
}

impl From<DbErr> for RolloutError {
    fn from(error: DbErr) -> Self {
        match violation(&error) {
            Some(Violation::Unique) => Self::Open,
            _ => Self::Db(error),
        }
    }
}

const SHARE: RolloutError = RolloutError::Invalid("share", "must be 1 to 100");

/// Starts one. `files`: what there is of the version, looked at by whoever serves it.
pub async fn start(
    db: &Database,
    _granted: Granted,
    act: Act,
    new: NewRollout,
    files: Files,
) -> Result<RolloutId, RolloutError> {
    if !is_version(&new.version) || files.is_empty() {
        return Err(RolloutError::Invalid("version", "there is no such release"));
    }
    if !(1..=100).contains(&new.share) {
        return Err(SHARE);
    }
    if new.spread_minutes > 60 {
        return Err(RolloutError::Invalid("spread_minutes", "must be at most 60"));
    }
    if !(1..=1440).contains(&new.report_within_minutes) {
        return Err(RolloutError::Invalid("report_within_minutes", "must be 1 to 1440"));
    }
    let id = RolloutId::new(act.at, &*act.rng);
    let files = serde_json::to_string(&files).map_err(|error| DbErr::Json(error.to_string()))?;
    db.write(move |tx| {
        Box::pin(async move {
            let open = rollout::Entity::find().filter(rollout::Column::Open.eq(1)).one(tx).await?;
            if open.is_some() {
                return Err(RolloutError::Open);
            }
            let row = rollout::ActiveModel {
                id: Set(id),
                version: Set(new.version.clone()),
                state: Set(State::Running.as_str().to_owned()),
                open: Set(Some(1)),
                share: Set(new.share.into()),
                spread_minutes: Set(new.spread_minutes.into()),
                report_within_minutes: Set(new.report_within_minutes.into()),
                files: Set(files),
                stopped_by: Set(String::new()),
                forgiven_failing: Set(0),
                forgiven_tried: Set(0),
                created_by: Set(act.actor.name.clone()),
                created_at: Set(act.at),
                changed_at: Set(act.at),
                ..Default::default()
            };
            rollout::Entity::insert(row).exec_without_returning(tx).await?;
            say(tx, &act, "rollout.start", id, &new.version, &serde_json::json!({ "share": new.share }));
            Ok(())
        })
    })
    .await?;
    Ok(id)
}

/// Changes one that is not over.
pub async fn change(
    db: &Database,
    _granted: Granted,
    act: Act,
    id: RolloutId,
    changes: Changes,
) -> Result<(), RolloutError> {
    if changes.share.is_some_and(|share| !(1..=100).contains(&share)) {
        return Err(SHARE);
    }
    if changes.state == Some(State::Stopped) {
        return Err(RolloutError::Invalid("state", "a roll-out stops by itself only: pause it"));
    }
    db.write(move |tx| {
        Box::pin(async move {
            let wanted = rollout::Column::Id.eq(id);
            let row = rollout::Entity::find().filter(wanted).one(tx).await?.ok_or(RolloutError::NotFound)?;
            if row.open.is_none() {
                return Err(RolloutError::Ended);
            }
            let (seq, version, before) = (row.seq, row.version.clone(), State::from_code(&row.state));
            let mut row = row.into_active_model();
            if let Some(share) = changes.share {
                row.share = Set(share.into());
            }
            if let Some(state) = changes.state.filter(|state| *state != before) {
                row.state = Set(state.as_str().to_owned());
                if state == State::Ended {
                    row.open = Set(None);
                }
                if (before, state) == (State::Stopped, State::Running) {
                    let so_far = Tried::of(tx, seq).await?;
                    let number = |it| i64::try_from(it).unwrap_or(i64::MAX);
                    row.forgiven_failing = Set(number(so_far.failing));
                    row.forgiven_tried = Set(number(so_far.all));
                    row.stopped_by = Set(String::new());
                }
            }
            if row.is_changed() {
                row.changed_at = Set(act.at);
                row.update(tx).await?.try_into_model()?;
            }
            say(tx, &act, "rollout.change", id, &version, &serde_json::to_value(&changes).unwrap_or_default());
            Ok(())
        })
    })
    .await
}
