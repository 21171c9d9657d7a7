//! Something was not written: what happened, what is kept and what to do, the same in every form.

use sync::storage::StorageError;
use view::prelude::*;
use view::{IntoView, component, view};

use crate::i18n::{t, t_string, use_i18n};
use crate::screens::device::SaveRescue;
use crate::state::SaveFault;
use crate::ui::{Banner, Icon, Tone};
use crate::words;

/// Says so; where the tablet is full, what it has not sent can be saved in a file.
#[component]
pub(crate) fn NotSaved(
    /// Why.
    fault: SaveFault,
    /// Tries again.
    #[prop(into)]
    retry: Callback<()>,
    /// What was typed, as text: where it can be taken elsewhere.
    #[prop(optional)]
    text: Option<Callback<(), String>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let (why, full) = match fault {
        SaveFault::Storage(error) => {
            let full = error == StorageError::Quota;
            (words::storage_words(i18n, &error), full)
        }
        SaveFault::Failed(why) => (why, false),
    };
    let copy = text.map(|text| {
        let copy = move |_| {
            // Where the browser refuses, the text still stands on the screen.
            drop(window().navigator().clipboard().write_text(&text.run(())));
        };
        view! {
            <button type="button" class="btn" on:click=copy>
                {t!(i18n, common.copy_text)}
            </button>
        }
    });
    view! {
        <div data-testid="not-saved">
            <Banner
                tone=Tone::Bad
                icon=Icon::Warn
                alert=true
                what=t_string!(i18n, common.save_failed)
                kept=format!("{why}{}", t_string!(i18n, common.save_failed_kept))
            >
                <button type="button" class="btn" on:click=move |_| retry.run(())>
                    {t!(i18n, common.retry)}
                </button>
                {copy}
                {full.then(|| view! { <SaveRescue /> })}
            </Banner>
        </div>
    }
}
