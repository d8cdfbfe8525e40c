//! Both ends of a link: whatever the other end says, however it is cut, memory stays bounded and nothing panics.
#![no_main]

use std::time::Duration;

use vigie_kernel::Timestamp;
use vigie_wire::link::{
    WINDOW,
    agent::{Agent, Spool},
    frame::LONGEST,
    message::{About, NoteBody},
    server::{Event, Server},
};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((cut, bytes)) = data.split_first() else { return };
    let cut = usize::from(*cut) + 1;
    let mut spool = Spool::new(7);
    for _ in 0..3 {
        spool.add(Timestamp::from_millis(0), NoteBody::About(About::default()));
    }
    let mut agent = Agent::open(About::default(), &spool, Duration::ZERO);
    let mut server = Server::open(Duration::ZERO);
    let mut notes = 0;
    for (at, piece) in bytes.chunks(cut).enumerate() {
        let now = Duration::from_millis(at as u64 * 100);
        agent.received(piece, &mut spool, now);
        server.received(piece, now);
        while let Some(event) = server.next_event() {
            match event {
                Event::Hello { about, .. } => {
                    assert!(about.name.chars().count() <= 200);
                    assert!(about.certificates.len() <= 50);
                    server.welcome(0, Timestamp::from_millis(0));
                }
                Event::Heartbeat { number } => server.alive(number, Timestamp::from_millis(0)),
                Event::Note(_) => notes += 1,
                Event::Lost(_)
                | Event::Standing { .. }
                | Event::SignInAgain
                | Event::Synchronise(_)
                | Event::WantToken { .. }
                | Event::WantCertificate { .. }
                | Event::Ordered { .. }
                | Event::Ended(_) => {}
            }
        }
        while agent.next_event().is_some() {}
        assert!(agent.take_output().len() <= LONGEST && server.take_output().len() <= LONGEST);
        agent.tick(now);
        server.tick(now);
    }
    assert!(notes <= WINDOW, "nothing was said to be stored");
    assert!(spool.kept().count() <= 3);
});
