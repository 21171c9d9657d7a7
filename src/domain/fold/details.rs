//! What intake recorded, with what later acts supplied.

use super::Ledger;
use crate::act::{Act, Details};

/// The details as they read now: of each field the last one supplied.
pub(super) fn merge(ledger: &Ledger) -> Details {
    let mut merged = Details::default();
    for (_, _, act) in ledger.counting() {
        match act {
            Act::Accepted(act) => supply(&mut merged, &act.details),
            Act::Detailed(details) => supply(&mut merged, details),
            _ => {}
        }
    }
    merged
}

fn supply(into: &mut Details, from: &Details) {
    fn set<T: Clone>(into: &mut Option<T>, from: &Option<T>) {
        if from.is_some() {
            into.clone_from(from);
        }
    }
    set(&mut into.channel, &from.channel);
    set(&mut into.household, &from.household);
    set(&mut into.unit, &from.unit);
    set(&mut into.place, &from.place);
    set(&mut into.complainant, &from.complainant);
    set(&mut into.class, &from.class);
    set(&mut into.area, &from.area);
    set(&mut into.content, &from.content);
    set(&mut into.matter, &from.matter);
    set(&mut into.demands, &from.demands);
    set(&mut into.severity, &from.severity);
    set(&mut into.severity_note, &from.severity_note);
    set(&mut into.validity, &from.validity);
    set(&mut into.department_complained, &from.department_complained);
    set(
        &mut into.department_responsible,
        &from.department_responsible,
    );
    set(&mut into.door, &from.door);
    for staff in &from.staff_complained {
        if !into.staff_complained.contains(staff) {
            into.staff_complained.push(staff.clone());
        }
    }
    into.photos.extend(from.photos.iter().cloned());
}
