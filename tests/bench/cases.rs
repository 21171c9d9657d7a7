//! Cases as a station has them open: at every step, of every age, with clocks that run,
//! will soon be due, or are overdue.

use std::ops::Range;

use acceptance::client::{Client, now, random};
use anyhow::{Context, Result, ensure};
use domain::act::Act;
use domain::procedure::PROPERTY_HASH;
use domain::site::Household;
use record::{CaseId, Hash};
use serde_json::{Value, json};

const HOUR_MS: i64 = 60 * 60 * 1000;

/// Who acts, and in which role; people of the training site.
type Actor = (&'static str, &'static str);

const OFFICER: Actor = ("林曉雯", "officer");
const HEAD: Actor = ("陳志明", "head");
const HANDLER: Actor = ("劉志強", "handler");
const STATION_HEAD: Actor = ("周建國", "station_head");

/// The department of head and handler.
const DEPARTMENT: &str = "維修部";

/// What residents complain about: in a few words, and as told.
const MATTERS: [(&str, &str); 6] = [
    (
        "廚房水管滴水",
        "廚房水槽下面的水管接口一直滴水，接了盆子也要一天倒兩次，櫃底板已經泡得起皮。",
    ),
    (
        "電梯上下有異響",
        "電梯上下時有摩擦異響，晚間十點後明顯，臥室聽得到，持續約一週。",
    ),
    (
        "樓道燈不亮",
        "出電梯左手邊的樓道燈不亮，老人晚上回來看不見台階，已經跟門崗說過一次。",
    ),
    (
        "門口地磚鬆動",
        "入戶門外一塊地磚鬆動，踩上去會晃，怕老人絆倒。",
    ),
    (
        "窗外機滴水",
        "樓上空調外機的水滴在窗台上，整夜有聲音，希望接根管子引走。",
    ),
    (
        "單元門關不嚴",
        "單元門的閉門器鬆了，門關不嚴，風大時來回撞，樓上樓下都聽得到。",
    ),
];

/// Where a case has come to. Each leaves a clock open that the list of today speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reached {
    /// With the department, the resident not yet told anything.
    Transferred,
    /// The department has it and owes the measures.
    Received,
    /// The measures are signed and the work is due.
    Returned,
    /// Resolved, the revisit is due.
    Resolved,
}

/// Has everybody who acts sign in on the tablet.
///
/// # Errors
/// The endpoint cannot be reached or refuses.
pub(crate) fn sign_in(client: &mut Client) -> Result<()> {
    let actors = [OFFICER, HEAD, HANDLER, STATION_HEAD];
    actors
        .iter()
        .try_for_each(|(name, _)| client.become_person(name))
}

/// Has the tablet record cases of 8 to 12 acts, those of these numbers among all; answers how many
/// acts that is.
///
/// # Errors
/// The site has no household, or an act is not recorded.
pub(crate) fn make(client: &mut Client, which: Range<usize>) -> Result<usize> {
    let entries = client.site_entries()?;
    let households = entries.iter().filter(|e| e.kind() == "site.household");
    let households: Vec<Household> = households.flat_map(|e| e.body_as().ok()).collect();
    let reached = [
        Reached::Transferred,
        Reached::Received,
        Reached::Returned,
        Reached::Resolved,
    ];
    let mut acts = 0;
    let places = households.iter().cycle().zip(MATTERS.iter().cycle());
    let kinds = reached
        .iter()
        .cycle()
        .zip([8, 9, 10, 11, 12].iter().cycle());
    for (index, ((household, matter), (reached, wanted))) in which.zip(places.zip(kinds)) {
        let mut case = Case::new(client, index, *wanted);
        case.accept(household, matter)?;
        case.work(*reached)?;
        case.fill_up()?;
        acts += case.acts;
    }
    ensure!(acts > 0, "the site has no household");
    Ok(acts)
}

/// A case while it is recorded.
struct Case<'c> {
    client: &'c mut Client,
    id: CaseId,
    index: usize,
    last: Vec<Hash>,
    /// How many acts it has, and shall have.
    acts: usize,
    wanted: usize,
    /// When the next act happened, and how long after it the one that follows; milliseconds of UTC.
    at: i64,
    step: i64,
}

impl<'c> Case<'c> {
    /// Every other case is of the last day, the others of the last 25.
    fn new(client: &'c mut Client, index: usize, wanted: usize) -> Self {
        let part = i64::try_from(index).unwrap_or_default() * 37 % 1_000;
        let longest = if index.is_multiple_of(2) { 24 } else { 25 * 24 };
        let age = HOUR_MS / 2 + longest * HOUR_MS * part / 1_000;
        let steps = i64::try_from(wanted).unwrap_or(i64::MAX).saturating_add(1);
        Self {
            client,
            id: CaseId::from_random(random()),
            index,
            last: Vec::new(),
            acts: 0,
            wanted,
            at: now().wall_ms - age,
            step: age / steps,
        }
    }

