//! Looks at each condition when it is its turn. What it saw goes to whoever keeps the link, with the time.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use tokio::{
    sync::{mpsc, watch},
    task::{Id, JoinSet},
    time::{Instant, sleep_until},
};
use vigie_kernel::{Clock as _, SystemClock, Timestamp};

use super::{
    look::{Means, log::Memory, look, units},
    state::Seen,
};
use crate::{
    profile::{Condition, Conditions, Look},
    system::host,
};

/// Services that are due within this time are asked for together.
const TOGETHER: Duration = Duration::from_secs(5);

/// What a look saw.
#[derive(Debug)]
pub(crate) struct Observation {
    pub(crate) key: String,
    pub(crate) seen: Seen,
    /// When: by the clock, and by the time since the machine began.
    pub(crate) at: Timestamp,
    pub(crate) up: Duration,
    /// What is known of a log from now on.
    pub(crate) log: Option<Memory>,
}

impl Observation {
    fn now(key: &str, seen: Seen, log: Option<Memory>) -> Self {
        Self { key: key.to_owned(), seen, at: SystemClock.now(), up: host::uptime(), log }
    }
}

/// What is to be looked at. A change of the number has everything looked at at once.
#[derive(Debug, Clone, Default)]
pub(crate) struct Task {
    pub(crate) conditions: Conditions,
    pub(crate) number: u64,
}

struct Turn {
    condition: Condition,
    due: Instant,
    is_looked_at: bool,
}

/// Works until nobody wants to know any more. Without conditions it sleeps.
pub(crate) async fn work(
    mut task: watch::Receiver<Task>,
    mut logs: BTreeMap<String, Memory>,
    told: mpsc::Sender<Observation>,
) {
    let means = Means::default();
    let mut turns: BTreeMap<String, Turn> = BTreeMap::new();
    let mut looks: JoinSet<Vec<(String, Option<Memory>)>> = JoinSet::new();
    let mut under_way: HashMap<Id, Vec<String>> = HashMap::new();
    loop {
        let next = turns.values().filter(|turn| !turn.is_looked_at).map(|turn| turn.due).min();
        tokio::select! {
            changed = task.changed() => {
                if changed.is_err() {
                    return;
                }
                let conditions = task.borrow_and_update().conditions.clone();
                let before = std::mem::take(&mut turns);
                turns = conditions
                    .iter()
                    .filter(|it| !matches!(it.look, Look::Clock { .. }))
                    .map(|condition| {
                        let is_looked_at = before.get(&condition.key).is_some_and(|turn| turn.is_looked_at);
                        let turn = Turn { condition: condition.clone(), due: Instant::now(), is_looked_at };
                        (condition.key.clone(), turn)
                    })
                    .collect();
                logs.retain(|key, _| turns.contains_key(key));
            }
            Some(done) = looks.join_next_with_id() => {
                let (id, memories) = match done {
                    Ok((id, memories)) => (id, memories),
                    Err(error) => (error.id(), Vec::new()),
                };
                logs.extend(memories.into_iter().filter_map(|(key, memory)| Some((key, memory?))));
                for key in under_way.remove(&id).unwrap_or_default() {
                    if let Some(turn) = turns.get_mut(&key) {
                        turn.is_looked_at = false;
                    }
                }
            }
            () = sleep_until(next.unwrap_or_else(Instant::now)), if next.is_some() => {
                let now = Instant::now();
                let is_unit = |turn: &Turn| matches!(turn.condition.look, Look::Unit { .. });
                let mut start = |conditions: Vec<Condition>| {
                    let keys: Vec<_> = conditions.iter().map(|it| it.key.clone()).collect();
                    let log = keys.first().and_then(|key| logs.get(key)).cloned();
                    under_way.insert(looks.spawn(run(conditions, log, means.clone(), told.clone())).id(), keys);
                };
                for turn in turns.values_mut().filter(|turn| !is_unit(turn) && turn.is_due(now)) {
                    start(vec![turn.begin(now)]);
                }
                if turns.values().any(|turn| is_unit(turn) && turn.is_due(now)) {
                    let due = turns.values_mut().filter(|turn| is_unit(turn) && turn.is_due(now + TOGETHER));
                    start(due.map(|turn| turn.begin(now)).collect());
                }
            }
        }
    }
}

impl Turn {
    fn is_due(&self, now: Instant) -> bool {
        !self.is_looked_at && self.due <= now
    }

    fn begin(&mut self, now: Instant) -> Condition {
        self.is_looked_at = true;
        self.due = now + self.condition.every;
        self.condition.clone()
    }
}

/// One condition with what is known of its log, or services.
async fn run(
    conditions: Vec<Condition>,
    log: Option<Memory>,
    means: Means,
    told: mpsc::Sender<Observation>,
) -> Vec<(String, Option<Memory>)> {
    let saw: Vec<Observation> = match &conditions[..] {
        [one] => {
            let (seen, log) = look(one, log, &means).await;
            vec![Observation::now(&one.key, seen, log)]
        }
        services => {
            let seen = units(services, &means).await;
            services.iter().zip(seen).map(|(it, seen)| Observation::now(&it.key, seen, None)).collect()
        }
    };
    let mut memories = Vec::new();
    for it in saw {
        memories.push((it.key.clone(), it.log.clone()));
        // Nobody listens when the process ends.
        let _ = told.send(it).await;
    }
    memories
}
