//! Who is in the case: the resident, the officer, departments and handlers.

use view::{IntoView, component, view};

use super::page::Page;
use crate::i18n::{t, t_string, use_i18n};

/// A telephone number with its middle left out: enough to recognise it.
fn masked(telephone: &str) -> String {
    let digits: Vec<char> = telephone.chars().filter(|c| !c.is_whitespace()).collect();
    match (digits.get(..3), digits.len().checked_sub(4)) {
        (Some(head), Some(tail)) if tail >= 3 => {
            let head: String = head.iter().collect();
            let tail: String = digits.iter().skip(tail).collect();
            format!("{head} ···· {tail}")
        }
        _ => telephone.to_owned(),
    }
}

#[component]
pub(super) fn People(page: Page) -> impl IntoView {
    let i18n = use_i18n();
    let app = page.app;
    let rows = move || {
        let open = page.case.get()?;
        let (case, mut rows) = (&open.case, Vec::new());
        let mut row = |label: &'static str, words: Vec<String>| {
            let words: Vec<_> = words.into_iter().filter(|w| !w.is_empty()).collect();
            if !words.is_empty() {
                rows.push((label, words.join(" · ")));
            }
        };
        if let Some(person) = &case.details.complainant {
            let who = t_string!(i18n, case.resident);
            let told = vec![
                person.name.clone(),
                person.relation.clone(),
                masked(&person.telephone),
            ];
            row(who, told);
        }
        let accepted = case.views.accepted.as_ref();
        let officer = accepted.and_then(|act| act.moment.by.staff.clone());
        app.directory.with(|d| {
            let officer = officer.map(|id| d.name(&id)).unwrap_or_default();
            row(t_string!(i18n, act.role_officer), vec![officer]);
            let mut departments: Vec<_> = case.open_round().map(|t| &t.department).collect();
            departments.extend(&case.details.department_responsible);
            departments.dedup();
            for id in departments {
                let head = d.head_of(id).map(|staff| staff.name.clone());
                let words = vec![d.department(id), head.unwrap_or_default()];
                row(t_string!(i18n, case.responsible), words);
            }
            for transfer in case.open_round() {
                let handler = transfer.handler.as_ref().map(|handler| match handler {
                    domain::act::Choice::Listed(id) => d.name(id),
                    domain::act::Choice::Other(name) => name.clone(),
                });
                let label = t_string!(i18n, case.ask_handler);
                row(label, handler.into_iter().collect());
            }
            let complained = case.details.staff_complained.iter();
            let complained: Vec<_> = complained.map(|id| d.name(id)).collect();
            row(t_string!(i18n, case.complained_about), complained);
        });
        if let Some(door) = &case.details.door {
            let mut words = vec![door.appointment.clone()];
            words.extend(door.notes.iter().cloned());
            row(t_string!(i18n, case.door), words);
        }
        Some(rows)
    };
    let list = move || {
        let rows = rows().unwrap_or_default().into_iter();
        rows.map(|(label, words)| {
            view! {
                <dt>{label}</dt>
                <dd>{words}</dd>
            }
        })
        .collect::<Vec<_>>()
    };
    view! {
        <section class="card pad col">
            <h3>{t!(i18n, case.people)}</h3>
            <dl class="kv">{list}</dl>
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn a_number_keeps_its_ends_and_a_short_one_is_whole() {
        assert_eq!(masked("138 0000 2206"), "138 ···· 2206");
        assert_eq!(masked("2206"), "2206");
        assert_eq!(masked(""), "");
    }
}
