//! One schedule: tablets that record and sync, an endpoint, and what goes wrong between them. All
//! of it follows from the seed.

use std::collections::{BTreeMap, BTreeSet};

use fastrand::Rng;
use record::{CaseId, DeviceId, ScopeId};
use server::attachments::Attachments;
use server::store::memory::Backup;
use sync::memory::{Memory, Strike};
use sync::storage::StorageError;
use sync::tablet::ApplyError;
use sync::wire::SyncReply;

use crate::desk::{Desk, LOCKED, Signed};
use crate::endpoint::{Answer, CASE_SCOPE, Host, SITE_SCOPE};
use crate::feeds::{self, ToldFeeds};
use crate::figures::{Fault, Figures};
use crate::gone::Acknowledged;
use crate::group::Book;
use crate::invariants::{Broken, Invariant};
use crate::photos::{Late, Photo};

/// Where time begins: 2026-11-18.
const START_MS: i64 = 1_795_000_000_000;
/// Fewest steps of a schedule.
const STEPS_MIN: u32 = 200;
/// Most steps of a schedule.
const STEPS_MAX: u32 = 220;
/// Cases of a schedule: those of even number lie in the site's scope.
pub(crate) const CASES: u8 = 4;

/// A request under way.
pub(crate) struct Letter {
    desk: usize,
    starts: u32,
    sent: Signed,
}

/// A reply under way.
pub(crate) struct Back {
    desk: usize,
    starts: u32,
    pub(crate) sent: Signed,
    pub(crate) reply: SyncReply,
}

/// An entry that the endpoint holds, and whether it lies beside its chain.
pub(crate) type Held = (record::Entry, bool);

/// An act of a schedule.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Recorded {
    /// Whether it must not be lost.
    pub(crate) saved: Saved,
    /// Where it was recorded.
    pub(crate) device: DeviceId,
    /// When, milliseconds of UTC, where the clocks of both sides ran on as they should.
    pub(crate) at_ms: Option<i64>,
    /// The endpoint had it when it was put back to what it was before.
    pub(crate) put_away: bool,
    /// It had said so.
    pub(crate) acknowledged: bool,
}

/// Whether an act must not be lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Saved {
    /// It was said to be saved.
    Yes,
    /// The storage did not say: it may be there or not.
    Perhaps,
    /// What held it was put back to a time before it, and nobody else had it.
    Gone,
    /// It was ordered to be erased.
    Erased,
}

/// A schedule under way.
pub(crate) struct World {
    pub(crate) rng: Rng,
    pub(crate) host: Host,
    pub(crate) desks: Vec<Desk>,
    pub(crate) under_way: Vec<Letter>,
    pub(crate) coming_back: Vec<Back>,
    /// Every text that was recorded.
    pub(crate) texts: BTreeMap<String, Recorded>,
    pub(crate) faults: Vec<Fault>,
    /// The narrow scope is a group, with who was let in; `None` where it is a case's.
    pub(crate) group: Option<Book>,
    /// Devices that hold the narrow scope.
    pub(crate) members: BTreeSet<DeviceId>,
    /// It is open to both persons.
    pub(crate) both: bool,
    pub(crate) retired: bool,
    /// Devices that were told to delete a scope.
    pub(crate) told_to_delete: BTreeSet<DeviceId>,
    /// Devices whose clocks have jumped.
    pub(crate) jumped: BTreeSet<DeviceId>,
    pub(crate) told_feeds: ToldFeeds,
    pub(crate) acknowledged: Acknowledged,
    pub(crate) copy: Option<(usize, Memory)>,
    pub(crate) backup: Option<(Backup, Attachments)>,
    /// Every attachment that was recorded.
    pub(crate) photos: Vec<Photo>,
    /// An answer about attachments that is on its way.
    pub(crate) late: Option<Late>,
    pub(crate) figures: Figures,
    /// Says each step as it goes.
    told: bool,
    serial: u64,
    /// The endpoint or a tablet was put back to what it was.
    pub(crate) put_back: bool,
}

/// The case of a number, and its scope.
pub(crate) fn case_of(number: u8) -> (CaseId, ScopeId) {
    let scope = if number.is_multiple_of(2) {
        SITE_SCOPE
    } else {
        CASE_SCOPE
    };
    (CaseId::from_random([number + 16; 16]), scope)
}

/// The cases of a scope.
pub(crate) fn cases_of(scope: ScopeId) -> impl Iterator<Item = CaseId> {
    (0..CASES)
        .map(case_of)
        .filter(move |(_, of)| *of == scope)
        .map(|(case, _)| case)
}

