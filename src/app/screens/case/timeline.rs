//! 經過: the acts of a case, newest first. An act is never edited: a correction is a row of its
//! own, and in the row of the act both values stand.

use domain::act::{Accepted, Act, Signature, Signed};
use domain::calendar;
use domain::id::{EntryHash, StaffId};
use domain::recorded::{Recorded, Standing};
use domain::time::{Instant, Zone};
use domain::view::TimelineItem;
use view::prelude::*;
use view::{For, IntoView, component, view};

use super::answers;
use super::labels::{self, Fact};
use super::page::{Asked, Page};
use crate::i18n::{t, t_string, use_i18n};
use crate::screens::form::unsigned;
use crate::screens::photos::photos_of;
use crate::ui::{Icon, IconSize, IconView, PadSize, SigView, TimelineRow};
use crate::words::{self, I18n};

/// The card of the timeline.
#[component]
pub(super) fn Timeline(page: Page) -> impl IntoView {
    let i18n = use_i18n();
    let contacts_only = RwSignal::new(false);
    let items = move || {
        let only = contacts_only.get();
        page.case.with(|open| {
            let items = open.as_ref().map(|open| open.case.timeline());
            let newest_first = items.unwrap_or_default().iter().rev();
            newest_first
                .filter(|item| !only || is_contact(&item.entry.act))
                .cloned()
                .collect::<Vec<_>>()
        })
    };
    view! {
        <section class="card pad" aria-label=move || t_string!(i18n, case.timeline)>
            <div class="row between mb-12">
                <h3>{t!(i18n, case.timeline)}</h3>
                <div class="row gap-6">
                    <button
                        type="button"
                        class="btn ghost hide-ph"
                        aria-pressed=move || if contacts_only.get() { "true" } else { "false" }
                        on:click=move |_| contacts_only.update(|only| *only = !*only)
                    >
                        {move || {
                            if contacts_only.get() {
                                t_string!(i18n, case.all_acts)
                            } else {
                                t_string!(i18n, case.contacts_only)
                            }
                        }}
                    </button>
                    <button
                        type="button"
                        class="btn soft"
                        data-testid="note"
                        on:click=move |_| page.ask("noted", None, None)
                    >
                        <IconView icon=Icon::Plus size=IconSize::Small />
                        {t!(i18n, act.noted)}
                    </button>
                </div>
            </div>
            <ol class="tl">
                <For
                    each=items
                    key=|item| item.entry.hash.clone()
                    children=move |first| view! { <Row page first /> }
                />
            </ol>
        </section>
    }
}

/// What people did with the resident.
const fn is_contact(act: &Act) -> bool {
    matches!(
        act,
        Act::Accepted(_)
            | Act::SolvedOnSpot(_)
            | Act::Contacted(_)
            | Act::Revisited(_)
            | Act::VisitAttempted(_)
    )
}

/// Who, role, tablet.
pub(super) fn who(i18n: I18n, page: Page, entry: &Recorded<Act>) -> String {
    let app = page.app;
    let author = &entry.author;
    app.directory.with(|d| {
        let name = author.staff.as_ref().map(|id| d.name(id));
        let role = words::role_words(i18n, &author.role);
        let mut words = match name.filter(|name| !name.is_empty()) {
            Some(name) => format!("{name} {role}"),
            None => role,
        };
        if let Some(code) = d.devices.get(&author.device) {
            words.push_str(" · ");
            words.push_str(&t_string!(i18n, case.tablet, code = code.clone()));
        }
        words
    })
}

/// An act in one line: who, when, what.
pub(super) fn one_line(i18n: I18n, page: Page, hash: &EntryHash) -> String {
    let app = page.app;
    let (zone, now) = (app.zone(), app.now.get());
    page.case.with(|open| {
        let item = open
            .as_ref()
            .and_then(|open| find(open.case.timeline(), hash));
        item.map_or_else(String::new, |item| {
            let staff = item.entry.author.staff.as_ref();
            let name = staff.map(|id| app.directory.with(|d| d.name(id)));
            format!(
                "{} {} {}",
                name.unwrap_or_default(),
                words::when(i18n, &zone, item.at.span.best, now),
                words::act_words(i18n, item.entry.act.kind())
            )
        })
    })
}

