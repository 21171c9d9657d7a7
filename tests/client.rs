//! A tablet without a browser: over memory, it talks to an endpoint as the app does.

use anyhow::{Context, Result, bail, ensure};
use domain::act::{Act, Noted, Photo};
use domain::id::AttachmentName;
use record::keys::{self, SigningKey};
use record::pin::Cost;
use record::seal::SealKey;
use record::{Attachment, CaseId, DeviceId, Entry, Hash, PublicKey, ScopeId, StaffId};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use sync::memory::{Memory, run};
use sync::tablet::{Applied, Deed, Locked, NewAct, Now, SentRequest, Tablet, part_to_put};
use sync::wire::attachment::{
    GET_PATH, GetReply, LACKING_PATH, LackingReply, Named, PUT_PATH, PutReply, PutRequest,
};
use sync::wire::{
    DEVICE_HEADER, ENTRIES_MAX, JOIN_PATH, JoinReply, JoinRequest, PERSON_HEADER,
    PERSON_SIGNATURE_HEADER, PROTO, SIGN_IN_PATH, SIGNATURE_HEADER, SYNC_PATH, SignInReply,
    SyncReply, UNKNOWN_DEVICE,
};

use crate::http::{self, Reply};

/// Most turns of one sync: enough for 100,000 entries either way.
const TURNS_MAX: usize = 400;

/// Random bytes.
#[must_use]
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    fill(&mut bytes);
    bytes
}

#[expect(
    clippy::expect_used,
    reason = "without randomness nothing may be sealed or signed"
)]
fn fill(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("the system's random source");
}

/// What the machine's clock says.
#[must_use]
pub fn now() -> Now {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let ms = since.unwrap_or_default().as_millis();
    Now {
        wall_ms: i64::try_from(ms).unwrap_or(i64::MAX),
        monotonic_ms: u64::try_from(ms).unwrap_or(u64::MAX),
    }
}

/// What a join request looks like.
#[must_use]
pub fn join_request(code: &str, key: &SigningKey, name: &str) -> JoinRequest {
    JoinRequest {
        proto: PROTO,
        code: code.to_owned(),
        device_key: PublicKey::of(key),
        name: name.to_owned(),
    }
}

type Fill = fn(&mut [u8]);

/// The PIN of everybody.
pub const PIN: &str = "274901";

/// What a try costs on such a tablet.
const COST: Cost = Cost {
    memory_kib: 8,
    passes: 1,
};

/// A tablet over memory, with its device key, unlocked by a person.
#[derive(Debug)]
pub struct Client {
    /// The tablet.
    pub tablet: Tablet<Memory, Fill>,
    memory: Memory,
    store_key: SealKey,
    /// Codes with which people sign in, by name; a training endpoint asks for none.
    pub codes: Vec<(String, String)>,
    /// Its device key.
    pub key: SigningKey,
    /// What the endpoint answered when it joined.
    pub joined: JoinReply,
    /// Where the endpoint is: `127.0.0.1:40123`.
    pub address: String,
}

impl Client {
    /// Joins, signs a person in with a code and pulls everything.
    ///
    /// # Errors
    /// The endpoint cannot be reached or refuses.
    pub fn join(address: &str, code: &str, name: &str, person_code: &str) -> Result<Self> {
        let key = keys::signing_key(&random());
        let body = serde_json::to_vec(&join_request(code, &key, name))?;
        let reply = http::send(address, &format!("POST {JOIN_PATH}"), &[], &body)?;
        let joined: JoinReply = accepted(&reply)?;
        let (memory, store_key) = (Memory::new(), SealKey::new(random()));
        let locked = Locked::join(
            memory.clone(),
            store_key.clone(),
            fill as Fill,
            &joined,
            now(),
        );
        let locked = done(run(locked))?;
        let tablet = sign_in(&locked, (address, &key), person_code, None)?;
        let client = Self {
            tablet,
            memory,
            store_key,
            codes: Vec::new(),
            key,
            joined,
            address: address.to_owned(),
        };
        client.sync_all()?;
        Ok(client)
    }

