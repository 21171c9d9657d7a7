//! The log of administration: every change that is asked for leaves a line with who, what and whom.

use std::mem::discriminant;

use acceptance::client::Client;
use sync::wire::admin::{AdminReply, Administered, Ask, PersonStated};

use crate::server_admin::{administrator, done, officer_post, stated, view};
use crate::server_support::{OFFICER, Station, printed, station_data};

const ADMINISTRATOR: &str = "系統管理員";
const MANAGER: &str = "周建國";
const NEW: &str = "徐靜";

/// Kind of the line that an ask leaves, whom it names, and whether it ends something. A new kind of
/// ask does not compile until it is said here.
fn line(ask: &Ask, seen: &AdminReply) -> Option<(&'static str, String, bool)> {
    let title = |device| {
        let mut tablets = seen.tablets.iter();
        tablets.find(|t| t.device == device).unwrap().title.clone()
    };
    let name = |staff| {
        let mut people = seen.people.iter();
        people.find(|p| p.staff == staff).unwrap().name.clone()
    };
    match ask {
        // Codes are no statement: what is done with one has a line then.
        Ask::View | Ask::SignInCode { .. } | Ask::JoinCode { .. } => None,
        Ask::SetPerson(person) => Some(("roster.staff", person.name.clone(), person.retired)),
        Ask::NameTablet { tablet, .. } | Ask::RestoreTablet { tablet } => {
            Some(("roster.device", title(*tablet), false))
        }
        Ask::RevokeTablet { tablet, .. } => Some(("roster.device", title(*tablet), true)),
        Ask::SignOut { staff, tablet } => {
            let whom = format!("{} {}", name(*staff), title(*tablet));
            Some(("roster.key", whom, true))
        }
        Ask::SetGroup { people, .. } => {
            let people: Vec<String> = people.iter().map(|staff| name(*staff)).collect();
            Some(("roster.scope", format!("YS {}", people.join("、")), false))
        }
        Ask::SetLease { site, .. } => {
            let site = seen.sites.iter().find(|one| one.code == *site).unwrap();
            Some(("roster.site", site.name.clone(), false))
        }
    }
}

/// One of each kind of ask, in an order in which each can be done.
fn every_ask(tablet: &Client, seen: &AdminReply) -> Vec<Ask> {
    let staff = |name: &str| {
        let mut people = seen.people.iter();
        people.find(|p| p.name == name).unwrap().staff
    };
    let (officer, device) = (staff(OFFICER), tablet.joined.device);
    let revoke = |wipe| Ask::RevokeTablet {
        tablet: device,
        wipe,
    };
    let restore = Ask::RestoreTablet { tablet: device };
    let group = &seen.groups[0];
    vec![
        Ask::View,
        Ask::SetPerson(stated("某人", vec![officer_post()])),
        Ask::SetPerson(PersonStated {
            staff: Some(staff(NEW)),
            retired: true,
            ..stated(NEW, vec![officer_post()])
        }),
        Ask::SignInCode {
            staff: officer,
            hours: 2,
        },
        Ask::JoinCode {
            site: "YS".to_owned(),
        },
        Ask::NameTablet {
            tablet: device,
            name: "大堂".to_owned(),
        },
        revoke(false),
        restore.clone(),
        revoke(true),
        restore,
        Ask::SetGroup {
            scope: group.scope,
            people: vec![officer, staff(MANAGER)],
            tablets: group.tablets.clone(),
        },
        Ask::SetLease {
            site: "YS".to_owned(),
            days: 7,
        },
        Ask::SignOut {
            staff: officer,
            tablet: device,
        },
    ]
}

fn assert_line(line: &Administered, by: &str, (kind, what, ends): (&str, &str, bool)) {
    let found = (line.by.as_str(), line.kind.as_str(), line.what.as_str());
    assert_eq!((found, line.ends), ((by, kind, what), ends));
}

#[test]
fn every_act_of_administration_leaves_a_line() {
    let station = Station::new();
    let admin = administrator(&station.endpoint);
    let tablet = station.endpoint.join("前台");
    done(&admin, Ask::SetPerson(stated(NEW, vec![officer_post()])));
    let data = station_data(&station.folder);
    let code = &tablet.joined.code;
    let found = ["found-group", "YS", "--member", "S01", "--tablet", code];
    printed(&[&["admin"], &found[..], &["--data", data.to_str().unwrap()]].concat());
    // Whoever is at the command line has no name.
    let before = view(&admin);
    let group = format!("YS {OFFICER}");
    assert_line(&before.log[0], "", ("roster.scope", &group, false));
    let asks = every_ask(&tablet, &before);
    let mut lines = before.log.len();
    for ask in &asks {
        let seen = done(&admin, ask.clone());
        let new = &seen.log[..seen.log.len() - lines];
        match line(ask, &seen) {
            None => assert_eq!(new, [], "{ask:?}"),
            Some((kind, what, ends)) => {
                assert_eq!(new.len(), 1, "{ask:?}");
                assert_line(&new[0], ADMINISTRATOR, (kind, &what, ends));
                assert!(new[0].at_ms <= seen.now_ms, "{ask:?}");
            }
        }
        lines = seen.log.len();
    }
    let kinds: std::collections::HashSet<_> = asks.iter().map(discriminant).collect();
    assert_eq!(kinds.len(), 10, "one of each kind is asked");
}
