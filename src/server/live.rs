//! Waking tablets: each process looks every moment how far the feeds of all scopes have come, and
//! tells the tablets that wait with it. So it does not matter which process has committed.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use record::DeviceId;
use tokio::sync::watch;

use crate::store::{Store, Stored, Tx};

/// How often the feeds are looked at.
const PAUSE: Duration = Duration::from_millis(500);

/// Tablets that wait with one process.
const WAITING_MAX: usize = 1_024;

/// Connections with which one tablet waits: a tab each.
const OF_ONE_MAX: usize = 8;

/// How far the feed of each scope has come.
pub type Feeds = BTreeMap<String, i64>;

/// What those who wait are told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct News {
    /// The feeds.
    pub feeds: Arc<Feeds>,
    /// The process ends, and so does their waiting.
    pub ended: bool,
}

/// Who waits with this process, and what they are told. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Live {
    news: Arc<watch::Sender<News>>,
    waiting: Arc<Mutex<BTreeMap<DeviceId, usize>>>,
}

/// A place among those who wait, until this is dropped.
#[derive(Debug)]
pub struct Place {
    live: Live,
    device: DeviceId,
}

impl Live {
    /// A place for a tablet; `None` where there is none left.
    #[must_use]
    pub fn place(&self, device: DeviceId) -> Option<Place> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = waiting.values().sum();
        let own = waiting.get(&device).copied().unwrap_or(0);
        (all < WAITING_MAX && own < OF_ONE_MAX).then(|| {
            waiting.insert(device, own + 1);
            Place {
                live: self.clone(),
                device,
            }
        })
    }

    /// What is told from now on.
    #[must_use]
    pub fn listen(&self) -> watch::Receiver<News> {
        self.news.subscribe()
    }

    /// Looks how far the feeds have come, and tells where one has come further.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn look<S: Store>(&self, store: &S) -> Stored<()> {
        let scopes = store.read().await?.scopes().await?;
        let found: Feeds = scopes
            .into_iter()
            .map(|row| (row.scope, row.feed))
            .collect();
        self.news.send_if_modified(|news| {
            let further = *news.feeds != found;
            if further {
                news.feeds = Arc::new(found);
            }
            further
        });
        Ok(())
    }

    /// Looks as long as it is let.
    pub async fn keep_looking<S: Store>(self, store: S) {
        loop {
            tokio::time::sleep(PAUSE).await;
            // Where the database is busy requests say so.
            let _busy = self.look(&store).await;
        }
    }

    /// Ends all waiting: an endpoint does not end before its answers have.
    pub fn end(&self) {
        self.news.send_modify(|news| news.ended = true);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let waiting = &self.live.waiting;
        let mut waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = waiting.get_mut(&self.device) {
            *own = own.saturating_sub(1);
        }
        waiting.retain(|_, own| *own > 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_few_and_come_back() {
        let live = Live::default();
        let tablet = |number: u8| DeviceId::from_random([number; 16]);
        let mut held: Vec<Place> = (0..OF_ONE_MAX)
            .filter_map(|_| live.place(tablet(0)))
            .collect();
        assert_eq!(held.len(), OF_ONE_MAX);
        assert!(live.place(tablet(0)).is_none());
        held.pop();
        held.push(live.place(tablet(0)).unwrap());
        for number in 1..=u8::MAX {
            held.extend((0..OF_ONE_MAX).filter_map(|_| live.place(tablet(number))));
        }
        assert_eq!(held.len(), WAITING_MAX);
        assert!(live.place(tablet(u8::MAX)).is_none());
        drop(held);
        assert!(live.waiting.lock().unwrap().is_empty());
    }
}
