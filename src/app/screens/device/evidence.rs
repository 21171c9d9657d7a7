//! 查驗證據檔: the evidence file of a case, checked on this tablet against the root key that it keeps.

use domain::time::Instant;
use record::evidence::{Fault, Report, check};
use view::prelude::*;
use view::{IntoView, View, component, view};

use crate::i18n::{t, t_string, use_i18n};
use crate::platform;
use crate::state::App;
use crate::ui::{Banner, Icon, IconView, Tone};
use crate::words::{self, I18n};

/// The field that takes the file.
const FIELD: &str = "evidence-file";

/// No more faults than these are listed; the count says how many there are.
const LISTED_MAX: usize = 10;

/// What became of the file that was chosen.
type Outcome = Result<Report, String>;

/// A button that takes a file, and what the check says of it.
#[component]
pub(super) fn CheckEvidence() -> impl IntoView {
    let i18n = use_i18n();
    let app = App::here();
    let outcome = RwSignal::new(None::<Outcome>);
    let chosen = move |event| {
        leptos::task::spawn_local(async move {
            let Some(bytes) = platform::chosen_file(event).await else {
                return;
            };
            let root = app.core().map(|core| core.tablet.root());
            let checked = bytes.map(|bytes| check(&bytes, root.as_ref()));
            let _gone = outcome.try_set(Some(checked));
        });
    };
    view! {
        <section class="card pad col" data-testid="evidence">
            <h2 class="h3">{t!(i18n, device.evidence)}</h2>
            <p class="sm muted">{t!(i18n, device.evidence_text)}</p>
            <input type="file" id=FIELD accept=".html" hidden=true on:change=chosen />
            <button type="button" class="btn" on:click=move |_| platform::press(FIELD)>
                <IconView icon=Icon::File />
                {t!(i18n, device.evidence_do)}
            </button>
            <div role="status">
                {move || outcome.with(|outcome| outcome.as_ref().map(|o| said(i18n, app, o)))}
            </div>
        </section>
    }
}

fn said(i18n: I18n, app: App, outcome: &Outcome) -> View {
    let report = match outcome {
        Ok(report) if report.is_sound() => {
            let what = t_string!(i18n, device.evidence_sound, n = report.entries);
            let kept = particulars(i18n, app, report);
            return view! { <Banner tone=Tone::Ok icon=Icon::ClockMet what kept /> };
        }
        Ok(report) => report,
        Err(why) => {
            let what = t_string!(i18n, device.evidence_unread, why = why.clone());
            return view! { <Banner tone=Tone::Bad icon=Icon::Warn what /> };
        }
    };
    let faults = report.findings.iter().take(LISTED_MAX);
    let lines: Vec<View> = faults
        .map(|found| {
            let what = meaning(i18n, &found.what);
            let line = t_string!(i18n, device.evidence_line, n = found.line, what = what);
            view! { <li class="sm">{line}</li> }
        })
        .collect();
    let what = t_string!(i18n, device.evidence_bad, n = report.findings.len());
    let kept = t_string!(i18n, device.evidence_bad_do).to_owned();
    view! {
        <Banner tone=Tone::Bad icon=Icon::Warn what kept />
        <ul class="col mt-8">{lines}</ul>
    }
}

/// When a sound file was made, and what it is not.
fn particulars(i18n: I18n, app: App, report: &Report) -> String {
    let mut words = String::new();
    if let Some(statement) = &report.statement {
        let (at, now) = (Instant(statement.time_ms), app.now.get());
        let when = words::when(i18n, &app.zone(), at, now);
        words.push_str(&t_string!(i18n, device.evidence_made, when = when));
        if statement.withheld > 0 {
            let n = statement.withheld;
            words.push_str(&t_string!(i18n, device.evidence_part, n = n));
        }
    }
    if report.set_aside > 0 {
        let n = report.set_aside;
        words.push_str(&t_string!(i18n, device.evidence_aside, n = n));
    }
    if !report.unknown.is_empty() {
        words.push_str(t_string!(i18n, device.evidence_newer));
    }
    words
}

/// What a fault means.
fn meaning(i18n: I18n, fault: &Fault) -> String {
    let words = match fault {
        Fault::NoEvidence => t_string!(i18n, device.evidence_none),
        Fault::ForeignRoot(root) => {
            let fingerprint = root.fingerprint();
            return t_string!(i18n, device.evidence_foreign, fingerprint = fingerprint);
        }
        Fault::Statement | Fault::Seal => t_string!(i18n, device.evidence_statement),
        Fault::Altered | Fault::Photo => t_string!(i18n, device.evidence_altered),
        Fault::Line | Fault::Entry(_) | Fault::Receipt(_) => {
            t_string!(i18n, device.evidence_torn)
        }
        Fault::Roster | Fault::Consent | Fault::Author(_) => {
            t_string!(i18n, device.evidence_author)
        }
        Fault::NotAMember => t_string!(i18n, device.evidence_not_a_member),
        Fault::OtherCase | Fault::Doubled => t_string!(i18n, device.evidence_misplaced),
        Fault::Chain | Fault::Beside | Fault::Place | Fault::Latest => {
            t_string!(i18n, device.evidence_chain)
        }
        Fault::ReceiptSignature | Fault::ReceiptElsewhere => {
            t_string!(i18n, device.evidence_receipt)
        }
        Fault::LeftOut(_) | Fault::Incomplete { .. } => {
            t_string!(i18n, device.evidence_left_out)
        }
    };
    words.to_owned()
}
