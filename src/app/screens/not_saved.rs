//! Something was not written, or cannot be read: what happened, what is kept and what to do, the
//! same in every form.

use sync::storage::StorageError;
use view::prelude::*;
use view::{IntoView, component, view};

use crate::i18n::{t, t_string, use_i18n};
use crate::screens::device::SaveRescue;
use crate::state::SaveFault;
use crate::ui::{Banner, Icon, Tone};
use crate::words::{self, I18n};

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
    let full = fault == SaveFault::Storage(StorageError::Quota);
    let why = why(i18n, fault);
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

/// What was typed before cannot be read: it stays as it lies until somebody types over it.
#[component]
pub(crate) fn DraftUnread(
    /// Why.
    fault: SaveFault,
    /// Reads it again.
    #[prop(into)]
    retry: Callback<()>,
    /// Begins without it.
    #[prop(into)]
    anew: Callback<()>,
) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <div data-testid="draft-unread">
            <Banner
                tone=Tone::Bad
                icon=Icon::Warn
                alert=true
                what=t_string!(i18n, common.draft_unread)
                kept=format!("{}{}", why(i18n, fault), t_string!(i18n, common.draft_unread_kept))
            >
                <button type="button" class="btn" on:click=move |_| retry.run(())>
                    {t!(i18n, common.draft_read_again)}
                </button>
                <button type="button" class="btn" on:click=move |_| anew.run(())>
                    {t!(i18n, common.draft_anew)}
                </button>
            </Banner>
        </div>
    }
}

fn why(i18n: I18n, fault: SaveFault) -> String {
    match fault {
        SaveFault::Storage(error) => words::storage_words(i18n, &error),
        SaveFault::Failed(why) => why,
    }
}
