//! Who is visited in which order: by building and entrance, from the top floor down, then the
//! calls. A person's own order of the day stands before that.

use sorted::SortedMap;
use std::cmp::Reverse;
use std::sync::Arc;

use domain::clock::{ClockState, Reading, reading};
use domain::id::{CaseId, StaffId};
use domain::site::Unit;
use domain::summary::Summary;
use domain::time::{Instant, Zone};
use serde::{Deserialize, Serialize};

use crate::state::App;
use crate::words;

/// The clock that a revisit stops.
pub(super) const CLOCK: &str = "P-revisit-minor";

/// Who is acting, as far as it decides whose a revisit is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Me {
    /// The person.
    pub(super) staff: StaffId,
    /// Roles held.
    pub(super) roles: Vec<String>,
}

impl Me {
    /// Whoever is acting now.
    pub(super) fn acting(app: App) -> Option<Self> {
        app.acting().map(|staff| Self {
            staff: staff.id,
            roles: staff.roles,
        })
    }

    /// Whether this person owes what the clock waits for.
    pub(super) fn owes(&self, reading: &Reading) -> bool {
        let owner = &reading.owner;
        let also = owner.also.iter().any(|role| self.roles.contains(role));
        also || match &owner.staff {
            Some(staff) => *staff == self.staff,
            None => self.roles.contains(&owner.role),
        }
    }
}

/// One household of the round.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Stop {
    /// The case.
    pub(super) id: CaseId,
    /// The case in short.
    pub(super) summary: Arc<Summary>,
    /// The revisit's clock.
    pub(super) reading: Reading,
    /// Where; `None` where the case has no unit or the unit is not known.
    pub(super) unit: Option<Unit>,
}

impl Stop {
    /// Whether it was visited.
    pub(super) fn is_done(&self) -> bool {
        !self.reading.state.is_open()
    }

    /// Whether a revisit by telephone was agreed.
    pub(super) fn is_call(&self) -> bool {
        self.summary
            .door
            .as_ref()
            .is_some_and(|door| door.by_telephone)
    }

    fn place(&self) -> Place {
        match &self.unit {
            _ if self.is_call() => Place::Calls,
            Some(unit) => Place::Entrance {
                number: number_in(&unit.building),
                building: unit.building.clone(),
                entrance: unit.entrance.clone(),
            },
            None => Place::Elsewhere,
        }
    }
}

/// Digits before anything else, so that building 10 comes after building 9.
fn number_in(building: &str) -> u32 {
    let digits: String = building
        .chars()
        .take_while(char::is_ascii_digit)
        .take(9)
        .collect();
    digits.parse().unwrap_or(u32::MAX)
}

/// A case as a stop of the round: its revisit is owed by `me`, or was made on `today`.
pub(super) fn stop(
    id: &CaseId,
    summary: &Arc<Summary>,
    now: Instant,
    today: Option<(&Zone, i64)>,
    me: Option<&Me>,
) -> Option<Stop> {
    let run = summary.runs.iter().rfind(|run| run.clock == CLOCK)?;
    let reading = reading(run, now)?;
    reading.start?;
    if !me?.owes(&reading) {
        return None;
    }
    let wanted = if reading.state.is_open() {
        summary.archived.is_none() && reading.state != ClockState::NotStarted
    } else {
        let stop = reading.stop?.best;
        today.is_some_and(|(zone, day)| words::day_number(zone, stop) == day)
    };
    wanted.then(|| Stop {
        id: id.clone(),
        summary: Arc::clone(summary),
        reading,
        unit: None,
    })
}

/// Where a group of stops lies, in the order of the round.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Place {
    /// An entrance of a building.
    Entrance {
        /// The number the building's name begins with.
        number: u32,
        /// The building.
        building: String,
        /// The entrance; empty where the building has one.
        entrance: String,
    },
    /// Places that are no unit.
    Elsewhere,
    /// Revisits by telephone.
    Calls,
}

impl Place {
    /// Its name in the kept order.
    pub(super) fn key(&self) -> String {
        match self {
            Self::Entrance {
                building, entrance, ..
            } => format!("door/{building}/{entrance}"),
            Self::Elsewhere => "elsewhere".to_owned(),
            Self::Calls => "calls".to_owned(),
        }
    }
}

/// The stops of one place in order.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Group {
    /// Where.
    pub(super) place: Place,
    /// In order.
    pub(super) stops: Vec<Stop>,
}

impl Group {
    /// The open stop that is due first.
    pub(super) fn tightest(&self) -> Option<&Stop> {
        let open = self.stops.iter().filter(|stop| !stop.is_done());
        open.min_by_key(|stop| stop.reading.urgency())
    }

    /// The open stop that comes first.
    pub(super) fn first_open(&self) -> Option<&Stop> {
        self.stops.iter().find(|stop| !stop.is_done())
    }

    /// How many are still open.
    pub(super) fn open(&self) -> usize {
        self.stops.iter().filter(|stop| !stop.is_done()).count()
    }
}

