//! Which address is shown, and how links and buttons change it without loading the page.

use domain::id::CaseId;
use leptos::ev;
use view::prelude::*;
use view::{Children, IntoView, component, view};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, MouseEvent};

use crate::routes::{self, Place};
use crate::state::App;

/// Path and query of the page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Address {
    /// Begins with a slash.
    pub(crate) path: String,
    /// Without the question mark.
    query: String,
}

impl Address {
    /// Reads an address without its origin.
    fn read(whole: &str) -> Self {
        let whole = whole.split('#').next().unwrap_or_default();
        let (path, query) = whole.split_once('?').unwrap_or((whole, ""));
        Self {
            path: path.to_owned(),
            query: query.to_owned(),
        }
    }

    /// The address that the browser shows.
    pub(crate) fn shown() -> Self {
        let location = window().location();
        Self {
            path: location.pathname().unwrap_or_default(),
            query: location
                .search()
                .unwrap_or_default()
                .trim_start_matches('?')
                .to_owned(),
        }
    }

    /// A value of the query. What this client writes there needs no decoding.
    pub(crate) fn value(&self, name: &str) -> Option<String> {
        self.query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value.to_owned())
    }
}

/// What a link has typed in: codes behind `#`, which no server is told and the browser's history
/// does not keep.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Link {
    /// Code for joining.
    pub(crate) join: Option<String>,
    /// Fingerprint of the endpoint's root key, 32 hexadecimal digits.
    pub(crate) root: Option<String>,
    /// Code for signing in.
    pub(crate) sign_in: Option<String>,
}

impl Link {
    /// Reads what stands behind `#`, without it.
    fn read(text: &str) -> Self {
        let value = |name: &str| {
            let mut pairs = text.split('&').filter_map(|pair| pair.split_once('='));
            let (_, value) = pairs.find(|(key, _)| *key == name)?;
            Some(value.to_owned()).filter(|value| !value.is_empty())
        };
        Self {
            join: value("join"),
            root: value("root"),
            sign_in: value("sign-in"),
        }
    }

    /// Takes it from the address that the browser shows.
    pub(crate) fn take() -> Self {
        let location = window().location();
        if location.pathname().as_deref() != Ok(routes::JOIN) {
            return Self::default();
        }
        let link = Self::read(location.hash().unwrap_or_default().trim_start_matches('#'));
        if let Ok(history) = window().history() {
            // A page that may not write its history still uses the link.
            let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(routes::JOIN));
        }
        link
    }
}

impl App {
    /// The case of the address that is shown; a case of no name where it names none.
    pub(crate) fn case_here(self) -> CaseId {
        let place = self.address.with_untracked(|here| Place::at(&here.path));
        place.case().unwrap_or_else(|| CaseId::from(""))
    }

    /// Shows another address; back leads here again.
    pub(crate) fn go(self, to: &str) {
        change(self, to, false);
    }

    /// Shows another address in the place of this one: back does not lead here.
    pub(crate) fn go_instead(self, to: &str) {
        change(self, to, true);
    }
}

fn change(app: App, to: &str, instead: bool) {
    let address = Address::read(to);
    let elsewhere = app.address.with_untracked(|here| here.path != address.path);
    if let Ok(history) = window().history() {
        // A page that may not write its history still shows the place.
        let _ = if instead {
            history.replace_state_with_url(&JsValue::NULL, "", Some(to))
        } else {
            history.push_state_with_url(&JsValue::NULL, "", Some(to))
        };
    }
    app.address.set(address);
    if elsewhere {
        window().scroll_to_with_x_and_y(0.0, 0.0);
    }
}

/// Follows back, forward and every link of the page, whatever it shows, until the owner ends.
pub(crate) fn follow(app: App) {
    let back = window_event_listener(ev::popstate, move |_| app.address.set(Address::shown()));
    let press = window_event_listener(ev::click, move |event| {
        if let Some(to) = link(&event) {
            event.prevent_default();
            app.go(&to);
        }
    });
    let linked = window_event_listener_untyped("hashchange", |_| {
        let location = window().location();
        let at_join = location.pathname().as_deref() == Ok(routes::JOIN);
        if at_join && location.hash().is_ok_and(|hash| !hash.is_empty()) {
            // Another link was opened on this very page: it begins as if it were a new one.
            drop(location.reload());
        }
    });
    on_cleanup(move || {
        back.remove();
        press.remove();
        linked.remove();
    });
}

/// Where a plain press on a link of this client leads.
fn link(event: &MouseEvent) -> Option<String> {
    let other_key = event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key();
    if event.default_prevented() || event.button() != 0 || other_key {
        return None;
    }
    let pressed: Element = event.target()?.dyn_into().ok()?;
    let link = pressed.closest("a[href]").ok()??;
    let href = link.get_attribute("href")?;
    let ours = href.starts_with('/') && !href.starts_with("//");
    let away = link.has_attribute("target") || link.has_attribute("download");
    (ours && !away).then_some(href)
}

/// A link that says whether it leads to the place that is shown.
#[component]
pub(crate) fn A(
    /// Where it leads.
    #[prop(into)]
    href: Signal<String>,
    /// Only this very path counts as the place, not those below it.
    #[prop(optional)]
    exact: bool,
    /// Its class.
    #[prop(optional, into)]
    class: Option<String>,
    /// For tests.
    #[prop(optional, into)]
    data_testid: Option<String>,
    /// What it shows.
    children: Children,
) -> impl IntoView {
    let app = App::here();
    let current = move || {
        app.address.with(|address| {
            href.with(|href| {
                let below = || !exact && address.path.starts_with(&format!("{href}/"));
                (address.path == *href || below()).then_some("page")
            })
        })
    };
    view! {
        <a
            href=move || href.get()
            class=class
            data-testid=data_testid
            aria-current=current
        >
            {children()}
        </a>
    }
}

#[cfg(test)]
mod tests {
    use super::{Address, Link};

    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn a_link_types_codes_in() {
        let link = Link::read("join=ABCD2345&root=00ff&sign-in=7F1KHNWV");
        assert_eq!(link.join.as_deref(), Some("ABCD2345"));
        assert_eq!(link.root.as_deref(), Some("00ff"));
        assert_eq!(link.sign_in.as_deref(), Some("7F1KHNWV"));
        assert_eq!(Link::read("join="), Link::default());
        assert_eq!(Link::read(""), Link::default());
    }

    #[test]
    fn an_address_is_a_path_and_values() {
        let address = Address::read("/cases/a-1?act=urged&clock=P-measures#here");
        assert_eq!(address.path, "/cases/a-1");
        assert_eq!(address.value("clock").as_deref(), Some("P-measures"));
        assert_eq!(address.value("act").as_deref(), Some("urged"));
        assert_eq!(address.value("way"), None);
        assert_eq!(Address::read("/").value("act"), None);
    }
}