/// An act in one line that tells it from another of the same kind: with the tablet and what it
/// says first.
pub(super) fn told_apart(i18n: I18n, page: Page, hash: &EntryHash) -> String {
    let app = page.app;
    let mut line = one_line(i18n, page, hash);
    let zone = app.zone();
    page.case.with(|open| {
        let items = open.as_ref().map(|open| open.case.timeline());
        let Some(item) = items.and_then(|items| find(items, hash)) else {
            return;
        };
        let code = app
            .directory
            .with(|d| d.devices.get(&item.entry.author.device).cloned());
        if let Some(code) = code {
            line.push_str(&format!(
                "（{}）",
                t_string!(i18n, case.tablet, code = code)
            ));
        }
        let facts = labels::facts(i18n, app, &answers::answers(&item.entry.act, &zone));
        if let Some(fact) = facts.first() {
            line.push(' ');
            line.push_str(&fact.line());
        }
    });
    line
}

/// The entry of that name.
pub(super) fn find<'a>(items: &'a [TimelineItem], hash: &EntryHash) -> Option<&'a TimelineItem> {
    items.iter().find(|item| item.entry.hash == *hash)
}

/// The acceptance with the receipt that its form had set, where that was changed by hand.
fn as_the_form_had_it(act: &Act) -> Option<Act> {
    let Act::Accepted(accepted) = act else {
        return None;
    };
    let received = accepted.received_first?;
    Some(Act::Accepted(Accepted {
        received,
        received_reason: String::new(),
        received_first: None,
        ..accepted.clone()
    }))
}

/// What an act says now, and what it said before, where that was another thing.
fn read_facts(i18n: I18n, page: Page, item: &TimelineItem) -> Vec<(Option<String>, Fact)> {
    let zone = page.app.zone();
    let told = |act: &Act| labels::facts(i18n, page.app, &answers::answers(act, &zone));
    let act = &item.entry.act;
    let set_by_form = as_the_form_had_it(act);
    let first = told(set_by_form.as_ref().unwrap_or(act));
    let corrected = item.reads.as_ref();
    let corrected = corrected.filter(|_| !item.corrected_by.is_empty());
    let Some(reads) = corrected.or_else(|| set_by_form.as_ref().map(|_| act)) else {
        return first.into_iter().map(|fact| (None, fact)).collect();
    };
    let mut rows: Vec<(Option<String>, Fact)> = Vec::new();
    let mut gone = first.clone();
    for fact in told(reads) {
        let before = first.iter().find(|old| old.ask == fact.ask);
        gone.retain(|old| old.ask != fact.ask);
        let differs = before.filter(|old| old.words != fact.words);
        rows.push((differs.map(|old| old.words.clone()), fact));
    }
    rows.extend(gone.into_iter().map(|mut fact| {
        let old = std::mem::take(&mut fact.words);
        (Some(old), fact)
    }));
    rows
}

/// The title of a row; an act of a newer version says so.
fn title(i18n: I18n, act: &Act) -> String {
    let name = words::act_words(i18n, act.kind());
    match act {
        Act::Unknown(unknown) if !Act::KINDS.contains(&unknown.kind.as_str()) => {
            format!("{name} · {}", unknown.kind)
        }
        Act::Corrected(act) => match &act.replacement {
            Some(replacement) => {
                let kind = words::act_words(i18n, replacement.kind());
                t_string!(i18n, case.corrected_title, kind = kind)
            }
            None => t_string!(i18n, case.taken_back_title).to_owned(),
        },
        Act::Noted(act) if !act.photos.is_empty() => {
            t_string!(i18n, case.photos_added, n = act.photos.len())
        }
        _ => name.to_owned(),
    }
}

