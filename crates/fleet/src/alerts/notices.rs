//! Notices: what the bell tells of, for subscriptions that want it told elsewhere, too. They wait with the alerts and are in
//! the same messages; what happens again before a message leaves is counted, not told again.

use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, DbErr, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _,
};
use serde::{Deserialize, Serialize};
use vigie_db::Tx;
use vigie_kernel::Timestamp;

use super::{
    news::alone,
    subscriptions::{self, AlertSubscription},
};
use crate::entity::{alert_subscription, alert_waiting};

/// What `alert_waiting.event` says of a notice.
const EVENT: &str = "notice";

/// What a notice is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum NoticeKind {
    /// Machines wait for somebody's decision.
    PendingEquipment,
    /// Two machines report under one identity.
    Clone,
    /// The roll-out of a version of the agent stopped by itself.
    AgentUpdate,
}

impl NoticeKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::PendingEquipment, Self::Clone, Self::AgentUpdate];

    /// Its code, the same as the bell's.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PendingEquipment => "pending-equipment",
            Self::Clone => "clone",
            Self::AgentUpdate => "agent-update",
        }
    }
}

/// Something that happened, to be told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Notice {
    /// What it is about.
    pub kind: NoticeKind,
    /// How often it happened.
    pub count: u64,
    /// When it happened last.
    pub at: Timestamp,
    /// More: of `agent-update` the `version` and the `reason`.
    pub data: serde_json::Value,
}

impl AlertSubscription {
    /// Whether one is told of such a notice. It is of all customers together: who wants some of them does not hear it.
    fn wants_notice(&self, kind: NoticeKind) -> bool {
        self.is_on && self.filter.customers.is_empty() && self.filter.notices.contains(&kind)
    }
}

/// Raises a notice, in the transaction of what it is about.
pub async fn raise(
    tx: &Tx,
    now: Timestamp,
    kind: NoticeKind,
    count: u64,
    data: &serde_json::Value,
) -> Result<(), DbErr> {
    let all = alert_subscription::Entity::find().all(tx).await?;
    let wants: Vec<_> =
        all.into_iter().map(subscriptions::view).filter(|it| it.wants_notice(kind) && it.wants_at(now)).collect();
    if wants.is_empty() {
        return Ok(());
    }
    alone(tx).await?;
    for subscription in wants {
        let waiting = alert_waiting::Entity::find()
            .filter(alert_waiting::Column::SubscriptionId.eq(subscription.id))
            .filter(alert_waiting::Column::Notice.is_not_null())
            .all(tx)
            .await?;
        let same = waiting.into_iter().find_map(|row| {
            let notice = of(&row).filter(|it| it.kind == kind && it.data == *data)?;
            Some((row, notice))
        });
        let before = same.as_ref().map_or(0, |(_, notice)| notice.count);
        let notice = Notice { kind, count: before.saturating_add(count), at: now, data: data.clone() };
        let text = serde_json::to_string(&notice).map_err(|error| DbErr::Json(error.to_string()))?;
        if let Some((row, _)) = same {
            let mut row = row.into_active_model();
            row.at = Set(now);
            row.notice = Set(Some(text));
            row.update(tx).await?;
        } else {
            let row = alert_waiting::ActiveModel {
                subscription_id: Set(subscription.id),
                alert_id: Set(None),
                event: Set(EVENT.to_owned()),
                at: Set(now),
                notice: Set(Some(text)),
                ..Default::default()
            };
            alert_waiting::Entity::insert(row).exec_without_returning(tx).await?;
        }
    }
    Ok(())
}

/// The notice that waits in a row; none: an alert does.
pub(super) fn of(row: &alert_waiting::Model) -> Option<Notice> {
    serde_json::from_str(row.notice.as_deref()?).ok()
}