impl World {
    /// A schedule of its seed.
    ///
    /// # Errors
    /// A tablet was sent what is not its own, when it joined.
    pub(crate) fn new(seed: u64, told: bool) -> Result<Self, Broken> {
        let mut rng = Rng::with_seed(seed);
        let host = Host::new(&mut rng, START_MS);
        let joined = (0..rng.usize(3..=5)).map(|_| Desk::join(&host, &mut rng));
        let desks = joined.collect::<Result<Vec<Desk>, Broken>>()?;
        let mut faults: Vec<Fault> = Fault::ALL.to_vec();
        rng.shuffle(&mut faults);
        faults.truncate(rng.usize(3..=7));
        // What both copies had and one of them was put back before would be nobody's fault.
        if faults.contains(&Fault::Restored) {
            faults.retain(|fault| !matches!(fault, Fault::SetBack));
        }
        for more in [Fault::ReplyLost, Fault::TabletKilled, Fault::Duplicated] {
            if faults.len() < 3 && !faults.contains(&more) {
                faults.push(more);
            }
        }
        let group = rng.bool().then(Book::default);
        let mut world = Self {
            rng,
            host,
            desks,
            under_way: Vec::new(),
            coming_back: Vec::new(),
            texts: BTreeMap::new(),
            faults,
            group,
            members: BTreeSet::new(),
            both: false,
            retired: false,
            told_to_delete: BTreeSet::new(),
            jumped: BTreeSet::new(),
            told_feeds: ToldFeeds::new(),
            acknowledged: Acknowledged::default(),
            copy: None,
            backup: None,
            photos: Vec::new(),
            late: None,
            figures: Figures::default(),
            told,
            serial: 0,
            put_back: false,
        };
        world.found();
        Ok(world)
    }

    pub(crate) fn tell(&self, what: impl FnOnce() -> String) {
        if self.told {
            let step = self.figures.steps;
            eprintln!("{step:4} {}", what());
        }
    }

    /// Whether the narrow scope is open to a person, by the schedule's own book.
    pub(crate) fn is_member(&self, turn: usize) -> bool {
        turn == 0 || (turn == 1 && self.both && !self.retired)
    }

    /// Whether a device may hold a scope now, by the schedule's own book.
    pub(crate) fn may_hold(&self, device: DeviceId, scope: ScopeId) -> bool {
        let revoked = self
            .desks
            .iter()
            .any(|desk| desk.device == device && desk.revoked);
        let group = self.group.as_ref();
        let narrow =
            || self.members.contains(&device) && group.is_none_or(|book| book.knows(device));
        !revoked && (scope != CASE_SCOPE || narrow())
    }

    /// Plays the schedule to the point where everything has calmed down.
    ///
    /// # Errors
    /// What must never be, was.
    pub(crate) fn play(&mut self) -> Result<(), Broken> {
        let steps = self.rng.u32(STEPS_MIN..=STEPS_MAX);
        for _ in 0..steps {
            self.figures.steps += 1;
            let pause = [1_000, 20_000, 600_000, 7_200_000];
            let pause = *pause.get(self.rng.usize(..pause.len())).unwrap_or(&1_000);
            self.host
                .set_now(self.host.now_ms() + self.rng.i64(1..=pause));
            match self.rng.u32(..100) {
                0..27 => self.record()?,
                27..44 => self.send(),
                44..50 => self.upload()?,
                50..70 => self.deliver()?,
                70..88 => self.take_back()?,
                _ => self.go_wrong()?,
            }
            self.starts_were_sound()?;
        }
        self.settle()?;
        let tablets: BTreeSet<DeviceId> = self.desks.iter().map(|desk| desk.device).collect();
        self.figures.end(tablets.len());
        Ok(())
    }

    /// No app that was started has shown what was derived from less than it held.
    fn starts_were_sound(&self) -> Result<(), Broken> {
        let mut stale = self.desks.iter().filter_map(|desk| desk.stale.as_ref());
        match stale.next() {
            Some(what) => Invariant::Stale.broken(what),
            None => Ok(()),
        }
    }

    pub(crate) fn any(&mut self) -> usize {
        self.rng.usize(..self.desks.len())
    }

    /// Whether a fault is to strike now.
    pub(crate) fn is_turn_of(&mut self, fault: Fault, in_so_many: u32) -> bool {
        self.faults.contains(&fault) && self.rng.u32(..in_so_many) == 0
    }

    /// A fault has struck.
    pub(crate) fn struck(&mut self, fault: Fault) {
        self.tell(|| format!("{fault:?}"));
        self.figures.count(fault);
    }

    /// Whether a fault strikes now that needs nothing more to do so.
    pub(crate) fn suffers(&mut self, fault: Fault, in_so_many: u32) -> bool {
        let does = self.is_turn_of(fault, in_so_many);
        if does {
            self.struck(fault);
        }
        does
    }

