//! The rules of roll-outs, on both engines.

use std::{collections::BTreeMap, sync::Arc};

use vigie_db::{on_both_engines, paging::Page, testing::TestDatabase};
use vigie_kernel::{Act, AgentId, RolloutId};
use vigie_wire::{
    sync::AgentStatus,
    update::{End, Report},
};

use super::*;
use crate::testing::{TestAgent, act, at, edit};

fn file() -> ReleaseFile {
    ReleaseFile { name: "f".into(), size: 9, sha256: "00".into(), signature: "signed".into() }
}

fn files() -> Files {
    BTreeMap::from([("linux-x86_64".to_owned(), file())])
}

fn new(share: u8) -> NewRollout {
    NewRollout { version: "2.0.0".into(), share, spread_minutes: 0, report_within_minutes: 30 }
}

async fn open(test: &TestDatabase) -> Arc<Open> {
    Cache::default().get(&test.db, at(0)).await.unwrap().unwrap()
}

async fn running(test: &TestDatabase, share: u8) -> RolloutId {
    start(&test.db, edit(), act(0), new(share), files()).await.unwrap()
}

fn status(version: &str, report: Option<End>) -> AgentStatus {
    let update = report.map(|end| Report { version: "2.0.0".into(), end, words: "because".into() });
    AgentStatus {
        version: version.into(),
        platform: "linux".into(),
        status: "ok".into(),
        update,
        ..AgentStatus::default()
    }
}

async fn say(test: &TestDatabase, agent: AgentId, version: &str, report: Option<End>, minutes: i64) -> Heard {
    heard(&test.db, &open(test).await, agent, &status(version, report), at(minutes)).await.unwrap()
}

async fn fetch(test: &TestDatabase, agent: AgentId, minutes: i64) -> bool {
    let open = open(test).await;
    may_fetch(&test.db, &open, agent).await.unwrap() && fetched(&test.db, &open, agent, at(minutes)).await.unwrap()
}

async fn watched(test: &TestDatabase, act: Act) -> Result<Option<(String, &'static str)>, DbErr> {
    test.db.write(move |tx| Box::pin(async move { watch(tx, &act).await })).await
}

async fn agents_of(test: &TestDatabase, count: u8) -> Vec<AgentId> {
    let mut agents = Vec::new();
    for number in 1..=count {
        agents.push(TestAgent::enrol(test, number, number).await.id);
    }
    agents
}

async fn shown(test: &TestDatabase, id: RolloutId) -> Rollout {
    one(&test.db, edit(), id).await.unwrap().unwrap()
}

