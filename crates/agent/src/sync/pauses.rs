//! How long to wait before the next try: growing, with chance in it so that thousands of agents do not return at once.

use std::time::Duration;

use vigie_kernel::Rng;

/// A row of pauses.
#[derive(Debug, Clone)]
pub struct Pauses {
    next: Duration,
    longest: Duration,
}

impl Pauses {
    /// Begins with about `first`, doubles each time, ends at about `longest`.
    pub const fn new(first: Duration, longest: Duration) -> Self {
        Self { next: first, longest }
    }

    /// The next pause: from nothing to its length. Spreads those who lost their server at once over all the time there is.
    pub fn spread(&mut self, asked: Option<Duration>, rng: &dyn Rng) -> Duration {
        let own = share(self.next, rng);
        self.next = (self.next * 2).min(self.longest);
        // Those who are told to come back at one time would do so together.
        asked.map_or(own, |asked| own.max(asked + share((asked / 10).max(Duration::from_secs(1)), rng)))
    }

    /// The next pause: from half to one and a half of its length. A server that asks for longer is obeyed, with up to a
    /// tenth on top.
    pub fn next(&mut self, asked: Option<Duration>, rng: &dyn Rng) -> Duration {
        let own = self.next / 2 + share(self.next, rng);
        self.next = (self.next * 2).min(self.longest);
        match asked {
            Some(asked) if asked >= own => asked + share(asked / 10, rng),
            _ => own,
        }
    }
}

fn share(of: Duration, rng: &dyn Rng) -> Duration {
    Duration::from_millis(rng.below(u64::try_from(of.as_millis()).unwrap_or(u64::MAX)))
}

#[cfg(test)]
mod tests {
    use vigie_kernel::random::SequenceRng;

    use super::*;

    #[test]
    fn pauses_grow_to_their_end_and_differ_between_agents() {
        let mut pauses = Pauses::new(Duration::from_secs(10), Duration::from_mins(1));
        let rng = SequenceRng::new(1);
        let taken: Vec<_> = (0..5).map(|_| pauses.next(None, &rng).as_millis()).collect();
        for (pause, about) in taken.iter().zip([10_000, 20_000, 40_000, 60_000, 60_000]) {
            assert!((about / 2..=about + about / 2).contains(pause), "{taken:?}");
        }
        let other = Pauses::new(Duration::from_secs(10), Duration::from_mins(1)).next(None, &SequenceRng::new(2));
        assert_ne!(taken[0], other.as_millis());
    }

    #[test]
    fn spread_pauses_fill_their_length_and_honour_the_server() {
        let rng = SequenceRng::new(3);
        let first: Vec<_> = (0..200)
            .map(|_| Pauses::new(Duration::from_secs(1), Duration::from_mins(1)).spread(None, &rng).as_millis())
            .collect();
        assert!(first.iter().all(|pause| *pause < 1000) && first.iter().any(|it| *it < 100));
        let mut pauses = Pauses::new(Duration::from_secs(1), Duration::from_mins(1));
        assert!((0..40).all(|_| pauses.spread(None, &rng) <= Duration::from_mins(1)));
        assert!(pauses.spread(Some(Duration::from_mins(5)), &rng) >= Duration::from_mins(5));
    }

    #[test]
    fn a_server_that_asks_for_longer_is_obeyed() {
        let mut pauses = Pauses::new(Duration::from_secs(1), Duration::from_mins(1));
        let pause = pauses.next(Some(Duration::from_mins(10)), &SequenceRng::new(1));
        assert!((600..=660).contains(&pause.as_secs()), "{pause:?}");
    }
}