/// How somebody wants to walk on one day: kept as a draft.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Order {
    /// The day it holds for, days since 1970-01-01 in the site's zone.
    pub(super) day: i64,
    places: SortedMap<String, PlaceOrder>,
}

/// The same for one place.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct PlaceOrder {
    /// From the lowest floor up.
    upwards: bool,
    /// Cases in the order that was set by hand.
    by_hand: Vec<CaseId>,
}

impl Order {
    /// Whether a place is walked from the lowest floor up.
    pub(super) fn is_upwards(&self, place: &Place) -> bool {
        self.places
            .get(&place.key())
            .is_some_and(|order| order.upwards)
    }

    /// Walks a place the other way round; an order set by hand is given up.
    pub(super) fn turn(&mut self, place: &Place) {
        let order = self.places.get_or_default(place.key());
        order.upwards = !order.upwards;
        order.by_hand.clear();
    }

    /// Puts a stop before all others of its group.
    pub(super) fn first(&mut self, group: &Group, id: &CaseId) {
        let others = group.stops.iter().map(|stop| &stop.id);
        let others = others.filter(|other| *other != id);
        let by_hand = std::iter::once(id).chain(others).cloned().collect();
        self.places.get_or_default(group.place.key()).by_hand = by_hand;
    }

    /// Moves an open stop past the open stop before it, or after it.
    pub(super) fn shift(&mut self, group: &Group, id: &CaseId, up: bool) {
        let mut ids: Vec<CaseId> = group.stops.iter().map(|stop| stop.id.clone()).collect();
        let open = group.stops.iter().filter(|stop| !stop.is_done());
        let open: Vec<&CaseId> = open.map(|stop| &stop.id).collect();
        let at = open.iter().position(|open| *open == id);
        let target = at.and_then(|at| {
            let to = if up { at.checked_sub(1)? } else { at + 1 };
            open.get(to)
        });
        let place = |wanted: &CaseId| ids.iter().position(|one| one == wanted);
        if let Some((from, to)) = target.and_then(|other| place(id).zip(place(other))) {
            let moved = ids.remove(from);
            ids.insert(to, moved);
            self.places.get_or_default(group.place.key()).by_hand = ids;
        }
    }
}

/// The stops by place, each place in its order.
pub(super) fn groups(stops: Vec<Stop>, order: &Order) -> Vec<Group> {
    let mut by_place: SortedMap<Place, Vec<Stop>> = SortedMap::new();
    for stop in stops {
        by_place.get_or_default(stop.place()).push(stop);
    }
    let groups = by_place.into_iter().map(|(place, mut stops)| {
        let wanted = order.places.get(&place.key());
        sort(&mut stops, &place, wanted);
        Group { place, stops }
    });
    groups.collect()
}

fn sort(stops: &mut Vec<Stop>, place: &Place, wanted: Option<&PlaceOrder>) {
    let upwards = wanted.is_some_and(|order| order.upwards);
    let floor = |stop: &Stop| stop.unit.as_ref().map_or(0, |unit| unit.floor);
    let room = |stop: &Stop| {
        let unit = stop.unit.as_ref();
        unit.map(|unit| (unit.room.chars().count(), unit.room.clone()))
    };
    match place {
        Place::Entrance { .. } if upwards => {
            sorted::sort_by_key(stops, |stop| (floor(stop), room(stop)))
        }
        Place::Entrance { .. } => {
            sorted::sort_by_key(stops, |stop| (Reverse(floor(stop)), room(stop)))
        }
        Place::Elsewhere | Place::Calls => {
            sorted::sort_by_key(stops, |stop| (stop.is_done(), stop.reading.urgency()));
        }
    }
    let Some(order) = wanted.filter(|order| !order.by_hand.is_empty()) else {
        return;
    };
    let by_hand = |stop: &Stop| order.by_hand.iter().position(|id| *id == stop.id);
    sorted::sort_by_key(stops, |stop| by_hand(stop).unwrap_or(usize::MAX));
}

/// Which stops are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Part {
    /// 今日一趟
    #[default]
    All,
    /// 上門
    Doors,
    /// 電話
    Calls,
    /// 已完成
    Done,
}

