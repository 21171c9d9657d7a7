//! The runs of each clock of the procedure, as the acts of the case make them.

use sorted::SortedMap;

use super::{Happening, Happenings};
use crate::act::{Choice, Class, Details};
use crate::calendar::add_months;
use crate::clock::{ClockRun, EndReason, Owner};
use crate::id::StaffId;
use crate::procedure::{Applies, Clock, Limit, MinorOnMajor, OnOff, Per, Procedure};
use crate::time::{Instant, Span, Timed, Zone};
use crate::view::{SeverityFacts, TransferView, Views};

/// What runs are made from.
pub(super) struct Context<'a> {
    pub(super) procedure: &'a Procedure,
    pub(super) zone: &'a Zone,
    pub(super) details: &'a Details,
    pub(super) views: &'a Views,
    pub(super) happenings: &'a Happenings,
    /// Who acted on the case in which role, the first of each; an officer is who accepted it.
    pub(super) people: SortedMap<String, StaffId>,
}

/// What one run is cut from: a part of the record, and a transfer.
struct Cut<'a> {
    round: u32,
    after: Option<usize>,
    until: Option<usize>,
    transfer: Option<&'a TransferView>,
}

pub(super) fn runs(context: &Context<'_>, severity: &SeverityFacts) -> Vec<ClockRun> {
    let mut runs = Vec::new();
    for clock in context
        .procedure
        .clocks
        .iter()
        .filter(|c| exists(context, severity, c))
    {
        for cut in cuts(context, clock) {
            let mut run = run(context, clock, &cut);
            if is_kept(context, severity, clock, &cut, &run) {
                run.ends = ends(context, severity, clock, &run);
                runs.push(run);
            }
        }
    }
    runs
}

/// Whether a case of this class and first severity has the clock at all.
fn exists(context: &Context<'_>, severity: &SeverityFacts, clock: &Clock) -> bool {
    let switches = &context.procedure.switches;
    match clock.applies {
        Applies::Handling => {
            let class = context.details.class.unwrap_or(Class::Property);
            let in_class = class == Class::Property || switches.minor_clocks_on_other == OnOff::On;
            let major_from_start = severity.applies && severity.major_from_start;
            in_class && (!major_from_start || switches.minor_clocks_on_major == MinorOnMajor::Run)
        }
        Applies::Minor | Applies::MinorAtStart => severity.applies && !severity.major_from_start,
    }
}

/// Whether this round of the clock comes about.
fn is_kept(
    context: &Context<'_>,
    severity: &SeverityFacts,
    clock: &Clock,
    cut: &Cut<'_>,
    run: &ClockRun,
) -> bool {
    match clock.applies {
        Applies::Handling => {
            let stops = context.procedure.switches.minor_clocks_on_major == MinorOnMajor::Stop;
            let upgraded = severity.upgraded().filter(|_| stops);
            let sent = cut
                .transfer
                .map(|transfer| transfer.transferred.at.span.best);
            upgraded
                .zip(sent)
                .is_none_or(|(upgraded, sent)| sent < upgraded)
        }
        Applies::Minor => true,
        Applies::MinorAtStart => run
            .start
            .is_none_or(|start| !severity.at(start.span.best).is_major()),
    }
}

/// When something else takes the clock over.
fn ends(
    context: &Context<'_>,
    severity: &SeverityFacts,
    clock: &Clock,
    run: &ClockRun,
) -> Option<(Instant, EndReason)> {
    let at = match clock.applies {
        Applies::Handling => severity
            .upgraded()
            .filter(|_| context.procedure.switches.minor_clocks_on_major == MinorOnMajor::Stop),
        Applies::Minor => {
            let end = run.due.and_then(|due| due.to);
            severity
                .raised
                .filter(|raised| end.is_none_or(|end| *raised <= end))
        }
        Applies::MinorAtStart => severity.upgraded().filter(|_| run.start.is_none()),
    };
    at.map(|at| (at, EndReason::Replaced))
}

fn cuts<'a>(context: &'a Context<'_>, clock: &Clock) -> Vec<Cut<'a>> {
    match clock.per {
        Per::Case => {
            // A stop before the last undoing no longer counts; the start does.
            let undone = context
                .happenings
                .undone(clock.undone_by.as_ref(), &clock.stop);
            vec![Cut {
                round: 1,
                after: undone.last().copied(),
                until: None,
                transfer: None,
            }]
        }
        Per::Transfer => {
            let cut = |transfer: &'a TransferView| Cut {
                round: transfer.round,
                after: None,
                until: None,
                transfer: Some(transfer),
            };
            context.views.transfers.iter().map(cut).collect()
        }
        Per::Resolution => rounds(
            &context
                .happenings
                .undone(clock.undone_by.as_ref(), &clock.start),
        ),
    }
}

/// One round up to each undoing, and one after the last.
fn rounds<'a>(undone: &[usize]) -> Vec<Cut<'a>> {
    let ends = undone.iter().copied().map(Some).chain([None]);
    let starts = [None].into_iter().chain(undone.iter().copied().map(Some));
    (1..)
        .zip(starts.zip(ends))
        .map(|(round, (after, until))| Cut {
            round,
            after,
            until,
            transfer: None,
        })
        .collect()
}

impl Cut<'_> {
    fn holds(&self, happening: &Happening) -> bool {
        self.after.is_none_or(|place| happening.seq > place)
            && self.until.is_none_or(|place| happening.seq <= place)
            && self.is_of_transfer(happening)
    }

    /// An act that names no transfer belongs to every one that there was.
    fn is_of_transfer(&self, happening: &Happening) -> bool {
        self.transfer.is_none_or(|transfer| {
            happening
                .transfer
                .as_ref()
                .is_none_or(|named| *named == transfer.hash)
        })
    }
}