    /// Somebody else signs in on the tablet: by a code, or at a training endpoint by who it is.
    ///
    /// # Errors
    /// The endpoint cannot be reached or refuses.
    pub fn sign_in(&mut self, code: &str, staff: Option<StaffId>) -> Result<()> {
        let opened = Locked::open(self.memory.clone(), self.store_key.clone());
        let locked = done(run(opened))?.context("a tablet")?;
        self.tablet = sign_in(&locked, (&self.address, &self.key), code, staff)?;
        self.sync_all()
    }

    /// Somebody who has signed in before unlocks the tablet.
    ///
    /// # Errors
    /// The person has not signed in.
    pub fn unlock(&mut self, staff: StaffId) -> Result<()> {
        let opened = Locked::open(self.memory.clone(), self.store_key.clone());
        let locked = done(run(opened))?.context("a tablet")?;
        self.tablet = done(run(locked.unlock(fill as Fill, staff, PIN)))?;
        Ok(())
    }

    /// Whom the next acts are by: unlocks the tablet for the person, who signs in where that is the
    /// first time.
    ///
    /// # Errors
    /// There is nobody of this name, or as [`Self::sign_in`].
    pub fn become_person(&mut self, name: &str) -> Result<()> {
        let staff = self.staff(name)?;
        if self.tablet.person() == Some(staff) {
            return Ok(());
        }
        match self.unlock(staff) {
            Ok(()) => Ok(()),
            Err(_) => {
                let code = self.codes.iter().find(|(one, _)| one == name);
                let code = code.map(|(_, code)| code.clone()).unwrap_or_default();
                self.sign_in(&code, Some(staff))
            }
        }
    }