/// An act as it stands. The row stays while what is said of the act changes: a photo that was
/// opened stays open, and the focus where it is.
#[component]
fn Row(page: Page, first: TimelineItem) -> impl IntoView {
    let i18n = use_i18n();
    let app = page.app;
    let entry = &first.entry;
    let icon = match &entry.act {
        Act::Noted(act) if !act.photos.is_empty() => Icon::Camera,
        act => labels::icon(act.kind()),
    };
    let tone = labels::tone(&entry.act);
    let pictures = page.id.with_value(|id| photos_of(id, entry.act.photos()));
    let drawn = signature(i18n, &entry.act);
    let hash = entry.hash.clone();
    let unsent = Memo::new(move |_| {
        page.case.with(|open| {
            let open = open.as_ref();
            open.is_some_and(|open| open.unsent.contains(&hash))
        })
    });
    let hash = entry.hash.clone();
    let item = Memo::new(move |before: Option<&TimelineItem>| {
        let now = page.case.with(|open| {
            let items = open.as_ref().map(|open| open.case.timeline());
            find(items.unwrap_or_default(), &hash).cloned()
        });
        now.or_else(|| before.cloned())
            .unwrap_or_else(|| first.clone())
    });
    let at = move || item.with(|item| item.at.span.best);
    let time = move || words::when(i18n, &app.zone(), at(), app.now.get());
    let detail = move || item.with(|item| recorded_by(i18n, page, item));
    let mark = move || {
        unsent
            .get()
            .then(|| t_string!(i18n, case.unsent).to_owned())
    };
    let why_unsigned = move || {
        let words = item.with(|item| match &item.entry.act {
            Act::Revisited(act) => unsigned(i18n, act),
            _ => None,
        });
        words.map(|words| view! { <div class="d">{words}</div> })
    };
    view! {
        <TimelineRow
            time=Signal::derive(time)
            instant=Signal::derive(move || calendar::rfc3339(&app.zone(), at()))
            icon
            tone
            title=Signal::derive(move || item.with(|item| title(i18n, &item.entry.act)))
            detail=Signal::derive(detail)
            mark=MaybeProp::derive(mark)
        >
            {move || item.with(|item| facts_view(i18n, page, item))}
            {pictures}
            {move || item.with(|item| target_view(i18n, page, &item.entry.act))}
            {drawn}
            {why_unsigned}
            {move || item.with(|item| standing_view(i18n, page, item))}
        </TimelineRow>
    }
}

/// Who recorded an act; and when, where it was stated for another time.
fn recorded_by(i18n: I18n, page: Page, item: &TimelineItem) -> String {
    let app = page.app;
    let mut words = who(i18n, page, &item.entry);
    if item.at.as_stated {
        let recorded = words::when(i18n, &app.zone(), item.entry.recorded.best, app.now.get());
        words.push_str(" · ");
        words.push_str(&t_string!(i18n, case.as_stated_recorded, time = recorded));
    }
    words
}

fn facts_view(i18n: I18n, page: Page, item: &TimelineItem) -> impl IntoView + use<> {
    let back = item.reads.is_none() && !item.corrected_by.is_empty();
    let (quotes, plain): (Vec<_>, Vec<_>) = read_facts(i18n, page, item)
        .into_iter()
        .partition(|(_, fact)| fact.quote);
    let old_words = |old: Option<String>| {
        old.map(|old| {
            let spoken = t_string!(i18n, case.was);
            view! {
                <span class="vh">{spoken}</span>
                <s class="old">{old}</s>
                " "
            }
        })
    };
    let plain_view: Vec<_> = plain
        .into_iter()
        .enumerate()
        .map(|(at, (old, fact))| {
            view! {
                {(at > 0).then_some(" · ")}
                {old_words(old)}
                <span class=back.then_some("old")>{fact.line()}</span>
            }
        })
        .collect();
    let quotes_view: Vec<_> = quotes
        .into_iter()
        .map(|(old, fact)| {
            view! {
                <blockquote class="quote">
                    {old_words(old)}
                    <span class=back.then_some("old")>{fact.words}</span>
                </blockquote>
            }
        })
        .collect();
    view! {
        {(!plain_view.is_empty()).then(|| view! { <div class="d pre">{plain_view}</div> })}
        {quotes_view}
    }
}

/// Which act a correction or a decision speaks of.
fn target_view(i18n: I18n, page: Page, act: &Act) -> Option<impl IntoView + use<>> {
    let words = match act {
        Act::Corrected(act) => {
            let line = one_line(i18n, page, &act.target);
            t_string!(i18n, case.corrects, line = line)
        }
        Act::Decided(act) => t_string!(
            i18n,
            case.decided_between,
            left = one_line(i18n, page, &act.left),
            right = one_line(i18n, page, &act.right)
        ),
        Act::Admitted(act) => {
            let line = one_line(i18n, page, &act.hash);
            t_string!(i18n, case.admits, line = line)
        }
        _ => return None,
    };
    Some(view! { <div class="d">{words}</div> })
}

