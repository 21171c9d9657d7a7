//! Acts that are recorded: by themselves, and while a reply is taken in.

use record::{Attachment, CaseId, ScopeId};
use sync::memory::{Pause, Strike};
use sync::storage::StorageError;
use sync::tablet::{ApplyError, RecordError, TabletError};
use sync::wire::attachment::Named;

use crate::desk::{Desk, LOCKED, Taken};
use crate::endpoint::PERSONS;
use crate::figures::Fault;
use crate::invariants::Broken;
use crate::world::{Back, CASES, Recorded, Saved, World, case_of};

/// How many calls of its storage a tablet makes before it waits in the middle of a reply, at most.
const CALLS_MAX: u32 = 12;

/// A deed about to be recorded.
struct Writing {
    case: CaseId,
    scope: ScopeId,
    texts: Vec<String>,
    /// A newer app writes it.
    newer: bool,
    photo: Option<Attachment>,
}

/// What was answered: the places of the entries in their stream.
type Answered = Result<Vec<String>, RecordError>;

impl Writing {
    fn record(&self, desk: &Desk, now_ms: i64) -> Answered {
        let kind = if self.newer { "newer.kind" } else { "noted" };
        let photos = self.photo.iter().cloned().collect();
        desk.record((self.case, self.scope), kind, (&self.texts, photos), now_ms)
    }
}

impl World {
    /// Somebody records a deed on a tablet.
    pub(crate) fn record(&mut self) -> Result<(), Broken> {
        let at = self.any();
        let turn = self.rng.usize(..PERSONS.len());
        if let Some(desk) = self.desks.get_mut(at) {
            desk.switch(turn);
        }
        if self.rng.u32(..3) == 0 {
            self.let_in(at)?;
        }
        let planted = self.plant(at);
        let writing = self.writing();
        let now_ms = self.host.now_ms();
        let Some(desk) = self.desks.get(at) else {
            return Ok(());
        };
        let recorded = writing.record(desk, now_ms);
        self.note(at, &writing, &recorded, planted);
        self.recover(at, planted, recorded.is_err());
        Ok(())
    }

    fn writing(&mut self) -> Writing {
        let (case, scope) = case_of(self.rng.u8(..CASES));
        let count = if self.rng.u32(..4) == 0 {
            self.rng.usize(2..=4)
        } else {
            1
        };
        Writing {
            case,
            scope,
            texts: (0..count).map(|_| self.text()).collect(),
            newer: self.is_turn_of(Fault::NewerVersion, 4),
            photo: (self.rng.u32(..4) == 0).then(|| self.photo()),
        }
    }

    /// Takes note of what is not to be lost.
    fn note(&mut self, at: usize, writing: &Writing, recorded: &Answered, planted: Option<Fault>) {
        let saved = match recorded {
            Ok(_) => Some(Saved::Yes),
            Err(RecordError::Tablet(TabletError::Storage(
                StorageError::Closed | StorageError::Other(_),
            ))) => Some(Saved::Perhaps),
            Err(_) => None,
        };
        let texts = &writing.texts;
        self.tell(|| format!("tablet {at} records {texts:?} ({planted:?}): {recorded:?}"));
        let Some((device, turn)) = self.desks.get(at).map(|desk| (desk.device, desk.turn)) else {
            return;
        };
        if let Some(saved) = saved {
            if let Some(photo) = &writing.photo {
                let (scope, name) = (writing.scope, photo.name());
                self.note_photo(Named { scope, name }, photo, saved, device);
            }
            let clocks_jump = self.faults.contains(&Fault::EndpointClock);
            let in_time = !clocks_jump && !self.jumped.contains(&device);
            self.figures.acts += texts.len() as u64 * u64::from(saved == Saved::Yes);
            let recorded = Recorded {
                saved,
                device,
                at_ms: in_time.then_some(self.host.now_ms()),
                put_away: false,
                acknowledged: false,
            };
            let texts = texts.iter().map(|text| (text.clone(), recorded));
            self.texts.extend(texts);
        }
        if writing.newer && recorded.is_ok() {
            self.struck(Fault::NewerVersion);
        }
        let killed = self.is_killed(at, planted);
        if let Some(desk) = self.desks.get_mut(at) {
            desk.underived.insert((turn, writing.case));
            if recorded.is_ok() && !killed {
                desk.derive(turn, []);
            }
        }
    }

    /// A tablet takes in a reply; who uses it may save in the middle of that.
    pub(crate) fn apply(
        &mut self,
        at: usize,
        back: &Back,
        planted: Option<Fault>,
    ) -> Result<Taken, ApplyError> {
        let is_used = |desk: &Desk| desk.turn == back.sent.turn && desk.turn != LOCKED;
        let is_used = self.desks.get(at).is_some_and(is_used);
        let saves = is_used && planted.is_none() && self.is_turn_of(Fault::SavedMeanwhile, 3);
        let writing = saves.then(|| self.writing());
        let now_ms = self.host.now_ms();
        let mut recorded = None;
        let pause = Pause {
            after_calls: self.rng.u32(..CALLS_MAX),
            strike: if self.rng.bool() {
                Strike::Before
            } else {
                Strike::After
            },
        };
        let desk = self.desks.get(at).ok_or(ApplyError::Overtaken)?;
        desk.memory.set_pause(writing.as_ref().map(|_| pause));
        let save = || recorded = writing.as_ref().map(|one| one.record(desk, now_ms));
        let applied = desk.apply_while(&back.reply, &back.sent, now_ms, save);
        desk.memory.set_pause(None);
        if let (Some(writing), Some(recorded)) = (&writing, &recorded) {
            self.struck(Fault::SavedMeanwhile);
            self.note(at, writing, recorded, None);
        }
        applied
    }
}
