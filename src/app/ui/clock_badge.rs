//! A clock as people read it: icon and word always together, then how long, then the sentence.

use view::prelude::*;
use view::{Children, IntoView, component, view};

use super::icon::{Icon, IconView};

/// The eight states a clock is shown in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockLook {
    /// Not started: what starts it has not happened.
    None,
    /// Opens later: the thing may not yet be due to be done.
    Wait,
    /// Runs, with time left.
    Run,
    /// Due soon.
    Soon,
    /// Overdue and still open.
    Over,
    /// Done within the limit.
    Met,
    /// Done after the limit.
    Late,
    /// Ended without being met or late.
    Ended,
}

impl ClockLook {
    /// Class that carries the colours of the state.
    pub const fn class(self) -> &'static str {
        match self {
            Self::None => "k-none",
            Self::Wait => "k-wait",
            Self::Run => "k-run",
            Self::Soon => "k-soon",
            Self::Over => "k-over",
            Self::Met => "k-met",
            Self::Late => "k-late",
            Self::Ended => "k-ended",
        }
    }

    /// The icon of the state; each state has its own.
    pub const fn icon(self) -> Icon {
        match self {
            Self::None => Icon::ClockNone,
            Self::Wait => Icon::ClockWait,
            Self::Run => Icon::Clock,
            Self::Soon => Icon::ClockSoon,
            Self::Over => Icon::ClockOver,
            Self::Met => Icon::ClockMet,
            Self::Late => Icon::ClockLate,
            Self::Ended => Icon::ClockEnded,
        }
    }
}

/// What a clock shows, in the words of the reader's language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClockFace {
    /// State.
    pub look: ClockLook,
    /// The state's word.
    pub word: String,
    /// Short value, such as the time left; may be empty.
    pub value: String,
    /// The value with its units spelt out, for screen readers; empty where `value` reads well.
    pub spoken: String,
    /// Part of the limit that has passed, 0 to 100; no meter when absent.
    pub meter: Option<u8>,
    /// The mark's words while the limit lies inside the uncertainty of the tablet's clock.
    pub uncertain: Option<String>,
    /// How many other clocks of the case are open: what is shown and what is read out.
    pub others: Option<(String, String)>,
}

/// Badge: icon and word, with the value beside the word when asked.
#[component]
pub fn ClockBadge(
    /// What the clock shows.
    #[prop(into)]
    face: Signal<ClockFace>,
    /// Adds the value inside the badge.
    #[prop(optional)]
    with_value: bool,
) -> impl IntoView {
    let look = Memo::new(move |_| face.with(|f| f.look));
    view! {
        <span class=move || format!("clk {}", look.get().class())>
            <IconView icon=Signal::derive(move || look.get().icon()) />
            <span>{move || face.with(|f| f.word.clone())}</span>
            {with_value.then(|| view! { <Value face /> })}
        </span>
    }
}

/// Box: badge with its marks, the value in large type, the meter.
#[component]
pub fn ClockBox(
    /// What the clock shows.
    #[prop(into)]
    face: Signal<ClockFace>,
    /// Right-aligned and smaller, for the head of a sheet.
    #[prop(optional)]
    head: bool,
) -> impl IntoView {
    let class = move || {
        let look = face.with(|f| f.look.class());
        if head {
            format!("clkbox head {look}")
        } else {
            format!("clkbox {look}")
        }
    };
    view! {
        <div class=class>
            <div class="bd">
                <ClockBadge face />
                <Marks face />
            </div>
            <div class="left num">
                <Value face />
            </div>
            {move || {
                face.with(|f| f.meter)
                    .map(|_| {
                        let width = move || {
                            format!("{}%", face.with(|f| f.meter).unwrap_or(0).min(100))
                        };
                        view! {
                            <span class="meter" role="presentation">
                                <i style:width=width></i>
                            </span>
                        }
                    })
            }}
        </div>
    }
}

/// Row of the case file: badge, what is owed, value, and the sentence of start, limit, owner and
/// clause as children.
#[component]
pub fn ClockRow(
    /// What the clock shows.
    #[prop(into)]
    face: Signal<ClockFace>,
    /// What is owed.
    #[prop(into)]
    title: Signal<String>,
    /// Start, limit, owner, clause.
    children: Children,
) -> impl IntoView {
    view! {
        <div class=move || format!("clkrow {}", face.with(|f| f.look.class()))>
            <div class="k">
                <ClockBadge face />
                <Marks face />
            </div>
            <div class="t">{move || title.get()}</div>
            <div class="l num">
                <Value face />
            </div>
            <div class="d">{children()}</div>
        </div>
    }
}

#[component]
fn Marks(face: Signal<ClockFace>) -> impl IntoView {
    let others = move || {
        face.with(|f| f.others.clone()).map(|(shown, spoken)| {
            view! {
                <span class="plus">
                    <span aria-hidden="true">{shown}</span>
                    <span class="vh">{spoken}</span>
                </span>
            }
        })
    };
    let uncertain = move || {
        face.with(|f| f.uncertain.clone())
            .map(|words| view! { <span class="unc" role="note">{format!("± {words}")}</span> })
    };
    view! {
        {others}
        {uncertain}
    }
}

#[component]
fn Value(face: Signal<ClockFace>) -> impl IntoView {
    let value = Memo::new(move |_| face.with(|f| (f.value.clone(), f.spoken.clone())));
    move || {
        let (shown, spoken) = value.get();
        if spoken.is_empty() {
            view! { <span>{shown}</span> }
        } else {
            view! {
                <span aria-hidden="true">{shown}</span>
                <span class="vh">{spoken}</span>
            }
        }
    }
}
