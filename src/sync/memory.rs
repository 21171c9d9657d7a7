//! Storage in memory: for tests, the simulator and the endpoint's tests. Shared by its clones, as
//! reopening a database would find it; fails or waits at the n-th call on demand.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::storage::{self, Batch, Storage, StorageError, Store, Wanted};

type Records = BTreeMap<String, (Option<String>, Vec<u8>)>;

/// When a planted fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strike {
    /// Before the call has any effect.
    Before,
    /// After its effect: the caller cannot know that it was done.
    After,
}

/// A fault to come.
#[derive(Clone, Debug)]
pub struct Fault {
    /// How many calls still succeed before it.
    pub after_calls: u32,
    /// When it strikes.
    pub strike: Strike,
    /// What is answered.
    pub error: StorageError,
}

/// A call to come that waits once, as those of a browser's database do: what else goes on meanwhile
/// comes in between ([`run_while`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pause {
    /// How many calls still come before it.
    pub after_calls: u32,
    /// When it waits.
    pub strike: Strike,
}

#[derive(Debug, Default)]
struct Shared {
    stores: RefCell<BTreeMap<Store, Records>>,
    fault: RefCell<Option<Fault>>,
    pause: Cell<Option<Pause>>,
    calls: Cell<u32>,
}

/// Storage in memory.
#[derive(Clone, Debug, Default)]
pub struct Memory(Rc<Shared>);

impl Memory {
    /// Empty storage.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Plants a fault, or takes it away. Answers the one before, if it has not struck.
    pub fn set_fault(&self, fault: Option<Fault>) -> Option<Fault> {
        self.0.fault.replace(fault)
    }

    /// Whether a fault is planted that has not struck.
    #[must_use]
    pub fn has_fault(&self) -> bool {
        self.0.fault.borrow().is_some()
    }

    /// Plans a pause, or takes it away. Answers the one before, if it has not come.
    pub fn set_pause(&self, pause: Option<Pause>) -> Option<Pause> {
        self.0.pause.replace(pause)
    }

    /// Calls so far.
    #[must_use]
    pub fn calls(&self) -> u32 {
        self.0.calls.get()
    }

    /// An independent copy of all records: a cloned tablet, or a backup.
    #[must_use]
    pub fn copy(&self) -> Self {
        let copy = Self::new();
        copy.0.stores.replace(self.0.stores.borrow().clone());
        copy
    }

    /// Whether both are handles of one storage, as two pages over one database.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }

    /// All records of a store, to be searched for what should not be there.
    #[must_use]
    pub fn dump(&self, store: Store) -> Vec<(String, Vec<u8>)> {
        let stores = self.0.stores.borrow();
        let records = stores.get(&store).into_iter().flatten();
        records
            .map(|(key, (_, value))| (key.clone(), value.clone()))
            .collect()
    }

    /// The fault that strikes this call, if it is its turn.
    fn turn(&self) -> Option<Fault> {
        self.0.calls.set(self.0.calls.get().saturating_add(1));
        let mut slot = self.0.fault.borrow_mut();
        let fault = slot.as_mut()?;
        match fault.after_calls.checked_sub(1) {
            Some(left) => {
                fault.after_calls = left;
                None
            }
            None => slot.take(),
        }
    }

    /// When this call waits, if it is its turn.
    fn pauses(&self) -> Option<Strike> {
        let pause = self.0.pause.take()?;
        let Some(left) = pause.after_calls.checked_sub(1) else {
            return Some(pause.strike);
        };
        self.0.pause.set(Some(Pause {
            after_calls: left,
            ..pause
        }));
        None
    }

    fn find(&self, store: Store, wanted: &Wanted) -> storage::Records {
        let stores = self.0.stores.borrow();
        let records = stores.get(&store).into_iter();
        let named =
            |(key, (_, value)): (&String, &(Option<String>, Vec<u8>))| (key.clone(), value.clone());
        match wanted {
            Wanted::Key(key) => records
                .filter_map(|records| records.get_key_value(key))
                .map(named)
                .collect(),
            Wanted::Range { from, to, .. } | Wanted::Keys { from, to } if from >= to => Vec::new(),
            Wanted::Range { from, to, limit } => records
                .flat_map(|records| records.range(from.clone()..to.clone()))
                .take(usize::try_from(*limit).unwrap_or(usize::MAX))
                .map(named)
                .collect(),
            Wanted::Keys { from, to } => records
                .flat_map(|records| records.range(from.clone()..to.clone()))
                .map(|(key, _)| (key.clone(), Vec::new()))
                .collect(),
            Wanted::Group(group) => records
                .flatten()
                .filter(|(_, (of, _))| of.as_ref() == Some(group))
                .map(named)
                .collect(),
        }
    }

    fn write(&self, batch: Batch) -> Result<(), StorageError> {
        let mut stores = self.0.stores.borrow_mut();
        for expect in &batch.expect {
            let found = stores
                .get(&expect.store)
                .and_then(|records| records.get(&expect.key))
                .map(|(_, value)| value);
            if found != expect.value.as_ref() {
                return Err(StorageError::Conflict);
            }
        }
        for (store, key) in batch.delete {
            stores.entry(store).or_default().remove(&key);
        }
        for put in batch.put {
            let records = stores.entry(put.store).or_default();
            records.insert(put.key, (put.group, put.value));
        }
        Ok(())
    }
}

impl Storage for Memory {
    async fn read(
        &self,
        wanted: Vec<(Store, Wanted)>,
    ) -> Result<Vec<storage::Records>, StorageError> {
        let pause = self.pauses();
        wait_once(pause == Some(Strike::Before)).await;
        if let Some(fault) = self.turn() {
            return Err(fault.error);
        }
        let answer = |(store, wanted): &(Store, Wanted)| self.find(*store, wanted);
        let answers = wanted.iter().map(answer).collect();
        wait_once(pause == Some(Strike::After)).await;
        Ok(answers)
    }

    async fn commit(&self, batch: Batch) -> Result<(), StorageError> {
        let pause = self.pauses();
        wait_once(pause == Some(Strike::Before)).await;
        let done = match self.turn() {
            Some(fault) if fault.strike == Strike::Before => Err(fault.error),
            Some(fault) => self.write(batch).and(Err(fault.error)),
            None => self.write(batch),
        };
        wait_once(pause == Some(Strike::After)).await;
        done
    }
}

async fn wait_once(mut waits: bool) {
    core::future::poll_fn(|_| {
        if core::mem::take(&mut waits) {
            core::task::Poll::Pending
        } else {
            core::task::Poll::Ready(())
        }
    })
    .await;
}

/// Runs a future that never waits for anything outside, as those over [`Memory`] do.
///
/// Returns `None` where it waits after all.
pub fn run<F: Future>(future: F) -> Option<F::Output> {
    let mut future = core::pin::pin!(future);
    poll(future.as_mut())
}

/// Runs a future over [`Memory`] in which a [`Pause`] may come: then `meanwhile` happens, and it
/// goes on.
///
/// Returns `None` where it waits a second time.
pub fn run_while<F: Future>(future: F, meanwhile: impl FnOnce()) -> Option<F::Output> {
    let mut future = core::pin::pin!(future);
    poll(future.as_mut()).or_else(|| {
        meanwhile();
        poll(future)
    })
}

fn poll<F: Future>(future: core::pin::Pin<&mut F>) -> Option<F::Output> {
    let mut context = core::task::Context::from_waker(core::task::Waker::noop());
    match future.poll(&mut context) {
        core::task::Poll::Ready(output) => Some(output),
        core::task::Poll::Pending => None,
    }
}
