//! A code that was just made: told once, to be typed or to be read by a camera.

use sync::wire::admin::{MadeCode, Qr};
use view::prelude::*;
use view::{IntoView, View, component, view};

use super::Desk;
use crate::i18n::{t, t_string, use_i18n};
use crate::ui::Sheet;
use crate::words::I18n;

#[component]
pub(super) fn CodeSheet(desk: Desk) -> impl IntoView {
    let i18n = use_i18n();
    let open = RwSignal::new(false);
    let made = desk.made;
    Effect::new(move |_| open.set(made.with(Option::is_some)));
    view! {
        <Sheet
            id="code-sheet"
            open
            title=Signal::derive(move || {
                match made.get() {
                    Some(code) if code.until_ms.is_some() => {
                        t_string!(i18n, admin.sign_in_code_of, whom = code.whom)
                    }
                    _ => t_string!(i18n, admin.join_code).to_owned(),
                }
            })
            close_label=t_string!(i18n, common.close)
            on_close=Callback::new(move |()| made.set(None))
        >
            {move || made.get().map(|code| shown(i18n, desk, &code))}
        </Sheet>
    }
}

fn shown(i18n: I18n, desk: Desk, code: &MadeCode) -> View {
    let until = match code.until_ms {
        Some(until) => t_string!(i18n, admin.good_until, when = desk.when(i18n, until)),
        None => t_string!(i18n, admin.good_while).to_owned(),
    };
    let how = match code.until_ms {
        Some(_) => t_string!(i18n, admin.sign_in_how),
        None => t_string!(i18n, admin.join_how),
    };
    view! {
        <p class="code num" data-testid="code">
            {code.code.clone()}
        </p>
        {code.qr.as_ref().map(|qr| picture(i18n, qr))}
        <p class="read">{how}</p>
        <p class="sm muted">{until}</p>
        <p class="cap">{t!(i18n, admin.code_once)}</p>
    }
}

/// A QR code with its quiet zone, dark on white whatever the theme.
fn picture(i18n: I18n, qr: &Qr) -> View {
    /// Modules of white around it, as the standard asks.
    const QUIET: usize = 4;
    let side = usize::try_from(qr.side).unwrap_or(0).max(1);
    let mut path = String::new();
    for (at, module) in qr.modules.chars().enumerate() {
        if module == '1' {
            let (x, y) = (at % side + QUIET, at / side + QUIET);
            path.push_str(&format!("M{x} {y}h1v1h-1z"));
        }
    }
    let whole = side + 2 * QUIET;
    view! {
        <svg
            class="qr"
            viewBox=format!("0 0 {whole} {whole}")
            role="img"
            aria-label=t_string!(i18n, admin.qr)
        >
            <path d=path />
        </svg>
    }
}
