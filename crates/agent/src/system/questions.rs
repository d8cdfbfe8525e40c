//! What parts of the agent ask the server over the link: numbered, so that each gets its answer.

use tokio::sync::{mpsc, oneshot};

/// A question, and where its answer goes.
pub(crate) type Asked<Q, A> = (Q, oneshot::Sender<A>);

/// Questions of one kind. At most as many are under way as there are who wait.
#[derive(Debug)]
pub(crate) struct Questions<Q, A> {
    waiting: mpsc::Receiver<Asked<Q, A>>,
    number: u64,
    asked: Vec<(u64, oneshot::Sender<A>)>,
}

impl<Q, A> Questions<Q, A> {
    pub(crate) const fn new(waiting: mpsc::Receiver<Asked<Q, A>>) -> Self {
        Self { waiting, number: 0, asked: Vec::new() }
    }

    /// The next question and its number.
    pub(crate) async fn next(&mut self) -> (u64, Q) {
        loop {
            let Some((question, sender)) = self.waiting.recv().await else { return std::future::pending().await };
            // Whoever waited may have gone.
            self.asked.retain(|(_, it)| !it.is_closed());
            if !sender.is_closed() {
                self.number += 1;
                self.asked.push((self.number, sender));
                return (self.number, question);
            }
        }
    }

    /// The server's answer.
    pub(crate) fn answered(&mut self, number: u64, answer: A) {
        if let Some(at) = self.asked.iter().position(|(it, _)| *it == number) {
            let (_, sender) = self.asked.swap_remove(at);
            let _ = sender.send(answer);
        }
    }

    /// The link is over: what was asked over it gets no answer.
    pub(crate) fn forget(&mut self) {
        self.asked.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_gets_its_answer_and_none_is_waited_for_in_vain() {
        let (sender, waiting) = mpsc::channel::<Asked<&str, u8>>(4);
        let mut questions = Questions::new(waiting);
        let (mut answers, gone) = (Vec::new(), oneshot::channel().0);
        sender.send(("gone", gone)).await.unwrap();
        for name in ["one", "two", "three"] {
            let (answer, wait) = oneshot::channel();
            sender.send((name, answer)).await.unwrap();
            answers.push(wait);
        }
        let mut numbers = Vec::new();
        for name in ["one", "two", "three"] {
            let (number, question) = questions.next().await;
            assert_eq!(question, name);
            numbers.push(number);
        }
        questions.answered(numbers[1], 2);
        questions.answered(numbers[0], 1);
        questions.answered(99, 9);
        questions.forget();
        let mut heard = Vec::new();
        for wait in answers {
            heard.push(wait.await.ok());
        }
        assert_eq!(heard, [Some(1), Some(2), None]);
    }
}
