//! An endpoint in memory over the rules of `sync::endpoint`, and tablets that meet it.

#![allow(
    unreachable_pub,
    dead_code,
    reason = "shared by the tests beside it, none of which uses all"
)]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on stops"
)]

mod tablets;

use std::collections::BTreeMap;

use record::erasure::{Erasure, ORDER, Order};
use record::keys;
use record::roster::{Device, Item, KIND_PREFIX, Key, Post, Scope, ScopeKind, Site, Staff, Zone};
use record::seal::SealKey;
use record::stream::{Head, Link};
use record::verdict::Reason;
use record::{DeviceId, Entry, Hash, Hlc, PublicKey, Receipt, Roster, ScopeId, StaffId, StreamId};
use sync::endpoint::{self, Author, Judgement, Known, Moment, OwnStream, Signer};
use sync::wire::*;
pub use tablets::*;

pub const SITE_SCOPE: ScopeId = ScopeId::from_random([2; 16]);
pub const COMPANY_SCOPE: ScopeId = ScopeId::from_random([1; 16]);
pub const STAFF: StaffId = StaffId::from_random([7; 16]);
pub const START_MS: i64 = 1_795_000_000_000;

#[derive(Clone, Default)]
struct StreamRow {
    owner: Option<(DeviceId, ScopeId)>,
    chain: Vec<Hash>,
    ahead: Vec<(u64, Hash, Option<Hash>)>,
    roster_seen: u64,
    receipts: Vec<Receipt>,
}

#[derive(Clone)]
struct Row {
    entry: Entry,
    digest: Hash,
}

#[derive(Clone)]
pub struct Endpoint {
    pub roster: Roster,
    pub epoch: String,
    pub now_ms: i64,
    /// Who has signed the requests.
    pub signer: Signer,
    author: Author,
    hlc: Hlc,
    counter: u64,
    own: BTreeMap<ScopeId, OwnStream>,
    streams: BTreeMap<StreamId, StreamRow>,
    entries: BTreeMap<Hash, (Entry, bool)>,
    feeds: BTreeMap<ScopeId, Vec<Row>>,
    scope_keys: BTreeMap<(DeviceId, ScopeId), String>,
}

impl Endpoint {
    pub fn new() -> Self {
        let key = keys::signing_key(&[9; 32]);
        let mut endpoint = Self {
            roster: Roster::new(PublicKey::of(&key)),
            author: Author::new(key, "test"),
            epoch: "e1".to_owned(),
            now_ms: START_MS,
            signer: Signer::Person(STAFF),
            hlc: Hlc::default(),
            counter: 0,
            own: BTreeMap::new(),
            streams: BTreeMap::new(),
            entries: BTreeMap::new(),
            feeds: BTreeMap::new(),
            scope_keys: BTreeMap::new(),
        };
        let scope = |id, kind, site: Option<&str>| {
            Item::Scope(Scope {
                id,
                kind,
                site: site.map(str::to_owned),
                roles: Vec::new(),
                added: Vec::new(),
                excluded: Vec::new(),
                devices: Vec::new(),
                founding: false,
            })
        };
        endpoint.state(Item::Site(Site {
            code: "YS".to_owned(),
            name: "Site".to_owned(),
            zone: Zone {
                name: "Asia/Shanghai".to_owned(),
                base: 28_800,
                changes: Vec::new(),
            },
            lease_days: None,
        }));
        endpoint.state(scope(COMPANY_SCOPE, ScopeKind::Company, None));
        endpoint.state(scope(SITE_SCOPE, ScopeKind::Site, Some("YS")));
        endpoint.state(Item::Staff(Staff {
            id: STAFF,
            name: "Person".to_owned(),
            posts: vec![Post {
                site: "YS".to_owned(),
                role: "officer".to_owned(),
                department: None,
            }],
            retired: false,
        }));
        endpoint
    }

    fn random<const N: usize>(&mut self) -> [u8; N] {
        self.counter += 1;
        let digest = Hash::of(format!("endpoint {} {}", self.epoch, self.counter).as_bytes());
        let mut bytes = [0; N];
        bytes
            .iter_mut()
            .zip(digest.bytes())
            .for_each(|(to, from)| *to = *from);
        bytes
    }

    fn moment(&mut self) -> Moment {
        Moment {
            now_ms: self.now_ms,
            hlc: self.hlc,
            roster: self.roster.position(),
            salt: self.random(),
        }
    }

    fn own_stream(&mut self, scope: ScopeId) -> OwnStream {
        if let Some(own) = self.own.get(&scope) {
            return *own;
        }
        OwnStream {
            scope,
            head: Head::empty(StreamId::from_random(self.random())),
            before: None,
        }
    }

