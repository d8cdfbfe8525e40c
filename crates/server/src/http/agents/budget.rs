//! Memory that inventories in work may take, over all requests: what does not fit is told to come back.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// The budget. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Budget {
    limit: usize,
    used: Arc<AtomicUsize>,
}

impl Budget {
    /// Of so many bytes.
    pub fn new(limit: usize) -> Self {
        Self { limit, used: Arc::default() }
    }

    /// Bytes in use.
    pub fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    /// An account that gives everything back when it is dropped.
    pub fn account(&self) -> Account {
        Account { budget: self.clone(), taken: 0 }
    }
}

/// One request's part of the budget.
#[derive(Debug)]
pub struct Account {
    budget: Budget,
    taken: usize,
}

impl Account {
    /// Takes so many bytes more. No: there is no room.
    pub fn take(&mut self, bytes: usize) -> bool {
        let limit = self.budget.limit;
        let fits = |used: usize| used.checked_add(bytes).filter(|after| *after <= limit);
        let taken = self.budget.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits).is_ok();
        if taken {
            self.taken += bytes;
        }
        taken
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        self.budget.used.fetch_sub(self.taken, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_taken_comes_back() {
        let budget = Budget::new(100);
        let mut one = budget.account();
        assert!(one.take(60));
        let mut other = budget.account();
        assert!(!other.take(60));
        assert!(other.take(40));
        assert!(!one.take(usize::MAX), "no overflow");
        drop(one);
        assert_eq!(budget.used(), 40);
        assert!(other.take(60));
    }
}