    /// A fault of the storage that strikes at one of the next calls of a tablet, if there are so
    /// many.
    pub(crate) fn plant(&mut self, at: usize) -> Option<Fault> {
        let (planted, error) = if self.is_turn_of(Fault::Quota, 5) {
            (Fault::Quota, StorageError::Quota)
        } else if self.is_turn_of(Fault::Closed, 5) {
            (Fault::Closed, StorageError::Closed)
        } else if self.is_turn_of(Fault::TabletKilled, 12) {
            (
                Fault::TabletKilled,
                StorageError::Other("killed".to_owned()),
            )
        } else {
            return None;
        };
        let strike = match planted {
            Fault::Quota => Strike::Before,
            Fault::TabletKilled if self.rng.bool() => Strike::Before,
            _ => Strike::After,
        };
        let fault = sync::memory::Fault {
            after_calls: self.rng.u32(..3),
            strike,
            error,
        };
        self.desks.get(at)?.memory.set_fault(Some(fault));
        Some(planted)
    }

    /// Whether the app has ended by the fault that was planted.
    pub(crate) fn is_killed(&self, at: usize, planted: Option<Fault>) -> bool {
        let desk = self.desks.get(at);
        let struck = desk.is_none_or(|desk| !desk.memory.has_fault());
        planted == Some(Fault::TabletKilled) && struck
    }

    /// After a fault of the storage the app goes on, or starts again; a killed one always does.
    pub(crate) fn recover(&mut self, at: usize, planted: Option<Fault>, failed: bool) {
        let now_ms = self.host.now_ms();
        let killed = planted == Some(Fault::TabletKilled);
        let again = match planted {
            None => failed && self.rng.u32(..4) == 0,
            Some(_) => killed || self.rng.bool(),
        };
        let Some(desk) = self.desks.get_mut(at) else {
            return;
        };
        let has_struck = desk.memory.set_fault(None).is_none();
        if again {
            desk.start_again(now_ms);
        }
        if let Some(fault) = planted.filter(|_| has_struck || killed) {
            self.struck(fault);
        }
    }

    /// A text that no other act has.
    pub(crate) fn text(&mut self) -> String {
        self.serial += 1;
        format!("act {}", self.serial)
    }

    fn send(&mut self) {
        let at = self.any();
        let turn = self.rng.usize(..=LOCKED);
        let may = turn != LOCKED && !(turn == 1 && self.retired);
        let forgotten = self.rng.u32(..60) == 0 && may;
        if self.rng.u32(..6) == 0
            && let Some(desk) = self.desks.get_mut(at)
        {
            if forgotten && !desk.revoked {
                desk.sign_in_anew(&self.host, turn);
            } else {
                desk.switch(turn);
            }
        }
        let planted = self.plant(at);
        let most = *[1, 3, 256].get(self.rng.usize(..3)).unwrap_or(&256);
        let now_ms = self.host.now_ms();
        let Some(desk) = self.desks.get(at) else {
            return;
        };
        let starts = desk.starts;
        let sent = desk.request(most, now_ms);
        let failed = sent.is_err();
        let entries = sent.as_ref().map(|sent| {
            let request = &sent.sent.request;
            let frontiers = request.frontiers.as_ref().map(Vec::len);
            (request.entries.len(), frontiers)
        });
        self.tell(|| format!("tablet {at} sends {entries:?}"));
        if let Ok(sent) = sent
            && !self.suffers(Fault::RequestLost, 8)
        {
            self.under_way.push(Letter {
                desk: at,
                starts,
                sent,
            });
        }
        self.recover(at, planted, failed);
    }