    /// Headers that show a body to be this tablet's, and of whom has unlocked it.
    #[must_use]
    ///
    /// # Panics
    /// Nobody has unlocked it.
    #[expect(
        clippy::expect_used,
        reason = "a tablet of a test is unlocked from the first"
    )]
    pub fn headers(&self, path: &str, body: &[u8]) -> [(&'static str, String); 4] {
        let text = String::from_utf8_lossy(body);
        let signed = self.tablet.sign_request(path, &text);
        let (person, by_person) = signed.expect("somebody who has unlocked it");
        let [device, signature] = device_headers(self.joined.device, &self.key, path, body);
        [
            device,
            signature,
            (PERSON_HEADER, person.to_string()),
            (PERSON_SIGNATURE_HEADER, by_person),
        ]
    }

    /// Sends a signed body.
    ///
    /// # Errors
    /// The endpoint cannot be reached.
    pub fn post(&self, path: &str, body: &[u8]) -> std::io::Result<Reply> {
        let headers = self.headers(path, body);
        let headers = headers
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        http::send(&self.address, &format!("POST {path}"), &headers, body)
    }

    /// The next request.
    ///
    /// # Errors
    /// The tablet cannot make one.
    pub fn request(&self) -> Result<SentRequest> {
        done(run(self.tablet.sync_request(ENTRIES_MAX, now())))
    }

    /// Sends a request; what is answered may be lost.
    ///
    /// # Errors
    /// The endpoint cannot be reached or refuses.
    pub fn exchange(&self, sent: &SentRequest) -> Result<SyncReply> {
        let reply = self.post(SYNC_PATH, sent.body.as_bytes())?;
        let error = reply.json().get("error").cloned();
        if reply.status == 401 && error.is_some_and(|error| error == UNKNOWN_DEVICE) {
            self.tablet.is_unknown_there();
        }
        accepted(&reply)
    }

    /// Takes in what was answered to a request.
    ///
    /// # Errors
    /// The tablet does not take it.
    pub fn apply(&self, reply: &SyncReply, sent: &SentRequest) -> Result<Applied> {
        done(run(self.tablet.apply(reply, sent, now())))
    }

    /// One request and its reply.
    ///
    /// # Errors
    /// As [`Self::exchange`] and [`Self::apply`].
    pub fn sync(&self) -> Result<Applied> {
        let sent = self.request()?;
        let reply = self.exchange(&sent)?;
        self.apply(&reply, &sent)
    }

    /// Syncs until nothing is left either way.
    ///
    /// # Errors
    /// As [`Self::sync`], or it does not come to an end.
    pub fn sync_all(&self) -> Result<()> {
        for _ in 0..TURNS_MAX {
            let applied = self.sync()?;
            if !applied.more && self.unsent() == 0 {
                return self.upload();
            }
        }
        bail!("the sync does not come to an end")
    }

    /// Syncs until everything went out, whatever is left to come in.
    ///
    /// # Errors
    /// As [`Self::sync`], or it does not come to an end.
    pub fn push_all(&self) -> Result<()> {
        for _ in 0..TURNS_MAX {
            self.sync()?;
            if self.unsent() == 0 {
                return Ok(());
            }
        }
        bail!("the sync does not come to an end")
    }

    /// Sends the attachments that the endpoint has not acknowledged.
    ///
    /// # Errors
    /// The endpoint does not take one.
    pub fn upload(&self) -> Result<()> {
        let Some(ask) = self.tablet.lacking_request() else {
            return Ok(());
        };
        let reply: LackingReply = self.ask(LACKING_PATH, &ask)?;
        for (of, from) in done(run(self.tablet.take_lacking(&ask, &reply)))? {
            let mut next = Some(from);
            while let Some(part) = next {
                let reply: PutReply = self.ask(PUT_PATH, &self.part(of, part)?)?;
                done(run(self.tablet.take_put(of, &reply)))?;
                next = reply.next;
            }
        }
        Ok(())
    }

    /// A part of an attachment as it goes up.
    ///
    /// # Errors
    /// It does not lie on the tablet.
    pub fn part(&self, of: Named, part: u32) -> Result<PutRequest> {
        let sealed = done(run(self.tablet.sealed_attachment(&of)))?;
        let device = self.joined.device;
        let request = part_to_put((device, device), of, &sealed.unwrap_or_default(), part);
        request.context("an attachment")
    }

    /// Asks the endpoint something, signed by tablet and person.
    ///
    /// # Errors
    /// The endpoint does not answer with success.
    pub fn ask<R: DeserializeOwned>(&self, path: &str, request: &impl Serialize) -> Result<R> {
        let reply = self.post(path, &serde_json::to_vec(request)?)?;
        ensure!(reply.status == 200, "{}", reply.text());
        Ok(serde_json::from_slice(&reply.body)?)
    }

    /// Fetches an attachment.
    ///
    /// # Errors
    /// The endpoint does not send it.
    pub fn fetch(&self, of: Named) -> Result<Attachment> {
        let mut parts: Vec<GetReply> = Vec::new();
        loop {
            let part = u32::try_from(parts.len())?;
            let reply: GetReply = self.ask(GET_PATH, &self.tablet.get_request(of, part))?;
            let all = usize::try_from(reply.parts)?;
            parts.push(reply);
            if parts.len() >= all {
                break;
            }
        }
        let taken = done(run(self.tablet.take_attachment(&of, &parts)))?;
        taken.context("another attachment")
    }

    /// Records a note with an attachment of this content.
    ///
    /// # Errors
    /// The tablet does not record it.
    pub fn record_photo(&self, case: CaseId, content: &[u8]) -> Result<(Hash, Named)> {
        let photo = Attachment::new(random(), content);
        let scope = self.site_scope()?;
        let of = Named {
            scope,
            name: photo.name(),
        };
        let named = Photo {
            name: AttachmentName(of.name.to_string()),
            salt: keys::to_base64(photo.salt()),
        };
        let act = Act::Noted(Noted {
            words: "with a photo".to_owned(),
            photos: vec![named],
            happened: None,
        });
        let deed = Deed {
            case: Some(case),
            scope,
            acts: vec![NewAct {
                kind: act.kind().to_owned(),
                body: act.to_body(),
            }],
            after: Vec::new(),
            attachments: vec![photo],
            role: "officer".to_owned(),
            app: String::new(),
        };
        let entries = done(run(self.tablet.record(&deed, None, now())))?;
        Ok((entries.first().context("a deed has an entry")?.hash(), of))
    }

    /// How many entries the endpoint has not acknowledged.
    #[must_use]
    pub fn unsent(&self) -> u64 {
        self.tablet.status(now()).unsent
    }

    /// A person by name.
    ///
    /// # Errors
    /// There is nobody of this name.
    pub fn staff(&self, name: &str) -> Result<StaffId> {
        let roster = self.tablet.roster();
        let found = roster.staff().find(|person| person.name == name);
        Ok(found.with_context(|| name.to_owned())?.id)
    }

    /// The scope of the site, which everybody there holds.
    ///
    /// # Errors
    /// The tablet was given none.
    pub fn site_scope(&self) -> Result<ScopeId> {
        let mut scopes = self.joined.scopes.iter();
        let found = scopes.find(|scope| scope.site.is_some());
        Ok(found.context("no scope of a site")?.id)
    }

    /// Records one act in the site's scope after the entries given; answers its entry's name.
    ///
    /// # Errors
    /// The tablet does not record it.
    pub fn record(
        &self,
        case: CaseId,
        after: Vec<Hash>,
        role: &str,
        kind: &str,
        body: Map<String, Value>,
    ) -> Result<Hash> {
        self.record_in(self.site_scope()?, case, after, role, kind, body)
    }

    /// As [`Self::record`], in a scope.
    ///
    /// # Errors
    /// The tablet does not record it.
    pub fn record_in(
        &self,
        scope: ScopeId,
        case: CaseId,
        after: Vec<Hash>,
        role: &str,
        kind: &str,
        body: Map<String, Value>,
    ) -> Result<Hash> {
        let deed = Deed {
            case: Some(case),
            scope,
            acts: vec![NewAct {
                kind: kind.to_owned(),
                body,
            }],
            after,
            attachments: Vec::new(),
            role: role.to_owned(),
            app: String::new(),
        };
        let entries = done(run(self.tablet.record(&deed, None, now())))?;
        Ok(entries.first().context("a deed has an entry")?.hash())
    }

    /// The entries of the site: units, households.
    ///
    /// # Errors
    /// The tablet cannot read them.
    pub fn site_entries(&self) -> Result<Vec<Entry>> {
        let stored = done(run(self.tablet.scope_entries(&self.site_scope()?)))?;
        Ok(stored.into_iter().map(|one| one.entry).collect())
    }
}

