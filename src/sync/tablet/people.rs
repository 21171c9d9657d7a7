//! Persons' keys on this tablet: made here, certified by the endpoint in the roster.

use record::keys::{self, PublicKey};
use record::{Entry, StaffId};
use sorted::SortedSet;

use super::state::{IDENTITY_KEY, PERSON_PREFIX, PersonRecord, State};
use super::{Applied, ApplyError, Entropy, Now, Tablet, TabletError};
use crate::storage::{Batch, Durability, Storage};
use crate::wire::{CertifyReply, CertifyRequest, KEYS_MAX, PROTO, PersonKey};

impl State {
    /// Whether a person's key on this tablet stands in the roster.
    pub(super) fn certified(&self, staff: &StaffId) -> bool {
        let Some(person) = self.people.get(staff) else {
            return false;
        };
        let mut keys = self.roster.keys(*staff, self.identity.device);
        keys.any(|key| key.public_key == person.public_key && !key.revoked)
    }

    /// The persons of the site who have no certified key here.
    fn keyless(&self) -> SortedSet<StaffId> {
        let site = &self.identity.site;
        let at_joining = self.identity.staff.iter().map(|person| person.id);
        let gone = |staff: &StaffId| self.roster.person(staff).is_some_and(|p| p.retired);
        let in_roster = self
            .roster
            .staff()
            .filter(|person| !person.retired && person.posts.iter().any(|post| post.site == *site));
        in_roster
            .map(|person| person.id)
            .chain(at_joining)
            .filter(|staff| !gone(staff) && !self.certified(staff))
            .take(KEYS_MAX)
            .collect()
    }
}

impl<S: Storage, E: Entropy> Tablet<S, E> {
    /// Whether a person can sign on this tablet: a key of theirs is certified in the roster held.
    pub fn can_sign(&self, staff: &StaffId) -> bool {
        self.state.borrow().certified(staff)
    }

    /// The persons of the site who cannot sign on this tablet yet.
    pub fn needs_keys(&self) -> bool {
        !self.state.borrow().keyless().is_empty()
    }

    /// Makes keys for the persons of the site who have none here, writes them down, and answers
    /// the request that has them certified; `None` where nobody needs one. Asked after joining
    /// and after each sync; asking again after a lost reply names the same keys.
    ///
    /// # Errors
    /// Where the storage fails.
    pub async fn certify_request(&self) -> Result<Option<CertifyRequest>, TabletError> {
        let (batch, made, request) = {
            let state = self.state.borrow();
            let keyless = state.keyless();
            if keyless.is_empty() {
                return Ok(None);
            }
            let mut made = Vec::new();
            let mut wanted = Vec::new();
            let mut put = Vec::new();
            for staff in keyless {
                let person = match state.people.get(&staff) {
                    Some(person) => person.clone(),
                    None => {
                        let person = self.make_person();
                        let key = format!("{PERSON_PREFIX}{staff}");
                        put.push(self.put_json(&key, &person)?);
                        made.push((staff, person.clone()));
                        person
                    }
                };
                wanted.push(PersonKey {
                    staff,
                    public_key: person.public_key,
                });
            }
            let batch = Batch {
                expect: vec![state.expect(IDENTITY_KEY)],
                put,
                delete: Vec::new(),
                durability: Durability::Strict,
            };
            let request = CertifyRequest {
                proto: PROTO,
                device: state.identity.device,
                keys: wanted,
            };
            (batch, made, request)
        };
        if !made.is_empty() {
            self.storage.commit(batch).await?;
        }
        self.state.borrow_mut().people.extend(made);
        Ok(Some(request))
    }

    /// Takes in the answer to [`Self::certify_request`].
    ///
    /// # Errors
    /// As [`Self::apply`].
    pub async fn apply_certified(
        &self,
        reply: &CertifyReply,
        now: Now,
    ) -> Result<Applied, ApplyError> {
        let entries: Vec<Entry> = reply
            .entries
            .iter()
            .filter_map(|text| Entry::parse(text.as_bytes()).ok())
            .collect();
        self.take_in(&entries, now).await
    }

    fn make_person(&self) -> PersonRecord {
        let seed: [u8; 32] = self.random();
        PersonRecord {
            public_key: PublicKey::of(&keys::signing_key(&seed)),
            seed: keys::to_base64(&seed),
        }
    }
}