    /// One to three requests arrive, handled at once.
    fn deliver(&mut self) -> Result<(), Broken> {
        let mut letters = Vec::new();
        for _ in 0..self.rng.usize(1..=3) {
            if self.under_way.is_empty() {
                break;
            }
            let late = self.under_way.len() > 1 && self.suffers(Fault::Reordered, 3);
            let turn = if late {
                self.rng.usize(1..self.under_way.len())
            } else {
                0
            };
            let letter = self.under_way.remove(turn);
            if self.suffers(Fault::Duplicated, 8) {
                let (desk, starts, sent) = (letter.desk, letter.starts, letter.sent.clone());
                self.under_way.push(Letter { desk, starts, sent });
            }
            letters.push(letter);
        }
        let mut bodies: Vec<_> = letters.iter().map(|l| l.sent.to_send()).collect();
        for (body, ..) in &mut bodies {
            if self.suffers(Fault::Torn, 12) {
                let half = (0..=body.len() / 2)
                    .rev()
                    .find(|at| body.is_char_boundary(*at));
                body.truncate(half.unwrap_or(0));
            }
        }
        let fails = self.is_turn_of(Fault::DatabaseFails, 3);
        let fails = fails.then(|| self.rng.u32(..160));
        let killed = self.is_turn_of(Fault::EndpointKilled, 3);
        let killed = killed.then(|| self.rng.u32(..80));
        let mut rosters = self.rosters();
        let answered = self.host.answer(&mut self.rng, &bodies, fails, killed);
        rosters.extend(self.rosters());
        if answered.failed {
            self.struck(Fault::DatabaseFails);
        }
        if answered.killed {
            self.struck(Fault::EndpointKilled);
        }
        for (letter, answer) in letters.into_iter().zip(answered.answers) {
            let Answer::Reply(reply) = answer else {
                continue;
            };
            self.figures.syncs += 1;
            self.tell(|| {
                format!(
                    "the endpoint answers tablet {}: {} entries, {:?}",
                    letter.desk,
                    reply.entries.len(),
                    reply.acknowledged
                )
            });
            feeds::note(&mut self.told_feeds, &reply)?;
            self.is_held(&reply)?;
            self.is_theirs(&letter.sent, &reply, &rosters)?;
            if self.suffers(Fault::ReplyLost, 6) {
                continue;
            }
            let (desk, starts, sent) = (letter.desk, letter.starts, letter.sent);
            self.coming_back.push(Back {
                desk,
                starts,
                sent,
                reply: *reply,
            });
        }
        Ok(())
    }

    /// A reply arrives.
    fn take_back(&mut self) -> Result<(), Broken> {
        if self.coming_back.is_empty() {
            return Ok(());
        }
        let turn = self.rng.usize(..self.coming_back.len().min(2));
        let mut back = self.coming_back.remove(turn);
        let at = back.desk;
        if self.is_turn_of(Fault::Altered, 6)
            && crate::befalls::alter(&mut self.rng, &mut back.reply)
        {
            self.struck(Fault::Altered);
        }
        let planted = self.plant(at);
        let Some(desk) = self.desks.get(at) else {
            return Ok(());
        };
        // Of an app that has started again since, nothing waits for it.
        if desk.starts != back.starts {
            self.recover(at, planted, false);
            return Ok(());
        }
        let device = desk.device;
        if !back.reply.removed_scopes.is_empty() {
            self.nothing_is_missing()?;
            self.told_to_delete.insert(device);
        }
        let applied = self.apply(at, &back, planted);
        self.tell(|| {
            let carried = Self::carried(&back.reply);
            format!("tablet {at} takes in {carried} ({planted:?}): {applied:?}")
        });
        let failed = matches!(applied, Err(ApplyError::Tablet(_)));
        let purged = applied.as_ref().is_ok_and(|taken| taken.purged);
        let purged = purged.then_some(device);
        let killed = self.is_killed(at, planted);
        if let Some(desk) = self.desks.get_mut(at) {
            match &applied {
                Ok(taken) if !killed => desk.derive_from(taken),
                Ok(_) | Err(ApplyError::Tablet(_)) => desk.all_lag(back.sent.turn),
                Err(_) => {}
            }
        }
        let over = back.reply.epoch != self.host.epoch();
        self.recover(at, planted, failed);
        self.note_purged(purged, over);
        Ok(())
    }

    /// What a reply carries, in short.
    pub(crate) fn carried(reply: &SyncReply) -> String {
        let item = |item: &sync::wire::FeedItem| match &item.carried {
            sync::wire::Carried::Held(hash) => format!("={}", short(&hash.to_string())),
            sync::wire::Carried::Entry(text) => match record::Entry::parse(text.as_bytes()) {
                Ok(entry) => short(&entry.hash().to_string()),
                Err(_) => "altered".to_owned(),
            },
        };
        let items: Vec<String> = reply.entries.iter().map(item).collect();
        items.join(" ")
    }

    /// Every entry the endpoint holds.
    pub(crate) fn at_the_endpoint(&self) -> Vec<Held> {
        self.host.entries()
    }

    /// What was said to be saved and is nobody's loss by a backup.
    pub(crate) fn must_be_there(&self) -> impl Iterator<Item = &str> {
        let texts = self.texts.iter();
        let saved = texts.filter(|(_, recorded)| recorded.saved == Saved::Yes);
        saved.map(|(text, _)| text.as_str())
    }
}

/// The beginning of a name.
fn short(name: &str) -> String {
    name.chars().take(6).collect()
}

/// The text of an act of a schedule.
pub(crate) fn text_of(entry: &record::Entry) -> Option<String> {
    Some(entry.body().get("text")?.as_str()?.to_owned())
}