/// The strokes of an act, drawn.
fn signature(i18n: I18n, act: &Act) -> Option<impl IntoView + use<>> {
    let drawn: &Signature = match act {
        Act::MeasuresReturned(act) => act.signature.as_ref()?,
        Act::Revisited(act) => match &act.signed {
            Signed::Drawn(signature) => signature,
            Signed::Absent(_) | Signed::NotAsked => return None,
        },
        _ => return None,
    };
    let side = |size: u32| u16::try_from(size).unwrap_or(u16::MAX);
    let pad = PadSize {
        width: side(drawn.strokes.width),
        height: side(drawn.strokes.height),
    };
    let label = t_string!(i18n, case.signature_of, name = drawn.signer.clone());
    let signer = format!("{} {}", drawn.signer, drawn.relation);
    let lines = drawn.strokes.lines.clone();
    Some(view! {
        <figure class="signed mt-8">
            <SigView strokes=Signal::stored(lines) pad label />
            <figcaption class="cap">{signer}</figcaption>
        </figure>
    })
}

/// Whether an act counts, and the way to put it right.
fn standing_view(i18n: I18n, page: Page, item: &TimelineItem) -> impl IntoView + use<> {
    let back = item.reads.is_none() && !item.corrected_by.is_empty();
    let tag = match &item.entry.standing {
        Standing::SetAside { .. } => Some(t_string!(i18n, case.set_aside)),
        Standing::Erased { .. } => Some(t_string!(i18n, case.erased)),
        Standing::Counts if back => Some(t_string!(i18n, case.taken_back)),
        Standing::Counts if !item.counts => Some(t_string!(i18n, case.counts_no_more)),
        Standing::Counts => None,
    };
    let reason = match &item.entry.standing {
        Standing::SetAside { reason } => Some(words::aside_reason(i18n, reason)),
        Standing::Erased { reason, by, at } => Some(erased_by(i18n, page, (reason, by, *at))),
        Standing::Counts => None,
    };
    let aside = match &item.entry.standing {
        Standing::SetAside { reason } => !FOR_GOOD.contains(&reason.as_str()),
        Standing::Counts | Standing::Erased { .. } => false,
    };
    let admit = aside && page.may_admit();
    let admitted = item.entry.hash.clone();
    let ask_admit = move |_| page.asked.set(Some(Asked::Admit(admitted.clone())));
    let corrected =
        (!item.corrected_by.is_empty() && !back).then(|| t_string!(i18n, act.corrected).to_owned());
    let hash = item.entry.hash.clone();
    let correct = item.counts && can_correct(&item.entry.act) && !page.app.only_reads();
    let open = move |_| page.asked.set(Some(Asked::Correct(hash.clone())));
    view! {
        <div class="row wrap gap-8">
            {tag.map(|words| view! { <span class="tag warn">{words}</span> })}
            {reason.map(|words| view! { <span class="sm muted">{words}</span> })}
            {corrected.map(|words| view! { <span class="tag">{words}</span> })}
            {admit
                .then(|| {
                    view! {
                        <button
                            type="button"
                            class="btn ghost flush"
                            data-testid="admit"
                            on:click=ask_admit
                        >
                            <IconView icon=Icon::Check size=IconSize::Small />
                            {t!(i18n, act.admitted)}
                        </button>
                    }
                })}
            {correct
                .then(|| {
                    view! {
                        <button
                            type="button"
                            class="btn ghost flush correct"
                            data-testid=format!("correct-{}", item.entry.act.kind())
                            on:click=open
                        >
                            <IconView icon=Icon::Pen size=IconSize::Small />
                            {t!(i18n, act.corrected)}
                        </button>
                    }
                })}
        </div>
    }
}

/// Who decided when and why that what an act said was to go.
fn erased_by(
    i18n: I18n,
    page: Page,
    (reason, by, at): (&str, &[StaffId], Option<Instant>),
) -> String {
    let app = page.app;
    let names = by.iter().map(|id| app.directory.with(|d| d.name(id)));
    let time = at.map(|at| words::when(i18n, &app.zone(), at, app.now.get()));
    t_string!(
        i18n,
        case.erased_by,
        time = time.unwrap_or_default(),
        names = names.collect::<Vec<_>>().join("、"),
        reason = reason.to_owned()
    )
}

/// Why an entry is set aside that nobody lets count: its act stands in a later one, or nobody has
/// signed it.
const FOR_GOOD: [&str; 2] = ["recorded_again", "bad_signature"];

/// Acts that a later act can put right.
const fn can_correct(act: &Act) -> bool {
    !matches!(
        act,
        Act::Corrected(_) | Act::Decided(_) | Act::Admitted(_) | Act::Voided(_) | Act::Unknown(_)
    )
}

/// A time on the site's clocks for the picker.
pub(super) fn picker_text(zone: &Zone, item: &TimelineItem) -> String {
    calendar::to_field(zone, item.at.span.best)
}