fn run(context: &Context<'_>, clock: &Clock, cut: &Cut<'_>) -> ClockRun {
    let start = start(context, clock, cut);
    let target = cut.transfer.and_then(|transfer| transfer.target);
    let due = start.and_then(|start| due(clock, context.zone, start.span, target));
    let opens = start.map(|start| start.span.best.plus_ms(clock.opens_ms));
    let soon_from = due.zip(opens).map(|(due, opens)| {
        let length = due.best.since(opens);
        due.best
            .plus_ms(-clock.due_soon_ms.unwrap_or_else(|| due_soon_ms(length)))
    });
    ClockRun {
        clock: clock.id.clone(),
        round: cut.round,
        about: cut.transfer.map(|transfer| transfer.hash.clone()),
        clause: clock.clause,
        source: clock.source,
        limit: clock.limit,
        starts_on: clock.start.id.clone(),
        stops_on: clock.stop.id.clone(),
        start,
        opens,
        due,
        soon_from,
        stop: stop(context, clock, cut, opens),
        ends: None,
        owner: owner(context, clock, cut),
        overdue_also: clock.overdue_also.clone(),
    }
}

fn start(context: &Context<'_>, clock: &Clock, cut: &Cut<'_>) -> Option<Timed> {
    let rearmed = clock.per == Per::Case;
    let starts = context.happenings.matching(&clock.start.triggers);
    let starts = starts.filter(|happening| {
        if rearmed {
            cut.is_of_transfer(happening)
        } else {
            cut.holds(happening)
        }
    });
    starts
        .map(|happening| happening.as_start)
        .min_by_key(|time| time.span.best)
}

/// The first stop. One that came before the start counts; one before the clock opened does not,
/// where it opens later than it starts.
fn stop(
    context: &Context<'_>,
    clock: &Clock,
    cut: &Cut<'_>,
    opens: Option<Instant>,
) -> Option<Timed> {
    let stops = context.happenings.matching(&clock.stop.triggers);
    stops
        .filter(|happening| !happening.contested && cut.holds(happening))
        .map(|happening| happening.as_stop)
        .filter(|stop| clock.opens_ms == 0 || opens.is_some_and(|opens| stop.span.best >= opens))
        .min_by_key(|stop| stop.span.best)
}

/// When a clock that started then is due: a range where the start is not known exactly.
pub(super) fn due(
    clock: &Clock,
    zone: &Zone,
    start: Span,
    target: Option<Instant>,
) -> Option<Span> {
    let plus = |at: Instant| {
        let opens = at.plus_ms(clock.opens_ms);
        match clock.limit {
            Limit::Minutes(n) => Some(opens.plus_ms(i64::from(n) * 60_000)),
            Limit::Hours(n) => Some(opens.plus_ms(i64::from(n) * 3_600_000)),
            Limit::Months(n) => Some(add_months(zone, opens, n)),
            Limit::Target => target,
        }
    };
    let to = match start.to {
        Some(to) => plus(to),
        None if clock.limit == Limit::Target => target,
        None => None,
    };
    Some(Span {
        from: plus(start.from)?,
        best: plus(start.best)?,
        to,
    })
}

/// A quarter of the clock's length, at least 3 minutes, at most 2 hours.
fn due_soon_ms(length_ms: i64) -> i64 {
    (length_ms / 4).clamp(3 * 60_000, 2 * 3_600_000)
}

/// The first of the roles that can owe it: whoever is complained about is passed over, and so
/// is a handler who was not named.
fn owner(context: &Context<'_>, clock: &Clock, cut: &Cut<'_>) -> Owner {
    let candidates = || clock.owner.iter().map(|role| candidate(context, role, cut));
    let can = |owner: &Owner| {
        let known = owner.staff.as_ref();
        let complained = known.is_some_and(|s| context.details.staff_complained.contains(s));
        let unnamed = owner.role == HANDLER && owner.staff.is_none() && owner.name.is_none();
        !complained && !unnamed
    };
    let first = candidates().find(can).or_else(|| candidates().next_back());
    first.unwrap_or_else(|| candidate(context, "", cut))
}

/// Roles whose person a transfer tells.
const HEAD: &str = "head";
const HANDLER: &str = "handler";

fn candidate(context: &Context<'_>, role: &str, cut: &Cut<'_>) -> Owner {
    let handler = cut.transfer.and_then(|transfer| transfer.handler.as_ref());
    let (staff, name) = match (role, handler) {
        (HEAD, _) => (cut.transfer.and_then(head), None),
        (HANDLER, Some(Choice::Listed(staff))) => (Some(staff.clone()), None),
        (HANDLER, Some(Choice::Other(name))) => (None, Some(name.clone())),
        (HANDLER, None) => (None, None),
        _ => (context.people.get(role).cloned(), None),
    };
    let of_department = matches!(role, HEAD | HANDLER);
    Owner {
        role: role.to_owned(),
        staff,
        name,
        department: cut
            .transfer
            .filter(|_| of_department)
            .map(|transfer| transfer.department.clone()),
        also: Vec::new(),
    }
}

/// The department's head, where one has acted on the transfer.
fn head(transfer: &TransferView) -> Option<StaffId> {
    let moments = [&transfer.returned, &transfer.filled, &transfer.received];
    let by_head = moments
        .into_iter()
        .flatten()
        .find(|moment| moment.by.role == HEAD);
    by_head.and_then(|moment| moment.by.staff.clone())
}