    /// A new statement of the roster.
    pub fn state(&mut self, item: Item) -> Entry {
        let position = self.roster.position() + 1;
        let stream = self.own_stream(COMPANY_SCOPE);
        let moment = self.moment();
        let entry = self
            .author
            .write(&stream, None, item.kind(), &item.to_body(position), moment)
            .unwrap();
        self.own.insert(COMPANY_SCOPE, stream.after(&entry));
        assert!(self.roster.apply(&entry).unwrap());
        self.store(&entry, Link::Next, false);
        entry
    }

    /// Orders that what an entry says is erased, and does so here.
    pub fn erase(&mut self, hash: Hash, attachments: Vec<Hash>) {
        let order = self.order(hash, attachments, &[9; 32]);
        self.obey(&order);
    }

    /// Writes an order with the word of another key than the root's.
    pub fn erase_as_another(&mut self, hash: Hash) {
        self.order(hash, Vec::new(), &[10; 32]);
    }

    fn order(&mut self, hash: Hash, attachments: Vec<Hash>, seed: &[u8; 32]) -> Entry {
        let concerned = self.entries[&hash].0.header().clone();
        let order = Order {
            hash,
            erased: Erasure::issue(&hash, &keys::signing_key(seed)).to_string(),
            attachments,
            by: vec![STAFF, StaffId::from_random([8; 16])],
            reason: "told too much".to_owned(),
        };
        let body = serde_json::to_value(order).unwrap();
        let body = body.as_object().unwrap();
        let stream = self.own_stream(concerned.scope);
        let moment = self.moment();
        let order = self
            .author
            .write(&stream, concerned.case, ORDER, body, moment)
            .unwrap();
        self.own.insert(concerned.scope, stream.after(&order));
        self.store(&order, Link::Next, false);
        order
    }

    fn obey(&mut self, entry: &Entry) {
        let Some((order, erasure)) = Order::of(entry, &self.roster) else {
            return;
        };
        let rows = self.feeds.values_mut().flatten().map(|row| &mut row.entry);
        let held = self.entries.values_mut().map(|(entry, _)| entry);
        for held in rows.chain(held).filter(|held| held.hash() == order.hash) {
            *held = held.erased(&erasure).unwrap();
        }
    }

    fn store(&mut self, entry: &Entry, link: Link, forked: bool) {
        let header = entry.header();
        self.hlc = self.hlc.adopt(header.hlc);
        self.entries.insert(entry.hash(), (entry.clone(), forked));
        let stream = self.streams.entry(header.stream).or_default();
        stream.owner.get_or_insert((header.device, header.scope));
        if !forked {
            match link {
                Link::Next => {
                    stream.chain.push(entry.hash());
                    stream.roster_seen = header.roster;
                }
                _ => stream.ahead.push((header.seq, entry.hash(), header.prev)),
            }
            let mut head = Self::head_of(header.stream, stream);
            loop {
                let next = endpoint::advance(
                    head,
                    stream
                        .ahead
                        .iter()
                        .copied()
                        .filter(|(seq, ..)| *seq == head.seq + 1),
                );
                if next == head {
                    break;
                }
                stream.chain.push(next.hash);
                head = next;
            }
        }
        let feed = self.feeds.entry(header.scope).or_default();
        let before = feed.last().map_or(Hash::ZERO, |row| row.digest);
        feed.push(Row {
            entry: entry.clone(),
            digest: before.xor(&entry.hash()),
        });
    }

    fn head_of(id: StreamId, stream: &StreamRow) -> Head {
        Head {
            stream: id,
            seq: stream.chain.len() as u64,
            hash: stream.chain.last().copied().unwrap_or(Hash::ZERO),
        }
    }

    fn head(&self, id: StreamId) -> Head {
        self.streams
            .get(&id)
            .map_or(Head::empty(id), |stream| Self::head_of(id, stream))
    }

    fn at(&self, id: &StreamId, seq: u64) -> Option<Hash> {
        let chain = &self.streams.get(id)?.chain;
        chain
            .get(usize::try_from(seq.checked_sub(1)?).ok()?)
            .copied()
    }

    fn known(&self, entry: &Entry) -> Known {
        let header = entry.header();
        let stream = self.streams.get(&header.stream);
        let other = |e: &Entry| {
            e.header().stream == header.stream
                && e.header().seq == header.seq
                && e.hash() != entry.hash()
        };
        Known {
            held: self.entries.contains_key(&entry.hash()),
            head: stream.map(|stream| Self::head_of(header.stream, stream)),
            owner: stream.and_then(|stream| stream.owner),
            rival: self.entries.values().any(|(e, _)| other(e)),
            prev_forked: header
                .prev
                .and_then(|prev| self.entries.get(&prev))
                .is_some_and(|(e, forked)| *forked && e.header().stream == header.stream),
            other_successor: false,
            roster_seen: stream.map_or(0, |stream| stream.roster_seen),
        }
    }

