//! The cells as they are drawn. Empty cells stay, so that the sheet can be finished by hand.

use domain::act::{
    Agreement, Area, Channel, Choice, Class, RevisitForm, Revisited, Satisfaction, Severity,
    Signature, Signed, Strokes, Validity, View as Told,
};
use domain::case::Case;
use domain::view::{Dated, Ground, Resolution};
use view::prelude::*;
use view::{View, view};

use super::pages::{self, Part};
use super::sheet::{Sheet, agreement, ink, satisfaction, unsigned};
use crate::i18n::{t, t_string};
use crate::state::App;
use crate::ui::SigView;
use crate::words::{self, I18n};

/// The whole form: the sheet, then what did not fit.
pub(super) fn form(i18n: I18n, app: App, case: &Case) -> View {
    let directory = app.directory.get();
    let zone = app.zone();
    let mut sheet = Sheet::new(i18n, app, case, &directory, &zone);
    let rows = [
        who(&sheet),
        kinds(&sheet),
        content(&mut sheet),
        measures(&mut sheet),
        result(&mut sheet),
        revisit(&mut sheet),
        opinion(&mut sheet),
        archive(&sheet),
    ];
    sheet.earlier();
    let more = pages::pages(&sheet.parts);
    let count = more.len() + 1;
    let next: Vec<View> = more
        .iter()
        .zip(2..)
        .map(|(parts, page)| next_page(&sheet, parts, page, count))
        .collect();
    view! {
        <article class="sheetp" lang="zh-Hant">
            <h1>{t!(i18n, print.title)}</h1>
            {head(&sheet)}
            <table>
                <colgroup>
                    <col class="w10" />
                    <col class="w24" />
                    <col class="w38" />
                    <col class="w22" />
                    <col class="w34" />
                    <col class="w22" />
                    <col />
                </colgroup>
                <tbody>{rows.to_vec_view()}</tbody>
            </table>
            {foot(&sheet, 1, count)}
        </article>
        {next}
    }
}

/// Rows as one list.
trait Rows {
    fn to_vec_view(self) -> Vec<View>;
}

impl<const N: usize> Rows for [View; N] {
    fn to_vec_view(self) -> Vec<View> {
        self.into()
    }
}

fn head(sheet: &Sheet<'_>) -> View {
    let i18n = sheet.i18n;
    let site = sheet.directory.site.as_ref().map(|site| site.name.clone());
    view! {
        <div class="hd">
            <span>{t_string!(i18n, print.station, name = site.unwrap_or_default())}</span>
            <span>{t_string!(i18n, print.number, number = sheet.case.number.clone())}</span>
        </div>
    }
}

fn foot(sheet: &Sheet<'_>, page: usize, pages: usize) -> View {
    let i18n = sheet.i18n;
    let printed = t_string!(
        i18n,
        print.printed,
        number = sheet.case.number.clone(),
        at = sheet.full(sheet.now),
        name = sheet.printer.clone()
    );
    let code = t_string!(
        i18n,
        print.code,
        code = sheet.code(),
        page = page,
        pages = pages
    );
    view! {
        <div class="ft">
            <span>{printed}</span>
            <span>{code}</span>
        </div>
    }
}

fn next_page(sheet: &Sheet<'_>, parts: &[Part], page: usize, pages: usize) -> View {
    let i18n = sheet.i18n;
    let parts: Vec<View> = parts
        .iter()
        .map(|part| {
            view! {
                <h2>{part.heading.clone()}</h2>
                <p class="pre">{part.text.clone()}</p>
            }
        })
        .collect();
    view! {
        <article class="sheetp" lang="zh-Hant">
            <h1>{t!(i18n, print.next_title)}</h1>
            {head(sheet)}
            <div class="more">{parts}</div>
            {foot(sheet, page, pages)}
        </article>
    }
}

/// A boxed tick with its words.
fn tick(i18n: I18n, on: bool, label: String) -> View {
    let (class, state) = if on {
        ("o y", t_string!(i18n, print.ticked))
    } else {
        ("o", t_string!(i18n, print.not_ticked))
    };
    view! {
        <span class="op">
            <span class=class role="img" aria-label=state></span>
            {label}
        </span>
    }
}

