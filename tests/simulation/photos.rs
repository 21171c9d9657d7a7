//! Attachments of a schedule: recorded with an act, sent when the entries are, lost and sent again,
//! and asked for by everybody.

use record::{Attachment, DeviceId};
use sync::tablet::{TabletError, part_to_put};
use sync::wire::attachment::{LackingReply, LackingRequest, Named, PutRequest};

use crate::desk::{Desk, LOCKED, now};
use crate::endpoint::{CASE_SCOPE, Host, PERSONS, SITE_SCOPE};
use crate::figures::Fault;
use crate::invariants::{Broken, Invariant};
use crate::world::{Saved, World};

/// An attachment of a schedule.
#[derive(Clone, Debug)]
pub(crate) struct Photo {
    /// Its scope and name.
    of: Named,
    /// Its content.
    content: String,
    /// Whether it must not be lost.
    pub(crate) saved: Saved,
    /// The endpoint had it when it was put back to what it was before.
    put_away: bool,
    /// It had said so.
    acknowledged: bool,
    /// Where it was recorded.
    device: DeviceId,
}

/// The answer to a question, on its way.
pub(crate) struct Late {
    desk: usize,
    starts: u32,
    turn: usize,
    request: LackingRequest,
    reply: LackingReply,
}

impl World {
    /// An attachment for an act that is about to be recorded.
    pub(crate) fn photo(&mut self) -> Attachment {
        let mut salt = [0; 16];
        self.rng.fill(&mut salt);
        let content = format!("photo {}", self.photos.len());
        Attachment::new(salt, content.as_bytes())
    }

    /// An attachment was recorded, or perhaps was.
    pub(crate) fn note_photo(&mut self, of: Named, photo: &Attachment, saved: Saved, at: DeviceId) {
        let content = String::from_utf8_lossy(photo.content()).into_owned();
        self.photos.push(Photo {
            of,
            content,
            saved,
            put_away: false,
            acknowledged: false,
            device: at,
        });
    }

    /// A tablet sends what the endpoint has not acknowledged.
    pub(crate) fn upload(&mut self) -> Result<(), Broken> {
        if let Some(late) = self.late.take() {
            return self.take_late(&late);
        }
        let at = self.any();
        let planted = self.plant(at);
        let failed = self.upload_from(at)?;
        self.recover(at, planted, failed);
        Ok(())
    }

