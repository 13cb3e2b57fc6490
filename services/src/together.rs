//! Answering together what is asked at the same time.
//!
//! When the gates open, hundreds of questions come in each second, and a statement or even a transaction for each would
//! cost Postgres most of its time. So whatever waits while others are being answered is answered with its neighbours, by
//! one statement. A question that comes alone is answered at once.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::{Notify, oneshot};
use tracing::Instrument as _;

use crate::Error;

/// How long the questions wait for company after several were answered together. Those who got their answers come again
/// at nearly the same time: without this, the first of them goes alone and all others wait until it is answered.
const GATHERING: Duration = Duration::from_millis(1);

/// Takes the questions of all requests; cheap to clone.
pub(crate) struct Together<Q, A>(Arc<Shared<Q, A>>);

struct Shared<Q, A> {
    /// The most weight that is answered at once.
    most: usize,
    waiting: Mutex<Waiting<Q, A>>,
    /// So many wait as the worker gathers.
    are_gathered: Notify,
}

struct Waiting<Q, A> {
    questions: VecDeque<Asked<Q, A>>,
    /// Whether a worker is on duty. One is faster than two: while it waits for Postgres, more questions come together.
    is_attended: bool,
    /// How many the worker gathers before it goes on.
    gathered: Option<usize>,
}

/// A question, and who waits for its answer.
struct Asked<Q, A> {
    question: Q,
    weight: usize,
    answer: oneshot::Sender<A>,
}

impl<Q, A> Clone for Together<Q, A> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<Q, A> Together<Q, A> {
    /// Answers questions of this weight at most at once. A question that is heavier by itself is answered alone.
    pub fn of_at_most(most: usize) -> Self {
        let waiting = Waiting { questions: VecDeque::new(), is_attended: false, gathered: None };
        Self(Arc::new(Shared { most, waiting: Mutex::new(waiting), are_gathered: Notify::new() }))
    }

    fn lock(&self) -> MutexGuard<'_, Waiting<Q, A>> {
        // What is under the lock cannot be left half changed.
        self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a question wait; a worker when there is none.
    fn enter(&self, asked: Asked<Q, A>) -> Option<Worker<Q, A>> {
        let mut waiting = self.lock();
        waiting.questions.push_back(asked);
        if waiting.gathered.is_some_and(|gathered| waiting.questions.len() >= gathered) {
            self.0.are_gathered.notify_one();
        }
        (!std::mem::replace(&mut waiting.is_attended, true)).then(|| Worker { at: self.clone(), is_on_duty: true })
    }
}

impl<Q: Send + 'static, A: Send + 'static> Together<Q, A> {
    /// Asks a question of some weight. `answer` gives an answer to each question that it gets, in their order; whose it is
    /// that is called does not matter, so each asker brings the same. It
    /// lives while its worker is on duty: what it holds, it has at hand from one answer to the next.
    ///
    /// The work is done by a task of its own: once begun, it ends, whoever still listens.
    ///
    /// # Errors
    /// [`Error::Internal`] when the answering fell.
    pub async fn ask<F>(&self, question: Q, weight: usize, answer: impl Fn(Vec<Q>) -> F + Send + 'static) -> Result<A, Error>
    where
        F: Future<Output = Vec<A>> + Send + 'static,
    {
        let (sender, answered) = oneshot::channel();
        if let Some(worker) = self.enter(Asked { question, weight, answer: sender }) {
            // The log lines belong to the request that woke the worker.
            tokio::spawn(worker.work(answer).in_current_span());
        }
        answered.await.map_err(|gone| Error::Internal(gone.into()))
    }
}

struct Worker<Q, A> {
    at: Together<Q, A>,
    is_on_duty: bool,
}

impl<Q, A> Worker<Q, A> {
    async fn work<F: Future<Output = Vec<A>>>(mut self, answer: impl Fn(Vec<Q>) -> F) {
        while let Some((questions, askers)) = self.next() {
            let answered = askers.len();
            for (asker, answer) in askers.into_iter().zip(answer(questions).await) {
                // Whoever asked may have gone.
                let _ = asker.send(answer);
            }
            if answered > 1 {
                self.gather(answered).await;
            }
        }
    }