    pub fn join(&mut self, device_key: PublicKey) -> JoinReply {
        let device = DeviceId::from_random(self.random());
        let codes: Vec<String> = self.roster.devices().map(|d| d.code.clone()).collect();
        let code = endpoint::next_device_code(codes.iter().map(String::as_str));
        self.state(Item::Device(Device {
            id: device,
            code: code.clone(),
            site: "YS".to_owned(),
            name: code.clone(),
            public_key: device_key,
            revoked: false,
            wipe: false,
        }));
        let scopes = self.roster.scopes_of(&device);
        JoinReply {
            proto: PROTO,
            device,
            code,
            site: "YS".to_owned(),
            root: *self.roster.root(),
            epoch: self.epoch.clone(),
            time_ms: self.now_ms,
            scopes: scopes
                .iter()
                .map(|id| {
                    let scope = self.roster.scope(id).unwrap();
                    ScopeGrant {
                        id: *id,
                        kind: scope.kind.clone(),
                        site: scope.site.clone(),
                    }
                })
                .collect(),
            staff: Vec::new(),
            training: None,
            entry: None,
        }
    }

    pub fn sign_in(&mut self, request: &SignInRequest) -> SignInReply {
        let staff = request.staff.unwrap_or(STAFF);
        self.state(Item::Key(Key {
            staff,
            device: request.device,
            public_key: request.public_key,
            revoked: false,
            by: None,
        }));
        let name = self.roster.person(&staff).unwrap().name.clone();
        SignInReply {
            proto: PROTO,
            person: StaffName { id: staff, name },
        }
    }

    /// The keys of scopes on a tablet, made when they are first asked for.
    fn give_keys(&mut self, device: DeviceId, scopes: Vec<ScopeId>) -> Vec<ScopeKey> {
        let mut given = Vec::new();
        for scope in scopes {
            let fresh = keys::to_base64(&self.random::<32>());
            let key = self.scope_keys.entry((device, scope)).or_insert(fresh);
            let key = key.clone();
            given.push(ScopeKey { scope, key });
        }
        given
    }

    /// The key of a scope on a tablet.
    pub fn key_on(&self, device: DeviceId, scope: ScopeId) -> SealKey {
        let key = self.scope_keys[&(device, scope)].as_str();
        SealKey::new(keys::decode(key).unwrap())
    }

    /// Takes a push and answers it; `page` bounds the entries of the reply.
    pub fn sync(&mut self, body: &str, page: usize) -> SyncReply {
        let request: SyncRequest = serde_json::from_str(body).unwrap();
        let key_of = |scope: &ScopeId| {
            let known = self.scope_keys.get(&(request.device, *scope));
            SealKey::new(known.and_then(|key| keys::decode(key)).unwrap_or([0; 32]))
        };
        let batch = endpoint::read_batch(&request, self.roster.root(), key_of).unwrap();
        let mut refused = batch.refused.clone();
        let mut pushed: BTreeMap<StreamId, Vec<(u64, Hash)>> = BTreeMap::new();
        let mut moved = Vec::new();
        for (index, entry) in &batch.entries {
            let header = entry.header();
            let judgement = endpoint::judge(entry, &self.roster, &self.known(entry), self.now_ms);
            match &judgement {
                Judgement::Refuse(reason) => {
                    refused.push(Refused {
                        index: *index,
                        hash: Some(entry.hash()),
                        reason: reason.clone(),
                    });
                    continue;
                }
                Judgement::Known => {}
                Judgement::Accept(link) => {
                    self.store(entry, *link, false);
                    self.obey(entry);
                    if entry.kind().starts_with(KIND_PREFIX) {
                        self.roster.apply(entry).unwrap();
                    }
                    if let Some(joining) = self.roster.joining_by(&entry.hash()) {
                        self.state(Item::Joining(joining));
                    }
                }
                Judgement::Aside(link, reason) => {
                    self.store(entry, *link, *reason == Reason::Fork);
                    let stream = self.own_stream(header.scope);
                    let moment = self.moment();
                    let verdict = self
                        .author
                        .set_aside(&stream, entry, reason.clone(), moment)
                        .unwrap();
                    self.own.insert(header.scope, stream.after(&verdict));
                    self.store(&verdict, Link::Next, false);
                }
            }
            if judgement != Judgement::Known && !moved.contains(&header.stream) {
                moved.push(header.stream);
            }
            pushed
                .entry(header.stream)
                .or_default()
                .push((header.seq, entry.hash()));
        }
        for stream in moved {
            self.issue_receipt(stream);
        }
        for receipt in &batch.receipts {
            let stream = self.streams.entry(receipt.body().head.stream).or_default();
            if !stream.receipts.contains(receipt) {
                stream.receipts.push(receipt.clone());
            }
        }
        let open = endpoint::scopes_to_send(&request, &self.signer, &self.roster);
        let keys = self.give_keys(request.device, open.give);
        let mut reply = self.reply(&request, body, &batch, &pushed, &open.send, page);
        reply.refused = refused;
        reply.keys = keys;
        reply.closed_scopes = open.close;
        reply
    }