    /// Whether the storage failed.
    fn upload_from(&mut self, at: usize) -> Result<bool, Broken> {
        let Some((turn, starts)) = self.desks.get(at).map(|desk| (desk.turn, desk.starts)) else {
            return Ok(false);
        };
        let asked = self
            .desks
            .get(at)
            .and_then(|d| d.app_of(turn).lacking_request());
        let Some(request) = asked else {
            return Ok(false);
        };
        if self.suffers(Fault::RequestLost, 8) {
            return Ok(false);
        }
        let reply = self.host.lacking(&request);
        self.says_no_more_than_it_holds(&request, &reply)?;
        if self.suffers(Fault::ReplyLost, 6) {
            return Ok(false);
        }
        if self.suffers(Fault::Reordered, 4) {
            self.late = Some(Late {
                desk: at,
                starts,
                turn,
                request,
                reply,
            });
            return Ok(false);
        }
        let Some(desk) = self.desks.get(at) else {
            return Ok(false);
        };
        let Ok(lacking) = now(desk.app_of(turn).take_lacking(&request, &reply)) else {
            return Ok(true);
        };
        for (of, from) in lacking {
            if self.put(at, turn, of, from)?.is_err() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn put(
        &mut self,
        at: usize,
        turn: usize,
        of: Named,
        from: u32,
    ) -> Result<Result<(), TabletError>, Broken> {
        let Some(desk) = self.desks.get(at) else {
            return Ok(Ok(()));
        };
        let request = match desk.part(turn, of, from) {
            Ok(Some(request)) => request,
            Ok(None) => return Ok(Ok(())),
            Err(error) => return Ok(Err(error)),
        };
        if self.suffers(Fault::RequestLost, 8) {
            return Ok(Ok(()));
        }
        let Some(reply) = self.host.put(&request) else {
            return Invariant::Lost.broken("an attachment that does not open");
        };
        if reply.next.is_none() {
            if self.host.attachment(&of).is_none() {
                return Invariant::Acknowledged.broken(format!("attachment {}", of.name));
            }
            self.note_acknowledged_photo(&of);
        }
        if self.suffers(Fault::ReplyLost, 6) {
            return Ok(Ok(()));
        }
        let Some(desk) = self.desks.get(at) else {
            return Ok(Ok(()));
        };
        Ok(now(desk.app_of(turn).take_put(of, &reply)))
    }

    /// An answer arrives after other things have happened.
    fn take_late(&mut self, late: &Late) -> Result<(), Broken> {
        let desk = self.desks.get(late.desk);
        let desk = desk.filter(|desk| desk.starts == late.starts);
        if let Some(desk) = desk {
            let app = desk.app_of(late.turn);
            let taken = now(app.take_lacking(&late.request, &late.reply));
            match taken {
                // Who used it has signed in anew in another tab meanwhile: it is asked again.
                Ok(_) | Err(TabletError::Locked) => {}
                Err(error) => return Invariant::Unrest.broken(error.to_string()),
            }
        }
        Ok(())
    }

    fn says_no_more_than_it_holds(
        &mut self,
        request: &LackingRequest,
        reply: &LackingReply,
    ) -> Result<(), Broken> {
        let lacks = |of: &Named| reply.lacking.iter().any(|one| one.name == of.name);
        let said = request.attachments.iter().filter(|of| !lacks(of));
        match said
            .into_iter()
            .find(|of| self.host.attachment(of).is_none())
        {
            Some(of) => Invariant::Acknowledged.broken(format!("attachment {}", of.name)),
            None => {
                let said = request.attachments.iter().filter(|of| !lacks(of));
                said.for_each(|of| self.note_acknowledged_photo(of));
                Ok(())
            }
        }
    }

    fn note_acknowledged_photo(&mut self, of: &Named) {
        let photos = self.photos.iter_mut().filter(|photo| photo.of == *of);
        photos.for_each(|photo| photo.acknowledged = true);
    }

    /// In fair weather everything goes up; answers whether anything did.
    pub(crate) fn upload_whole(&mut self, at: usize) -> Result<bool, Broken> {
        let Some(desk) = self.desks.get(at) else {
            return Ok(false);
        };
        let turn = desk.turn;
        let before = desk.app_of(turn).attachments_waiting();
        let Some(request) = desk.app_of(turn).lacking_request() else {
            return Ok(false);
        };
        let reply = self.host.lacking(&request);
        let lacking = now(desk.app_of(turn).take_lacking(&request, &reply));
        let lacking = lacking.or_else(|error| Invariant::Unrest.broken(error.to_string()))?;
        for (of, from) in lacking {
            let desk = self.desks.get(at);
            let Some(desk) = desk else { break };
            let request = desk.part(turn, of, from);
            let Ok(Some(request)) = request else {
                return Invariant::Lost.broken(format!("attachment {} is not there", of.name));
            };
            let Some(reply) = self.host.put(&request) else {
                return Invariant::Lost.broken("an attachment that does not open");
            };
            let taken = now(desk.app_of(turn).take_put(of, &reply));
            taken.or_else(|error| Invariant::Unrest.broken(error.to_string()))?;
        }
        let after = self
            .desks
            .get(at)
            .map(|d| d.app_of(turn).attachments_waiting());
        Ok(after.is_some_and(|after| after < before))
    }

    /// The endpoint is about to be put back.
    pub(crate) fn put_photos_away(&mut self) {
        for photo in &mut self.photos {
            photo.put_away |= self.host.attachment(&photo.of).is_some();
        }
    }

    /// Each attachment that was saved is at the endpoint or on some disk.
    pub(crate) fn no_photo_is_missing(&self) -> Result<(), Broken> {
        let on_disk = |photo: &Photo| self.desks.iter().any(|desk| desk.has_photo(&photo.of));
        let held = |photo: &&Photo| self.host.attachment(&photo.of).is_some() || on_disk(photo);
        let mut saved = self.photos.iter().filter(|p| p.saved == Saved::Yes);
        match saved.find(|photo| !held(photo)) {
            Some(photo) => {
                let what = format!("attachment {}, before anything is put back", photo.of.name);
                Invariant::Lost.broken(what)
            }
            None => Ok(()),
        }
    }

    /// Attachments that neither the endpoint nor any storage holds now are gone by what was put
    /// back, where they may be.
    pub(crate) fn note_gone_photos(&mut self, may_be: impl Fn(DeviceId, bool) -> bool) {
        for photo in self
            .photos
            .iter_mut()
            .filter(|photo| photo.saved == Saved::Yes)
        {
            let at_endpoint = self.host.attachment(&photo.of).is_some();
            let held = at_endpoint || self.desks.iter().any(|desk| desk.has_photo(&photo.of));
            if !held && may_be(photo.device, photo.put_away) {
                photo.saved = Saved::Gone;
                self.figures.gone(photo.acknowledged);
            }
        }
    }
}

impl Desk {
    /// A part of an attachment as it goes up.
    fn part(&self, turn: usize, of: Named, part: u32) -> Result<Option<PutRequest>, TabletError> {
        let sealed = now(self.app_of(turn).sealed_attachment(&of))?.unwrap_or_default();
        Ok(part_to_put((self.device, self.device), of, &sealed, part))
    }

    /// Whether an attachment lies on its disk.
    fn has_photo(&self, of: &Named) -> bool {
        let key = format!("{}{}", of.scope, of.name);
        let blobs = self.memory.dump(sync::storage::Store::Blobs);
        blobs.iter().any(|(name, _)| *name == key)
    }
}

/// Once everything has calmed down: each attachment is at the endpoint, whole; who may read its
/// scope gets it, and nobody else does.
pub(crate) fn look(world: &World) -> Result<(), Broken> {
    let roster = world.host.roster();
    for photo in &world.photos {
        let held = world.host.attachment(&photo.of);
        let content = held.map(|held| String::from_utf8_lossy(held.content()).into_owned());
        let lost = photo.saved == Saved::Yes && content.is_none();
        if lost
            || content
                .as_ref()
                .is_some_and(|content| *content != photo.content)
        {
            let desks = world.desks.iter().enumerate();
            let on: Vec<usize> = desks
                .filter(|(_, desk)| desk.has_photo(&photo.of))
                .map(|(number, _)| number)
                .collect();
            let what = format!(
                "attachment {:?} {} of {}: {content:?}; on tablets {on:?}",
                photo.content, photo.of.name, photo.of.scope
            );
            return Invariant::Lost.broken(what);
        }
        if content.is_none() {
            continue;
        }
        for (number, desk) in world.desks.iter().enumerate() {
            for turn in 0..=LOCKED {
                let given = get(&world.host, desk, turn, &photo.of);
                let may = turn != LOCKED
                    && world.may_hold(desk.device, photo.of.scope)
                    && !(turn == 1 && world.retired)
                    && (photo.of.scope != CASE_SCOPE || world.may_see(turn, desk.device, &roster));
                if given && !may {
                    let what = format!(
                        "tablet {number} was sent an attachment of {}",
                        photo.of.scope
                    );
                    return Invariant::Forbidden.broken(what);
                }
                if !given && may && turn == desk.turn && photo.of.scope == SITE_SCOPE {
                    let what = format!("tablet {number} was not sent an attachment");
                    return Invariant::Unrest.broken(what);
                }
            }
        }
    }
    Ok(())
}

fn get(host: &Host, desk: &Desk, turn: usize, of: &Named) -> bool {
    let person = PERSONS.get(turn).map(|(staff, _)| *staff);
    host.gets(&desk.app_of(turn).get_request(*of, 0), person)
}