    /// Waits until as many have come as were answered, but not for long.
    async fn gather(&self, answered: usize) {
        {
            let mut waiting = self.at.lock();
            if waiting.questions.len() >= answered {
                return;
            }
            waiting.gathered = Some(answered);
        }
        let _ = tokio::time::timeout(GATHERING, self.at.0.are_gathered.notified()).await;
        self.at.lock().gathered = None;
    }

    /// The questions that wait, as many as go together, and who asked them. With none left, the worker is off duty: found
    /// and told under one lock, so that no question waits for a worker that has gone.
    fn next(&mut self) -> Option<(Vec<Q>, Vec<oneshot::Sender<A>>)> {
        let mut waiting = self.at.lock();
        let (mut questions, mut askers, mut weight) = (Vec::new(), Vec::new(), 0);
        while let Some(asked) = waiting.questions.front() {
            weight += asked.weight;
            if !questions.is_empty() && weight > self.at.0.most {
                break;
            }
            if let Some(asked) = waiting.questions.pop_front() {
                questions.push(asked.question);
                askers.push(asked.answer);
            }
        }
        if questions.is_empty() {
            waiting.is_attended = false;
            self.is_on_duty = false;
            return None;
        }
        Some((questions, askers))
    }
}

impl<Q, A> Drop for Worker<Q, A> {
    fn drop(&mut self) {
        if self.is_on_duty {
            self.at.lock().is_attended = false;
        }
    }
}

/// Why one of many that were answered together has no answer: an [`Error`] that all can be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    NotFound,
    Unavailable,
    /// The reason stands in the log.
    Failed,
}