    fn issue_receipt(&mut self, stream: StreamId) {
        let head = self.head(stream);
        let now_ms = self.now_ms;
        let row = self.streams.get_mut(&stream).unwrap();
        let last = row.receipts.last();
        if head.seq > 0 && last.is_none_or(|last| last.body().head != head) {
            let receipt = self.author.receipt(head, now_ms, last).unwrap();
            row.receipts.push(receipt);
        }
    }

    fn reply(
        &self,
        request: &SyncRequest,
        body: &str,
        batch: &endpoint::ReadBatch,
        pushed: &BTreeMap<StreamId, Vec<(u64, Hash)>>,
        scopes: &[ScopeId],
        page: usize,
    ) -> SyncReply {
        let confirmed = endpoint::confirmed(request, |id, seq| self.at(id, seq));
        let mut reply = SyncReply {
            proto: PROTO,
            epoch: self.epoch.clone(),
            time: self.author.say(
                endpoint::said(self.now_ms, &request.device, &self.roster),
                body.as_bytes(),
            ),
            acknowledged: Vec::new(),
            receipts: Vec::new(),
            entries: Vec::new(),
            cursors: Vec::new(),
            more: false,
            removed_scopes: endpoint::removed_scopes(request, &self.roster),
            refused: Vec::new(),
            frontiers: false,
            unknown_person: matches!(self.signer, Signer::SignedOut | Signer::Unknown),
            former_person: self.signer == Signer::Former,
            revoked_tablet: self
                .roster
                .device(&request.device)
                .is_some_and(|d| d.revoked),
            keys: Vec::new(),
            closed_scopes: Vec::new(),
        };
        let mut streams = endpoint::streams_named(request, batch);
        for id in &streams {
            let none = Vec::new();
            let pushed = pushed.get(id).unwrap_or(&none);
            let ack = endpoint::acknowledge(self.head(*id), pushed, |seq| self.at(id, seq));
            reply.acknowledged.push(ack);
        }
        let mut left = page;
        for scope in scopes.iter().copied() {
            let none = Vec::new();
            let feed = self.feeds.get(&scope).unwrap_or(&none);
            let named = request.cursors.iter().find(|cursor| cursor.scope == scope);
            let cursor = named.copied().unwrap_or(Cursor::start(scope));
            let index = |feed: u64| usize::try_from(feed.checked_sub(1)?).ok();
            let digest = index(cursor.feed)
                .and_then(|i| feed.get(i))
                .map(|row| row.digest);
            let holds = endpoint::cursor_holds(&cursor, request.epoch == self.epoch, digest);
            if !holds && request.frontiers.is_none() {
                reply.frontiers = true;
                reply.more = true;
                let cursor = Cursor::start(scope);
                let newest = feed.len() as u64;
                reply.cursors.push(ScopeState { cursor, newest });
                continue;
            }
            let mut at = if holds { cursor } else { Cursor::start(scope) };
            for row in feed
                .iter()
                .skip(usize::try_from(at.feed).unwrap())
                .take(left)
            {
                let header = row.entry.header();
                streams.insert(header.stream);
                at = Cursor {
                    scope,
                    feed: at.feed + 1,
                    digest: row.digest,
                };
                let forked = self.entries[&row.entry.hash()].1;
                reply.entries.push(FeedItem {
                    scope,
                    feed: at.feed,
                    carried: endpoint::carry(&row.entry, forked, &confirmed),
                });
                left -= 1;
            }
            let newest = feed.len() as u64;
            reply.more |= at.feed < newest;
            reply.cursors.push(ScopeState { cursor: at, newest });
        }
        for id in streams {
            let row = self.streams.get(&id);
            let receipts = row.into_iter().flat_map(|row| row.receipts.iter());
            reply
                .receipts
                .extend(receipts.map(|receipt| receipt.text().to_owned()));
        }
        reply
    }

    /// Every entry of a scope's feed that counts as taken.
    pub fn feed(&self, scope: &ScopeId) -> Vec<Entry> {
        let rows = self.feeds.get(scope).into_iter().flatten();
        rows.map(|row| row.entry.clone()).collect()
    }
}