/// Headers that show a body to be a tablet's.
fn device_headers(
    device: DeviceId,
    key: &SigningKey,
    path: &str,
    body: &[u8],
) -> [(&'static str, String); 2] {
    let signed = record::signed::request_bytes("POST", path, &device, body);
    let signature = keys::to_base64(&keys::sign(key, &signed));
    [
        (DEVICE_HEADER, device.to_string()),
        (SIGNATURE_HEADER, signature),
    ]
}

fn sign_in(
    locked: &Locked<Memory>,
    (address, key): (&str, &SigningKey),
    code: &str,
    staff: Option<StaffId>,
) -> Result<Tablet<Memory, Fill>> {
    let signing_in = locked.sign_in(fill as Fill, code, staff);
    let body = serde_json::to_vec(&signing_in.request)?;
    let headers = device_headers(locked.identity.device, key, SIGN_IN_PATH, &body);
    let headers = headers
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let reply = http::send(address, &format!("POST {SIGN_IN_PATH}"), &headers, &body)?;
    let reply: SignInReply = accepted(&reply)?;
    done(run(locked.signed_in(
        fill as Fill,
        &signing_in,
        &reply,
        (PIN, COST),
    )))
}

/// What an answer of the endpoint holds, where it is no refusal.
fn accepted<T: serde::de::DeserializeOwned>(reply: &Reply) -> Result<T> {
    ensure!(reply.status == 200, "{}: {}", reply.status, reply.text());
    Ok(serde_json::from_slice(&reply.body)?)
}

/// What a call on storage in memory answers: it never waits.
fn done<T, E: Into<anyhow::Error>>(ran: Option<Result<T, E>>) -> Result<T> {
    ran.context("storage in memory does not wait")?
        .map_err(Into::into)
}
