//! Every icon of the app as strokes on a 24 × 24 field; none carries text.

use view::prelude::*;
use view::{IntoView, component, view};

/// An icon by what it stands for. Icons are decoration: a word always stands beside one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    /// The list of today.
    Today,
    /// Something new.
    Plus,
    /// A visit at the door.
    Door,
    /// A case.
    File,
    /// The board of the station.
    Board,
    /// The library of cases.
    Book,
    /// The device.
    Tablet,
    /// Further choices.
    More,
    /// Search.
    Search,
    /// A clock that runs.
    Clock,
    /// A clock that has not started: dashed.
    ClockNone,
    /// A clock that opens later: hourglass.
    ClockWait,
    /// A clock that is due soon: alarm.
    ClockSoon,
    /// A clock that is overdue, and an error: octagon.
    ClockOver,
    /// A clock that was met, and success.
    ClockMet,
    /// A clock that was met late: broken ring.
    ClockLate,
    /// A clock that was ended: crossed out.
    ClockEnded,
    /// Move down.
    ArrowDown,
    /// Chosen, done.
    Check,
    /// Leads on.
    Next,
    /// Leads back.
    Back,
    /// Opens a list or a fold.
    Unfold,
    /// No connection.
    Offline,
    /// Everything is with the station.
    Cloud,
    /// Being sent.
    Sync,
    /// Locked, or not yet allowed.
    Lock,
    /// A person.
    User,
    /// Several persons, a meeting.
    Users,
    /// A telephone call.
    Phone,
    /// Writing, a signature, an opinion.
    Pen,
    /// Handed on.
    Send,
    /// Move up.
    ArrowUp,
    /// Print.
    Print,
    /// Being stored here.
    Download,
    /// Repair.
    Tool,
    /// Environment.
    Leaf,
    /// A talk.
    Chat,
    /// Take back by a correcting act.
    Undo,
    /// Close, refuse.
    Close,
    /// A remark.
    Info,
    /// A warning.
    Warn,
    /// Contradicting acts, a change of order.
    Swap,
    /// Major, escalated.
    Flag,
    /// Dark theme.
    Moon,
    /// Hand over to the resident.
    Hand,
    /// Stored on this tablet.
    Disk,
    /// Look at.
    Eye,
    /// Ring the bell.
    Bell,
    /// A household, the station.
    Home,
    /// A building.
    Building,
    /// Take one digit back.
    Backspace,
    /// A photo.
    Camera,
}

/// The strokes of one icon, as SVG path data; an empty string draws nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Glyph {
    /// Solid strokes.
    pub line: &'static str,
    /// Filled spots.
    pub dot: &'static str,
    /// Dashed strokes.
    pub dash: &'static str,
}

/// How large an icon stands in the line; all sizes follow the text size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IconSize {
    /// 20 px at the usual text size: inside chips, pills and small buttons.
    Small,
    /// 24 px.
    #[default]
    Usual,
    /// 30 px: empty screens.
    Large,
    /// 48 px: the page that thanks the resident.
    Huge,
}

/// Draws an icon in the colour of the text around it, hidden from assistive technology.
#[component]
pub fn IconView(
    /// Which icon.
    #[prop(into)]
    icon: Signal<Icon>,
    /// How large.
    #[prop(optional)]
    size: IconSize,
) -> impl IntoView {
    let class = match size {
        IconSize::Small => "i s",
        IconSize::Usual => "i",
        IconSize::Large => "i l",
        IconSize::Huge => "i xl",
    };
    let dot = move || Some(icon.get().glyph().dot).filter(|d| !d.is_empty());
    let dash = move || Some(icon.get().glyph().dash).filter(|d| !d.is_empty());
    view! {
        <svg class=class viewBox="0 0 24 24" aria-hidden="true">
            <path d=move || icon.get().glyph().line></path>
            {move || dot().map(|d| view! { <path class="dot" d=d></path> })}
            {move || dash().map(|d| view! { <path class="dash" d=d></path> })}
        </svg>
    }
}

const fn glyph(line: &'static str, dot: &'static str, dash: &'static str) -> Glyph {
    Glyph { line, dot, dash }
}

const fn line(line: &'static str) -> Glyph {
    glyph(line, "", "")
}