impl Fault {
    /// What an error is to each; the log keeps the reason. `undone`: what was not done, for the log.
    pub fn of(error: &Error, undone: &'static str) -> Self {
        match error {
            Error::NotFound => Self::NotFound,
            Error::Unavailable(source) => {
                tracing::warn!(error = %source, undone, "nobody who asked got an answer");
                Self::Unavailable
            }
            other => {
                tracing::error!(error = %other, undone, "nobody who asked got an answer");
                Self::Failed
            }
        }
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::NotFound => Self::NotFound,
            Fault::Unavailable => Self::Unavailable("what was asked together cannot be answered now".into()),
            Fault::Failed => Self::Internal("what was asked together was not answered".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// Tells each asker which questions were answered together with its own.
    async fn answered_with(questions: Vec<u32>) -> Vec<Vec<u32>> {
        tokio::time::sleep(Duration::from_secs(1)).await;
        questions.iter().map(|_| questions.clone()).collect()
    }

    async fn ask_all(at: &Together<u32, Vec<u32>>, questions: &[(u32, usize)]) -> Vec<Vec<u32>> {
        let mut asked = Vec::new();
        for &(question, weight) in questions {
            let at = at.clone();
            asked.push(tokio::spawn(async move { at.ask(question, weight, answered_with).await.unwrap() }));
            // In this order.
            tokio::task::yield_now().await;
        }
        let mut answers = Vec::new();
        for asker in asked {
            answers.push(asker.await.unwrap());
        }
        answers
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_is_answered_at_once_and_those_that_waited_together() {
        let at = Together::of_at_most(10);
        let answers = tokio::join!(at.ask(1, 1, answered_with), async {
            tokio::time::sleep(Duration::from_millis(500)).await;
            ask_all(&at, &[(2, 1), (3, 1)]).await
        });
        assert_eq!(answers.0.unwrap(), [1]);
        assert_eq!(answers.1, [[2, 3], [2, 3]]);
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_are_answered_at_once_than_may_be_but_one_that_is_heavier_by_itself() {
        let at = Together::of_at_most(3);
        let _first = tokio::spawn({
            let at = at.clone();
            async move { at.ask(0, 1, answered_with).await }
        });
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert_eq!(ask_all(&at, &[(1, 2), (2, 1), (3, 9), (4, 1)]).await, [vec![1, 2], vec![1, 2], vec![3], vec![4]]);
    }

    #[tokio::test(start_paused = true)]
    async fn after_answering_fell_the_next_question_is_answered() {
        let at = Together::of_at_most(3);
        let fell = at.ask(1, 1, |_: Vec<u32>| async { panic!("the answering falls") }).await;
        assert!(matches!(fell, Err(Error::Internal(_))));
        assert_eq!(at.ask(2, 1, answered_with).await.unwrap(), [2]);
    }

    /// As [`answered_with`], but the answering takes no time, and tells when it was done.
    async fn answered_when(questions: Vec<u32>) -> Vec<(Vec<u32>, tokio::time::Instant)> {
        tokio::task::yield_now().await;
        questions.iter().map(|_| (questions.clone(), tokio::time::Instant::now())).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn after_several_were_answered_the_next_waits_for_as_many_and_no_longer_than_a_moment() {
        let at = Together::of_at_most(10);
        let ask = |question| {
            let at = at.clone();
            tokio::spawn(async move { at.ask(question, 1, answered_when).await.unwrap() })
        };
        // The first wakes the worker; the two that come meanwhile go together.
        let (first, second, third) = (ask(0), ask(1), ask(2));
        assert_eq!(first.await.unwrap().0, [0, 1, 2]);
        let (_, _) = (second.await.unwrap(), third.await.unwrap());
        let began = tokio::time::Instant::now();
        let (answered, at_once) = ask(3).await.unwrap();
        assert_eq!((answered, at_once - began), (vec![3], GATHERING), "it waits for company, but not longer");
        let began = tokio::time::Instant::now();
        let (answered, at_once) = ask(4).await.unwrap();
        assert_eq!((answered, at_once - began), (vec![4], Duration::ZERO), "after one alone nobody waits");
    }

    #[tokio::test(start_paused = true)]
    async fn as_many_as_were_answered_go_on_together_at_once() {
        let at = Together::of_at_most(10);
        let ask = |question| {
            let at = at.clone();
            tokio::spawn(async move { at.ask(question, 1, answered_when).await.unwrap() })
        };
        for asker in [ask(0), ask(1), ask(2)] {
            asker.await.unwrap();
        }
        let began = tokio::time::Instant::now();
        for asker in [ask(3), ask(4), ask(5)] {
            let (answered, at) = asker.await.unwrap();
            assert_eq!((answered, at - began), (vec![3, 4, 5], Duration::ZERO));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_fault_reaches_all_who_asked_together() {
        let at = Together::<u32, Result<(), Fault>>::of_at_most(10);
        let fails = |questions: Vec<u32>| async move {
            tokio::time::sleep(Duration::from_secs(1)).await;
            vec![Err(Fault::of(&Error::Unavailable("the store is gone".into()), "testing")); questions.len()]
        };
        let (first, second, third) = tokio::join!(at.ask(1, 1, fails), at.ask(2, 1, fails), at.ask(3, 1, fails));
        for answer in [first, second, third] {
            assert_eq!(answer.unwrap(), Err(Fault::Unavailable));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_fall_of_the_answering_reaches_all_who_asked_together() {
        let at = Together::of_at_most(10);
        let falls = |questions: Vec<u32>| async move {
            tokio::time::sleep(Duration::from_secs(1)).await;
            if questions.len() > 1 { panic!("the answering falls") } else { questions }
        };
        let (first, second, third) = tokio::join!(at.ask(1, 1, falls), at.ask(2, 1, falls), at.ask(3, 1, falls));
        // The spawned worker has begun only after all three were asked.
        for answer in [first, second, third] {
            assert!(matches!(answer, Err(Error::Internal(_))), "{answer:?}");
        }
        assert_eq!(at.ask(4, 1, falls).await.unwrap(), 4);
    }
}