/// One box for each of a list, that which was chosen ticked.
fn ticks<T: Copy + PartialEq>(
    i18n: I18n,
    chosen: Option<T>,
    list: &[(T, &'static str)],
) -> Vec<View> {
    let list = list.iter();
    list.map(|(one, label)| tick(i18n, chosen == Some(*one), (*label).to_owned()))
        .collect()
}

/// Who, where, when, by whom.
fn who(sheet: &Sheet<'_>) -> View {
    let i18n = sheet.i18n;
    let (name, telephone) = sheet.complainant();
    let channel = match &sheet.case.details.channel {
        Some(Choice::Listed(Channel::InPerson)) => t_string!(i18n, act.channel_in_person).into(),
        Some(Choice::Listed(Channel::Telephone)) => t_string!(i18n, act.channel_telephone).into(),
        Some(Choice::Listed(Channel::Written)) => t_string!(i18n, act.channel_written).into(),
        Some(Choice::Other(words)) => words.clone(),
        None => String::new(),
    };
    view! {
        <tr>
            <th colspan="2">{t!(i18n, print.complainant)}</th>
            <td>{name}</td>
            <th>{t!(i18n, print.unit)}</th>
            <td>{sheet.place()}</td>
            <th>{t!(i18n, print.telephone)}</th>
            <td>{telephone}</td>
        </tr>
        <tr>
            <th colspan="2">{t!(i18n, print.received_accepted)}</th>
            <td>{sheet.received()}</td>
            <th>{t!(i18n, print.channel)}</th>
            <td>{channel}</td>
            <th>{t!(i18n, print.officer)}</th>
            <td>{sheet.officer()}</td>
        </tr>
    }
}

/// Class, area and severity, verdict.
fn kinds(sheet: &Sheet<'_>) -> View {
    let i18n = sheet.i18n;
    let details = &sheet.case.details;
    let classes: Vec<View> = [
        (
            Class::Property,
            t_string!(i18n, act.class_property),
            "4.1.1",
        ),
        (
            Class::Forwarded,
            t_string!(i18n, act.class_forwarded),
            "4.1.2",
        ),
        (Class::Other, t_string!(i18n, act.class_other), "4.1.3"),
        (
            Class::OtherDepartment,
            t_string!(i18n, act.class_other_department),
            "4.2.2",
        ),
    ]
    .into_iter()
    .map(|(one, label, clause)| {
        tick(
            i18n,
            details.class == Some(one),
            format!("{label} {clause}"),
        )
    })
    .collect();
    let areas = [
        (
            Area::CustomerService,
            t_string!(i18n, act.area_customer_service),
        ),
        (Area::Environment, t_string!(i18n, act.area_environment)),
        (Area::Maintenance, t_string!(i18n, act.area_maintenance)),
    ];
    let severity = sheet.case.severity(sheet.now);
    // Not yet judged is treated as minor, but nobody has ticked it.
    let judged = details.severity.is_some() || severity.is_major();
    let severities = [
        (Severity::Minor, t_string!(i18n, act.minor)),
        (Severity::Major, t_string!(i18n, act.major)),
    ];
    let note = details
        .severity_note
        .clone()
        .filter(|note| !note.is_empty());
    let ground = match severity.ground {
        Some(Ground::MonthOver) => t_string!(i18n, print.month_over).to_owned(),
        Some(Ground::Judged) => note.unwrap_or_else(|| t_string!(i18n, print.judged).to_owned()),
        None => note.unwrap_or_else(|| "—".to_owned()),
    };
    let valid = details.validity == Some(Validity::Valid);
    view! {
        <tr>
            <th colspan="2">{t!(i18n, print.class)}</th>
            <td colspan="5">{classes}</td>
        </tr>
        <tr>
            <th colspan="2">{t!(i18n, print.area_severity)}</th>
            <td colspan="3">{ticks(i18n, details.area, &areas)}</td>
            <td colspan="2">
                {ticks(i18n, severity.severity.filter(|_| judged), &severities)}
                {t_string!(i18n, print.ground, ground = ground)}
            </td>
        </tr>
        <tr>
            <th colspan="2">{t!(i18n, print.verdict)}</th>
            <td colspan="5">
                {tick(i18n, valid, t_string!(i18n, print.valid).to_owned())}
                {tick(i18n, false, t_string!(i18n, print.invalid).to_owned())}
                {tick(i18n, false, t_string!(i18n, print.unreasonable).to_owned())}
                {t!(i18n, print.verdict_rest)}
            </td>
        </tr>
    }
}

/// A row with a heading that stands upright.
fn tall(class: &'static str, heading: &'static str, body: View) -> View {
    view! {
        <tr class=class>
            <th class="v">{heading}</th>
            <td colspan="6" class="top">
                {body}
            </td>
        </tr>
    }
}

/// 投訴內容, with the resident's demands inside it (P-5.3.7).
fn content(sheet: &mut Sheet<'_>) -> View {
    let i18n = sheet.i18n;
    let details = &sheet.case.details;
    let whole = details.content.clone().unwrap_or_default();
    let demands = details.demands.clone().unwrap_or_default();
    let heading = t_string!(i18n, print.content_cell);
    let content = sheet.cut(heading, &whole, 5);
    let demands = sheet.cut(t_string!(i18n, print.demands), &demands, 2);
    let mut solved = sheet.case.views.resolutions.iter();
    let on_spot = solved.any(|one| matches!(one, Resolution::OnSpot(_)));
    let reported = !sheet.case.views.reports.is_empty();
    let photos = Some(details.photos.len()).filter(|n| *n > 0);
    let body = view! {
        <div class="pre">
            <b>{t!(i18n, print.content)}</b>
            {content}
        </div>
        <div class="pre">
            <b>{t!(i18n, print.demands)}</b>
            {demands}
        </div>
        <div class="s">
            {t!(i18n, print.on_spot)}
            {tick(i18n, on_spot, t_string!(i18n, print.on_spot_yes).to_owned())}
            {tick(i18n, reported, t_string!(i18n, print.on_spot_no).to_owned())}
            {photos.map(|n| t_string!(i18n, print.attached, n = n))}
        </div>
    };
    tall("h38", heading, body)
}

/// 處理方法: what the department wrote, its stamps, the head's drawn signature.
fn measures(sheet: &mut Sheet<'_>) -> View {
    let i18n = sheet.i18n;
    let heading = t_string!(i18n, print.measures_cell);
    let transfer = sheet.transfer();
    let whole = transfer
        .and_then(|t| t.measures.clone())
        .unwrap_or_default();
    let measures = sheet.cut(heading, &whole, 5);
    let handler = transfer.map(|t| sheet.handler(t)).unwrap_or_default();
    let target = transfer.and_then(|t| t.target).map(|at| sheet.full(at));
    let filled = transfer.and_then(|t| t.filled.as_ref());
    let mark = filled.map_or("", |moment| sheet.corrected(&moment.hash));
    let stamps = transfer.map(|t| sheet.stamps(t)).unwrap_or_default();
    let departments = sheet.departments();
    let signature = transfer.and_then(|t| t.signature.as_ref());
    let unsigned = transfer.is_some_and(|t| t.returned.is_some() && t.signature.is_none());
    let body = view! {
        <div class="m21">
            <div class="pre">
                <b>{t!(i18n, print.measures)}</b>
                {measures}
                {mark}
            </div>
            <b>{t!(i18n, print.handler)}</b>
            {handler}
            "　"
            <b>{t!(i18n, print.target)}</b>
            {target}
        </div>
        <div class="s">{departments} "　" {stamps}</div>
        <div class="sg">
            {t!(i18n, print.head)} {drawn(sheet, signature)}
            {unsigned.then(|| t_string!(i18n, print.head_unsigned))}
        </div>
    };
    tall("h44", heading, body)
}

/// A drawn signature with its time, or an empty line to sign on.
fn drawn(sheet: &Sheet<'_>, signature: Option<&Signature>) -> View {
    let Some(signature) = signature else {
        return view! { <span class="sig"></span> };
    };
    view! {
        {strokes(sheet.i18n, &signature.strokes, signature.signer.clone())}
        <span>{sheet.full(signature.at)}</span>
    }
}

fn strokes(i18n: I18n, strokes: &Strokes, name: String) -> View {
    let (lines, pad) = ink(strokes);
    let label = t_string!(i18n, print.signature_of, name = name);
    view! { <SigView strokes=Signal::stored(lines) pad label=Signal::stored(label) /> }
}

/// Feedback, completion, resolution.
fn result(sheet: &mut Sheet<'_>) -> View {
    let i18n = sheet.i18n;
    let heading = t_string!(i18n, print.result_cell);
    let whole = sheet.result();
    let text = sheet.cut(heading, &whole, 4);
    tall("h17", heading, view! { <div class="pre">{text}</div> })
}

/// 驗證、回訪結果.
fn revisit(sheet: &mut Sheet<'_>) -> View {
    let i18n = sheet.i18n;
    let heading = t_string!(i18n, print.revisit_cell);
    let revisit = sheet.case.revisit();
    let form = revisit.map(|r| &r.act.form);
    let other = match form {
        Some(RevisitForm::Other(words)) => Some(tick(
            i18n,
            true,
            t_string!(i18n, print.other_form, words = words.clone()),
        )),
        _ => None,
    };
    let when = revisit.map(|r| {
        let at = r.moment.at.span.best;
        let resolved = sheet.case.resolution();
        let since = resolved.map(|r| at.since(r.moment().at.span.best));
        let after = since.map(|used| {
            let used = words::length_spoken(i18n, used);
            t_string!(i18n, print.after_resolved, used = used)
        });
        format!("{}{}", sheet.at(&r.moment), after.unwrap_or_default())
    });
    let told = revisit
        .map(|r| r.act.resident_words.clone())
        .unwrap_or_default();
    let told = sheet.cut(t_string!(i18n, print.resident_words), &told, 2);
    let body = view! {
        {tick(
            i18n,
            form == Some(&RevisitForm::Telephone),
            t_string!(i18n, print.by_telephone).to_owned(),
        )}
        {tick(i18n, form == Some(&RevisitForm::Door), t_string!(i18n, print.at_door).to_owned())}
        {other}
        {when}
        {opinions(i18n, revisit.map(|r| &r.act))}
        <div class="pre">
            <b>{t!(i18n, print.resident_words)}</b>
            {told}
        </div>
        <div>{sheet.attempts()}</div>
        {signed(sheet, revisit)}
    };
    tall("h52", heading, body)
}

fn opinions(i18n: I18n, revisit: Option<&Revisited>) -> View {
    let scale = [
        Satisfaction::Satisfied,
        Satisfaction::Fair,
        Satisfaction::Dissatisfied,
    ]
    .map(|one| (one, satisfaction(i18n, one)));
    let view = |told: Option<&Told>| ticks(i18n, told.and_then(|t| t.satisfaction), &scale);
    let agreements = [
        Agreement::Agreed,
        Agreement::WithReservation,
        Agreement::NotAgreed,
    ]
    .map(|one| (one, agreement(i18n, one)));
    view! {
        <table>
            <tbody>
                <tr>
                    <th class="w24">{t!(i18n, act.view_intake)}</th>
                    <td>{view(revisit.map(|r| &r.intake))}</td>
                    <th class="w24">{t!(i18n, act.view_measures)}</th>
                    <td>{view(revisit.map(|r| &r.measures))}</td>
                </tr>
                <tr>
                    <th>{t!(i18n, act.view_result)}</th>
                    <td>{view(revisit.map(|r| &r.result))}</td>
                    <th>{t!(i18n, print.agreement)}</th>
                    <td>{ticks(i18n, revisit.and_then(|r| r.agreement), &agreements)}</td>
                </tr>
            </tbody>
        </table>
    }
}

/// Who verified and visited, and the resident's signature or why there is none.
fn signed(sheet: &Sheet<'_>, revisit: Option<&Dated<Revisited>>) -> View {
    let i18n = sheet.i18n;
    let verified = sheet.case.views.verifications.last();
    let verified = verified.map(|v| sheet.e_signed(&v.moment));
    let visited = revisit.map(|r| sheet.e_signed(&r.moment));
    let unsigned = revisit.and_then(|r| unsigned(sheet.i18n, &r.act));
    let signature = match revisit.map(|r| &r.act.signed) {
        Some(Signed::Drawn(signature)) => Some(signature),
        _ => None,
    };
    let witness = match revisit.map(|r| &r.act.signed) {
        Some(Signed::Absent(absent)) => absent.witness.as_ref(),
        _ => None,
    };
    let witness = witness.and_then(|w| w.strokes.as_ref().zip(Some(w.name.clone())));
    let relation = signature.map(|s| s.relation.clone()).unwrap_or_default();
    let label = if relation.is_empty() {
        t_string!(i18n, print.resident).to_owned()
    } else {
        t_string!(i18n, print.signer, relation = relation)
    };
    let right = match unsigned {
        Some(why) => view! {
            <span>{why}</span>
            {witness.map(|(drawn, name)| strokes(i18n, drawn, name))}
        },
        None => view! {
            {label}
            {drawn(sheet, signature)}
        },
    };
    view! {
        <div class="pair">
            <div class="s">
                <div>{t!(i18n, print.verifier)} {verified}</div>
                <div>{t!(i18n, print.visitor)} {visited}</div>
            </div>
            <div class="sg">{right}</div>
        </div>
    }
}

/// 經理意見 (P-5.3.6).
fn opinion(sheet: &mut Sheet<'_>) -> View {
    let i18n = sheet.i18n;
    let heading = t_string!(i18n, print.manager_cell);
    let opinion = sheet.case.views.opinions.last();
    let whole = opinion.map(|o| o.act.words.clone()).unwrap_or_default();
    let text = sheet.cut(heading, &whole, 3);
    let mark = opinion.map_or("", |o| sheet.corrected(&o.moment.hash));
    let by = opinion.map(|o| sheet.e_signed(&o.moment));
    let body = view! {
        <div class="m16 pre">{text} {mark}</div>
        <div class="sg">{t!(i18n, print.manager)} <span>{by}</span></div>
    };
    tall("h28", heading, body)
}

/// 存檔 (P-5.3.6).
fn archive(sheet: &Sheet<'_>) -> View {
    let i18n = sheet.i18n;
    let archived = sheet.case.views.archived.as_ref().map(|moment| {
        let by = t_string!(
            i18n,
            print.archived_by,
            name = sheet.placed_name(moment),
            at = sheet.at(moment)
        );
        let unit = sheet.place();
        format!(
            "{by}　　{}",
            t_string!(i18n, print.household_file, unit = unit)
        )
    });
    view! {
        <tr>
            <th colspan="2">{t!(i18n, print.archive)}</th>
            <td colspan="5">{archived}</td>
        </tr>
    }
}