impl Icon {
    /// The strokes of this icon.
    #[rustfmt::skip]
    pub const fn glyph(self) -> Glyph {
        match self {
            Self::Today => line("M6 5h12a2 2 0 0 1 2 2v12a2 2 0 0 1 -2 2h-12a2 2 0 0 1 -2 -2v-12a2 2 0 0 1 2 -2zM8 3v4M16 3v4M4 10h16M9 15l2 2 4-4"),
            Self::Plus => line("M12 5v14M5 12h14"),
            Self::Door => glyph("M6 21V4a1 1 0 0 1 1-1h10a1 1 0 0 1 1 1v17M3 21h18", "M13.7 12.5a0.8 0.8 0 1 0 1.6 0a0.8 0.8 0 1 0 -1.6 0z", ""),
            Self::File => line("M6 3h8l5 5v12a1 1 0 0 1-1 1H6a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1zM14 3v5h5M8.5 13h7M8.5 17h5"),
            Self::Board => line("M5 4h14a2 2 0 0 1 2 2v12a2 2 0 0 1 -2 2h-14a2 2 0 0 1 -2 -2v-12a2 2 0 0 1 2 -2zM3 9h18M9 9v11M12 13h4M12 16.5h6"),
            Self::Book => line("M5 4h6a2 2 0 0 1 2 2v14a2 2 0 0 0-2-2H5zM19 4h-4a2 2 0 0 0-2 2v14a2 2 0 0 1 2-2h4z"),
            Self::Tablet => line("M7 3h10a2 2 0 0 1 2 2v14a2 2 0 0 1 -2 2h-10a2 2 0 0 1 -2 -2v-14a2 2 0 0 1 2 -2zM11 18h2"),
            Self::More => glyph("", "M3.6 12a1.4 1.4 0 1 0 2.8 0a1.4 1.4 0 1 0 -2.8 0zM10.6 12a1.4 1.4 0 1 0 2.8 0a1.4 1.4 0 1 0 -2.8 0zM17.6 12a1.4 1.4 0 1 0 2.8 0a1.4 1.4 0 1 0 -2.8 0z", ""),
            Self::Search => line("M4.5 11a6.5 6.5 0 1 0 13 0a6.5 6.5 0 1 0 -13 0zM16 16l4.5 4.5"),
            Self::Clock => line("M3.5 12a8.5 8.5 0 1 0 17 0a8.5 8.5 0 1 0 -17 0zM12 7v5l3.5 2"),
            Self::ClockNone => glyph("M8.5 12h7", "", "M3.5 12a8.5 8.5 0 1 0 17 0a8.5 8.5 0 1 0 -17 0z"),
            Self::ClockWait => line("M6 3h12M6 21h12M7 3v4l5 5 5-5V3M7 21v-4l5-5 5 5v4"),
            Self::ClockSoon => line("M4.5 13a7.5 7.5 0 1 0 15 0a7.5 7.5 0 1 0 -15 0zM12 9v4.2M12 16.4v.1M4 5l2.5-2M20 5l-2.5-2"),
            Self::ClockOver => line("M8.2 3h7.6L21 8.2v7.6L15.8 21H8.2L3 15.8V8.2zM12 7.5v5.5M12 16.4v.1"),
            Self::ClockMet => line("M3.5 12a8.5 8.5 0 1 0 17 0a8.5 8.5 0 1 0 -17 0zM8 12.2l2.8 2.8L16 9.6"),
            Self::ClockLate => line("M20.3 10.2a8.5 8.5 0 1 0 .1 3.4M8 12.2l2.8 2.8L16 9.6M21.5 5v3.4M21.5 11v.1"),
            Self::ClockEnded => line("M3.5 12a8.5 8.5 0 1 0 17 0a8.5 8.5 0 1 0 -17 0zM12 7.2V12l3 1.9M20.8 3.2L3.2 20.8"),
            Self::ArrowDown => line("M12 4v15M5.5 12.5L12 19l6.5-6.5"),
            Self::Check => line("M5 12.5l4.5 4.5L19 7.5"),
            Self::Next => line("M9 5l7 7-7 7"),
            Self::Back => line("M15 5l-7 7 7 7"),
            Self::Unfold => line("M5 9l7 7 7-7"),
            Self::Offline => line("M3 3l18 18M8.5 8.2A5.5 5.5 0 0 0 6.6 19H17M10.5 7.2a5.5 5.5 0 0 1 6.9 4.4A3.8 3.8 0 0 1 20.2 17.6"),
            Self::Cloud => line("M7 19a4.5 4.5 0 0 1-.4-9A5.5 5.5 0 0 1 17.2 9 4.5 4.5 0 0 1 17 19zM9.3 13.8l2 2 3.6-3.8"),
            Self::Sync => line("M20 11a8 8 0 0 0-14.3-4L3.5 9M4 13a8 8 0 0 0 14.3 4l2.2-2M3.5 4.5V9H8M20.5 19.5V15H16"),
            Self::Lock => line("M7 11h10a2 2 0 0 1 2 2v5a2 2 0 0 1 -2 2h-10a2 2 0 0 1 -2 -2v-5a2 2 0 0 1 2 -2zM8 11V8a4 4 0 0 1 8 0v3"),
            Self::User => line("M8 8a4 4 0 1 0 8 0a4 4 0 1 0 -8 0zM4.5 20.5c.8-4 3.8-6 7.5-6s6.7 2 7.5 6"),
            Self::Users => line("M5.5 8.5a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0zM2.5 20c.6-3.6 3-5.5 6.5-5.5s5.9 1.9 6.5 5.5M16 5.3a3.5 3.5 0 0 1 0 6.4M18 14.8c2 .8 3.1 2.6 3.5 5.2"),
            Self::Phone => line("M6 3.5h3l1.5 4.5-2 1.5a11 11 0 0 0 6 6l1.5-2 4.5 1.5v3a2 2 0 0 1-2.2 2A16.5 16.5 0 0 1 4 5.7a2 2 0 0 1 2-2.2z"),
            Self::Pen => line("M4 20l1-4.5L16 4.5l3.5 3.5L8.5 19zM13.5 7l3.5 3.5"),
            Self::Send => line("M4 12l16-8-5 16-3.5-6.5z"),
            Self::ArrowUp => line("M12 20V5M5.5 11.5L12 5l6.5 6.5"),
            Self::Print => line("M7 9V3.5h10V9M7 17H5a1 1 0 0 1-1-1v-6a1 1 0 0 1 1-1h14a1 1 0 0 1 1 1v6a1 1 0 0 1-1 1h-2M7 14h10v6.5H7z"),
            Self::Download => line("M12 4v11M6.5 10.5L12 16l5.5-5.5M4.5 20h15"),
            Self::Tool => line("M14.5 6.5a4 4 0 0 1 5-1.5l-2.7 2.7 1.5 1.5L21 6.5a4 4 0 0 1-5.5 5L8 19a2.1 2.1 0 0 1-3-3l7.5-7.5a4 4 0 0 1 2-2z"),
            Self::Leaf => line("M5 19c0-9 5-14 15-14 0 10-5 15-12 14M5 19l7-7"),
            Self::Chat => line("M4 5h16v11H10l-4.5 4v-4H4z"),
            Self::Undo => line("M8.5 5L4 9.5 8.5 14M4.5 9.5H15a5 5 0 0 1 0 10h-3"),
            Self::Close => line("M6 6l12 12M18 6L6 18"),
            Self::Info => line("M3.5 12a8.5 8.5 0 1 0 17 0a8.5 8.5 0 1 0 -17 0zM12 11v5.5M12 7.6v.1"),
            Self::Warn => line("M12 4l9 16H3zM12 10v4.5M12 17.2v.1"),
            Self::Swap => line("M4 8h14l-3.5-3.5M20 16H6l3.5 3.5"),
            Self::Flag => line("M5 21V4h13l-3 4.5 3 4.5H5"),
            Self::Moon => line("M19.5 14.5A8 8 0 1 1 9.5 4.5a6.5 6.5 0 0 0 10 10z"),
            Self::Hand => line("M7 12V6.5a1.5 1.5 0 0 1 3 0V11 4.5a1.5 1.5 0 0 1 3 0V11 5.5a1.5 1.5 0 0 1 3 0V12 8.5a1.5 1.5 0 0 1 3 0V15c0 4-2.5 6.5-6 6.5-3 0-4.5-1.5-6-4L4.5 14c-.8-1.5 1-2.7 2.1-1.5z"),
            Self::Disk => line("M4 6a8 3 0 1 0 16 0a8 3 0 1 0 -16 0zM4 6v12c0 1.7 3.6 3 8 3s8-1.3 8-3V6M4 12c0 1.7 3.6 3 8 3s8-1.3 8-3"),
            Self::Eye => line("M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM9 12a3 3 0 1 0 6 0a3 3 0 1 0 -6 0z"),
            Self::Bell => line("M6 16V11a6 6 0 0 1 12 0v5l1.5 2h-15zM10 20.5h4"),
            Self::Home => line("M4 11l8-7 8 7v9H4zM10 20v-5h4v5"),
            Self::Building => line("M5 21V4h9v17M14 9h5v12M3 21h18M8 8h3M8 12h3M8 16h3"),
            Self::Backspace => line("M9 6h11v12H9l-6-6zM12 9.5l5 5M17 9.5l-5 5"),
            Self::Camera => {
                line("M4 8h4l1.5-2.5h5L16 8h4v11H4zM12 10a3.2 3.2 0 1 0 0 6.4 3.2 3.2 0 0 0 0-6.4")
            }
        }
    }
}