    fn accept(&mut self, household: &Household, matter: &(&str, &str)) -> Result<Hash> {
        let code = &self.client.joined.code;
        let body = json!({
            "number": format!("YS26-{code}-{:04}", self.index + 1),
            "procedure": "property",
            "procedure_hash": PROPERTY_HASH,
            "received": self.at,
            "details": {
                "channel": { "listed": "telephone" },
                "household": household.id,
                "unit": household.unit,
                "complainant": {
                    "name": household.name,
                    "form": household.form,
                    "telephone": household.telephones.first().map_or("", String::as_str),
                    "relation": household.relation,
                },
                "class": "4.1.1",
                "area": "maintenance",
                "content": matter.1,
                "matter": matter.0,
                "demands": "盡快處理，做完告知。",
                "severity": "minor",
                "validity": "valid",
                "department_complained": DEPARTMENT,
                "department_responsible": DEPARTMENT,
            },
        });
        self.record(OFFICER, "accepted", body)
    }

    /// The way to where the case has come to.
    fn work(&mut self, reached: Reached) -> Result<()> {
        let to = json!({ "to": ["station_head", "manager"], "how": "in_app" });
        self.record(OFFICER, "reported", to)?;
        let to = json!({ "department": DEPARTMENT });
        let transfer = self.record(OFFICER, "transferred", to)?;
        if reached == Reached::Transferred {
            return Ok(());
        }
        self.record(HEAD, "department_received", json!({ "transfer": transfer }))?;
        self.contact(true)?;
        if reached == Reached::Received {
            return Ok(());
        }
        self.measures(transfer)?;
        if reached == Reached::Returned {
            return Ok(());
        }
        let done = json!({ "transfer": transfer, "words": "已修好，現場試過。" });
        self.record(HANDLER, "done", done)?;
        self.record(
            OFFICER,
            "resolved",
            json!({ "words": "已修好，住戶知道了。" }),
        )?;
        Ok(())
    }

    fn measures(&mut self, transfer: Hash) -> Result<()> {
        let measures = "派人上門查看，更換損壞的配件，試用三次；做完由接單員電話告知住戶。";
        let handler = self.client.staff(HANDLER.0)?;
        let hours = i64::try_from(self.index % 96).unwrap_or_default() - 24;
        let filled = json!({
            "transfer": transfer,
            "measures": measures,
            "handler": { "listed": handler },
            "target": now().wall_ms + hours * HOUR_MS,
        });
        let filled = self.record(HEAD, "measures_filled", filled)?;
        let stroke = |at: u16| {
            (0..24)
                .map(|x| (at + 90 * x, 2_500 + 180 * (x % 7)))
                .collect()
        };
        let lines: Vec<Vec<(u16, u16)>> = [800, 3_600, 6_400].map(stroke).into();
        let signed = json!({
            "transfer": transfer,
            "filled": filled,
            "signature": {
                "statement": [
                    { "heading": "處理方法", "words": measures },
                    { "heading": "執行人", "words": HANDLER.0 },
                ],
                "language": "zh-Hant",
                "signer": HEAD.0,
                "relation": "維修部負責人",
                "at": self.at,
                "strokes": { "width": 640, "height": 240, "lines": lines },
            },
        });
        self.record(HEAD, "measures_returned", signed)?;
        Ok(())
    }

    /// What goes on beside the steps, until the case has as many acts as it shall have.
    fn fill_up(&mut self) -> Result<()> {
        while self.acts < self.wanted {
            match self.acts % 3 {
                0 => self.contact(false)?,
                1 => self.record(
                    OFFICER,
                    "noted",
                    json!({ "words": "住戶說這兩天上午都在家。" }),
                )?,
                _ => {
                    let urged = json!({
                        "clock": "P-completion", "whom": HEAD.0, "how": "in_person",
                        "words": "請盡快安排。",
                    });
                    self.record(STATION_HEAD, "urged", urged)?
                }
            };
        }
        Ok(())
    }

    fn contact(&mut self, reached: bool) -> Result<Hash> {
        let contact = json!({
            "kind": "feedback",
            "way": { "listed": "telephone" },
            "reached": reached,
            "counts_as_feedback": reached,
            "words": if reached { "告知已派人，修好再打給他。" } else { "沒有接，晚點再打。" },
            "resident_words": if reached { "好，盡快就行。" } else { "" },
        });
        self.record(OFFICER, "contacted", contact)
    }

    /// Records an act as having happened at its time, which its recorder states.
    fn record(&mut self, actor: Actor, kind: &str, mut body: Value) -> Result<Hash> {
        if let Some(fields) = body.as_object_mut() {
            let stated = json!({ "at": self.at, "reason": "補錄紙本" });
            fields.insert("happened".to_owned(), stated);
        }
        let act = Act::from_body(kind, &body.to_string());
        ensure!(!matches!(act, Act::Unknown(_)), "no act: {kind} {body}");
        self.client.become_person(actor.0)?;
        let after = std::mem::take(&mut self.last);
        let recorded = self
            .client
            .record(self.id, after, actor.1, kind, act.to_body());
        let hash = recorded.with_context(|| kind.to_owned())?;
        self.last.push(hash);
        self.acts += 1;
        self.at += self.step;
        Ok(hash)
    }
}
