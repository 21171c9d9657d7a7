//! One act in the course of a case. Acts are never edited; a correction is a row of its own.

use view::prelude::*;
use view::{Children, IntoView, component, view};

use super::icon::{Icon, IconView};
use super::tone::Tone;

/// A row of the timeline; it belongs into `<ol class="tl">`, newest first.
#[component]
pub fn TimelineRow(
    /// When, as people say it.
    #[prop(into)]
    time: Signal<String>,
    /// The same instant in RFC 3339 with the site's offset.
    #[prop(into)]
    instant: Signal<String>,
    /// What kind of act.
    icon: Icon,
    /// Colour of the mark.
    #[prop(optional)]
    tone: Tone,
    /// What was done.
    #[prop(into)]
    title: Signal<String>,
    /// Who, role, tablet.
    #[prop(into)]
    detail: Signal<String>,
    /// Said of an act that has not reached the endpoint.
    #[prop(optional, into)]
    mark: MaybeProp<String>,
    /// The resident's words as spoken.
    #[prop(optional, into)]
    quote: MaybeProp<String>,
    /// Signature, corrected values, the question whether it counts.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <li>
            <time datetime=move || instant.get()>{move || time.get()}</time>
            <span class=format!("n {}", tone.mark_class())>
                <IconView icon />
            </span>
            <div class="body">
                <div class="h">{move || title.get()}</div>
                <div class="d">
                    {move || detail.get()}
                    {move || {
                        mark.get().map(|m| view! { <span class="off">{format!(" · {m}")}</span> })
                    }}
                </div>
                {move || quote.get().map(|q| view! { <blockquote class="quote">{q}</blockquote> })}
                {children.map(|children| children())}
            </div>
        </li>
    }
}