on_both_engines! {
    async fn an_agent_is_offered_a_version_until_it_reports_with_it(test: TestDatabase) {
        let agent = agents_of(&test, 1).await[0];
        let id = running(&test, 100).await;
        let offer = say(&test, agent, "1.0.0", None, 1).await.offer.unwrap();
        assert_eq!((offer.version.as_str(), offer.size, offer.report_within_seconds), ("2.0.0", 9, 1800));
        let again = say(&test, agent, "1.0.0", None, 2).await;
        assert!(again.offer.is_some() && !again.news);
        assert!(fetch(&test, agent, 3).await);
        assert_eq!(shown(&test, id).await.counts.fetched, 1);
        let done = say(&test, agent, "2.0.0", None, 4).await;
        assert!(done.offer.is_none() && done.news);
        assert_eq!(shown(&test, id).await.counts, Counts { updated: 1, ..Counts::default() });
        let listed = agents(&test.db, edit(), id, &AgentFilter::default(), &Page::default()).await.unwrap().unwrap();
        assert_eq!((listed.items[0].name.as_str(), listed.items[0].ended_at), ("host1", Some(at(4))));
    }

    async fn newer_agents_and_other_kinds_of_machines_are_offered_nothing(test: TestDatabase) {
        let agent = agents_of(&test, 1).await[0];
        running(&test, 100).await;
        assert_eq!(say(&test, agent, "2.0.1", None, 1).await, Heard::default());
        let mut windows = status("1.0.0", None);
        windows.platform = "windows".into();
        let found = heard(&test.db, &open(&test).await, agent, &windows, at(2)).await.unwrap();
        assert_eq!(found, Heard::default());
    }

    async fn a_share_grows_and_keeps_those_that_it_had(test: TestDatabase) {
        let agents = agents_of(&test, 60).await;
        let id = running(&test, 30).await;
        let mut first = Vec::new();
        for agent in &agents {
            if say(&test, *agent, "1.0.0", None, 1).await.offer.is_some() {
                first.push(*agent);
            }
        }
        assert!((5..40).contains(&first.len()), "{} of 60 are thirty hundredths", first.len());
        change(&test.db, edit(), act(2), id, Changes { share: Some(100), state: None }).await.unwrap();
        for agent in &agents {
            assert!(say(&test, *agent, "1.0.0", None, 3).await.offer.is_some());
        }
        let behind = behind(&test.db, edit(), "2.0.0", &shown(&test, id).await.targets).await.unwrap();
        assert_eq!(behind, Behind { older: 60, up_to_date: 0 });
    }

    async fn a_paused_version_is_neither_offered_nor_given_out(test: TestDatabase) {
        let agent = agents_of(&test, 1).await[0];
        let id = running(&test, 100).await;
        assert!(say(&test, agent, "1.0.0", None, 1).await.offer.is_some());
        let to = |state| Changes { share: None, state: Some(state) };
        change(&test.db, edit(), act(2), id, to(State::Paused)).await.unwrap();
        assert!(say(&test, agent, "1.0.0", None, 3).await.offer.is_none());
        assert!(!fetch(&test, agent, 3).await);
        change(&test.db, edit(), act(4), id, to(State::Running)).await.unwrap();
        assert!(fetch(&test, agent, 5).await);
        assert!(!fetch(&test, AgentId::new(at(0), &*crate::testing::rng()), 5).await, "it was offered to nobody else");
        let second = start(&test.db, edit(), act(6), new(100), files()).await.unwrap_err();
        assert!(matches!(second, RolloutError::Open));
        change(&test.db, edit(), act(7), id, to(State::Ended)).await.unwrap();
        assert!(matches!(change(&test.db, edit(), act(8), id, to(State::Running)).await, Err(RolloutError::Ended)));
        running(&test, 1).await;
    }

    async fn one_refusal_stops_it_and_it_goes_on_only_when_somebody_says_so(test: TestDatabase) {
        let agents = agents_of(&test, 2).await;
        let id = running(&test, 100).await;
        assert!(say(&test, agents[0], "1.0.0", None, 1).await.offer.is_some());
        let refused = say(&test, agents[0], "1.0.0", Some(End::Refused), 2).await;
        assert!(refused.refused && refused.offer.is_none());
        assert!(!say(&test, agents[0], "1.0.0", Some(End::Refused), 3).await.refused, "it is told once");
        assert_eq!(watched(&test, act(4)).await.unwrap(), Some(("2.0.0".to_owned(), "refused")));
        assert_eq!(watched(&test, act(5)).await.unwrap(), None);
        let found = shown(&test, id).await;
        assert_eq!((found.state, found.stopped_by.as_deref()), (State::Stopped, Some("refused")));
        assert!(say(&test, agents[1], "1.0.0", None, 6).await.offer.is_none());
        change(&test.db, edit(), act(7), id, Changes { share: None, state: Some(State::Running) }).await.unwrap();
        assert_eq!(watched(&test, act(8)).await.unwrap(), None);
        assert!(say(&test, agents[1], "1.0.0", None, 9).await.offer.is_some());
        say(&test, agents[1], "1.0.0", Some(End::Refused), 10).await;
        assert_eq!(watched(&test, act(11)).await.unwrap(), Some(("2.0.0".to_owned(), "refused")));
    }

    async fn agents_that_come_back_or_fall_silent_stop_it(test: TestDatabase) {
        let agents = agents_of(&test, 4).await;
        let id = running(&test, 100).await;
        for agent in &agents {
            assert!(say(&test, *agent, "1.0.0", None, 1).await.offer.is_some());
            assert!(fetch(&test, *agent, 2).await);
        }
        say(&test, agents[0], "1.0.0", Some(End::Reverted), 40).await;
        assert_eq!(watched(&test, act(41)).await.unwrap(), None, "one machine may have troubles of its own");
        say(&test, agents[1], "2.0.0", None, 50).await;
        say(&test, agents[2], "2.0.0", None, 50).await;
        assert_eq!(watched(&test, act(91)).await.unwrap(), None, "the fourth may still report");
        assert_eq!(watched(&test, act(93)).await.unwrap(), Some(("2.0.0".to_owned(), "failing")));
        let expected = Counts { updated: 2, reverted: 1, silent: 1, ..Counts::default() };
        assert_eq!(shown(&test, id).await.counts, expected);
        assert!(say(&test, agents[3], "2.0.0", None, 95).await.news, "late is better than never");
        assert_eq!(shown(&test, id).await.counts.silent, 0);
    }

    async fn a_disk_that_is_full_is_no_fault_of_the_version(test: TestDatabase) {
        let agents = agents_of(&test, 3).await;
        let id = running(&test, 100).await;
        for agent in &agents {
            say(&test, *agent, "1.0.0", None, 1).await;
            let failed = say(&test, *agent, "1.0.0", Some(End::Failed), 2).await;
            assert!(failed.offer.is_some(), "it tries again");
        }
        assert_eq!(watched(&test, act(200)).await.unwrap(), None);
        assert_eq!(shown(&test, id).await.counts.failed, 3);
    }

    async fn what_cannot_be_is_refused(test: TestDatabase) {
        for (wrong, field) in [
            (NewRollout { share: 0, ..new(1) }, "share"),
            (NewRollout { share: 101, ..new(1) }, "share"),
            (NewRollout { version: "../x".into(), ..new(1) }, "version"),
            (NewRollout { spread_minutes: 61, ..new(1) }, "spread_minutes"),
            (NewRollout { report_within_minutes: 0, ..new(1) }, "report_within_minutes"),
        ] {
            match start(&test.db, edit(), act(0), wrong, files()).await {
                Err(RolloutError::Invalid(found, _)) => assert_eq!(found, field),
                other => panic!("{field}: {other:?}"),
            }
        }
        let none = start(&test.db, edit(), act(0), new(1), Files::new()).await;
        assert!(matches!(none, Err(RolloutError::Invalid("version", _))));
    }
}
