//! A signature as it was drawn, as an SVG for screen and print.

use view::prelude::*;
use view::{IntoView, component, view};

use super::ink::{LINE_WIDTH, PadSize, Strokes, path_data, tenths};

/// Shows strokes. On paper the line is black, on the screen it is ink on paper in every theme.
#[component]
pub fn SigView(
    /// The strokes.
    #[prop(into)]
    strokes: Signal<Strokes>,
    /// The pad they were drawn on.
    pad: PadSize,
    /// Whose signature, for screen readers.
    #[prop(into)]
    label: Signal<String>,
) -> impl IntoView {
    let side = |pixels: u16| tenths(pixels.max(1).into());
    view! {
        <svg
            class="sig"
            role="img"
            viewBox=format!("0 0 {} {}", side(pad.width), side(pad.height))
            aria-label=move || label.get()
        >
            {move || {
                strokes
                    .with(|s| s.iter().map(|stroke| path_data(stroke, pad)).collect::<Vec<_>>())
                    .into_iter()
                    .map(|d| {
                        let width = tenths(LINE_WIDTH).to_string();
                        view! { <path d=d stroke-width=width></path> }
                    })
                    .collect::<Vec<_>>()
            }}
        </svg>
    }
}