impl Part {
    /// Whether a stop belongs to it.
    pub(super) fn has(self, stop: &Stop) -> bool {
        match self {
            Self::All => true,
            Self::Doors => !stop.is_call(),
            Self::Calls => stop.is_call(),
            Self::Done => stop.is_done(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    const NOW: Instant = Instant(1_000_000_000);
    const HOUR_MS: i64 = 3_600_000;

    /// A stop that is due in `hours`, done where `hours` is negative.
    fn a_stop(id: &str, place: Option<(&str, i32, &str)>, hours: i64) -> Stop {
        let span = |at: Instant| json!({ "from": at, "best": at, "to": at });
        let stopped = (hours < 0).then(|| json!({ "span": span(NOW), "as_stated": false }));
        let due = NOW.plus_ms(hours.abs() * HOUR_MS);
        let run = json!({
            "clock": CLOCK, "round": 1, "about": null, "clause": "P-6.0", "source": "clause",
            "limit": { "hours": 24 }, "starts_on": "resolved", "stops_on": "revisited",
            "start": { "span": span(due.plus_ms(-24 * HOUR_MS)), "as_stated": false },
            "opens": null, "due": span(due), "soon_from": null, "stop": stopped, "ends": null,
            "owner": { "role": "officer", "staff": null, "name": null, "department": null,
                "also": [] },
            "overdue_also": [],
        });
        let summary = json!({
            "number": id, "received": NOW, "accepted": NOW, "officer": null, "matter": "",
            "class": null, "area": null, "household": null, "unit": null, "place": null,
            "severity": { "applies": true, "major_from_start": false, "raised": null,
                "month_over": null, "month_proposes": false },
            "complainant": null, "form": null, "telephone": null, "department": null,
            "handler": null, "staff_complained": [], "phase": "resolved", "resolved": null,
            "archived": null, "door": null, "attempts": 0, "sent_not_received": false,
            "owed": [], "has_gaps": false, "contested": false, "has_unknown": false,
            "last": null, "runs": [run],
        });
        let summary: Arc<Summary> = Arc::new(serde_json::from_value(summary).unwrap());
        let me = Me {
            staff: StaffId::from("me"),
            roles: vec!["officer".to_owned()],
        };
        let zone = Zone::fixed("Asia/Shanghai", 8 * 3600);
        let today = words::day_number(&zone, NOW);
        let id = CaseId::from(id);
        let mut stop = stop(&id, &summary, NOW, Some((&zone, today)), Some(&me)).unwrap();
        stop.unit = place.map(|(building, floor, room)| Unit {
            id: domain::id::UnitId::from(room),
            building: building.to_owned(),
            entrance: String::new(),
            floor,
            room: room.to_owned(),
            retired: false,
        });
        stop
    }

    fn rooms(groups: &[Group]) -> Vec<Vec<String>> {
        let ids = |group: &Group| group.stops.iter().map(|stop| stop.id.to_string()).collect();
        groups.iter().map(ids).collect()
    }

    fn some_stops() -> Vec<Stop> {
        vec![
            a_stop("301", Some(("6", 3, "301")), 6),
            a_stop("1204", Some(("6", 12, "1204")), 5),
            a_stop("902", Some(("6", 9, "902")), 1),
            a_stop("ten", Some(("10", 1, "101")), 3),
            a_stop("yard", None, 2),
        ]
    }

    #[test]
    fn buildings_by_number_and_floors_downwards() {
        let groups = groups(some_stops(), &Order::default());
        let expected = [vec!["1204", "902", "301"], vec!["ten"], vec!["yard"]];
        assert_eq!(rooms(&groups), expected);
        assert_eq!(groups[0].tightest().unwrap().id.as_str(), "902");
    }

    #[test]
    fn an_order_of_ones_own_stands_before_the_floors() {
        let mut order = Order::default();
        let group = |order: &Order| groups(some_stops(), order).swap_remove(0);
        order.turn(&group(&order).place);
        assert_eq!(rooms(&[group(&order)]), [vec!["301", "902", "1204"]]);
        order.first(&group(&order), &CaseId::from("902"));
        assert_eq!(rooms(&[group(&order)]), [vec!["902", "301", "1204"]]);
        order.shift(&group(&order), &CaseId::from("1204"), true);
        assert_eq!(rooms(&[group(&order)]), [vec!["902", "1204", "301"]]);
        order.shift(&group(&order), &CaseId::from("902"), true);
        assert_eq!(rooms(&[group(&order)]), [vec!["902", "1204", "301"]]);
        order.turn(&group(&order).place);
        assert_eq!(rooms(&[group(&order)]), [vec!["1204", "902", "301"]]);
    }

    #[test]
    fn what_is_done_is_passed_over() {
        let stops = vec![
            a_stop("a", Some(("6", 3, "301")), 6),
            a_stop("b", Some(("6", 2, "201")), -1),
            a_stop("c", Some(("6", 1, "101")), 4),
        ];
        let mut order = Order::default();
        let first = groups(stops.clone(), &order).swap_remove(0);
        assert_eq!(first.open(), 2);
        order.shift(&first, &CaseId::from("c"), true);
        let moved = groups(stops, &order);
        assert_eq!(rooms(&moved), [vec!["c", "a", "b"]]);
    }

    #[test]
    fn anothers_revisit_is_not_mine() {
        let mine = a_stop("a", None, 6);
        let other = Me {
            staff: StaffId::from("other"),
            roles: vec!["manager".to_owned()],
        };
        assert!(stop(&mine.id, &mine.summary, NOW, None, Some(&other)).is_none());
        assert!(stop(&mine.id, &mine.summary, NOW, None, None).is_none());
    }
}
