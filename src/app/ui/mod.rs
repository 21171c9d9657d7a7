//! Leaf parts of the screens. They know no case, no clock arithmetic and no stored state: words,
//! values and what to call come in as properties, so that a part can be shown with any data.
//!
//! | part | module |
//! |---|---|
//! | icons | [`icon`] |
//! | clock badge, box and row | [`clock_badge`] |
//! | text fields, IME-safe | [`field`] |
//! | one of a few answers | [`seg`] |
//! | checkbox card | [`tick`] |
//! | filter chip | [`chip`] |
//! | banner: what, kept, do | [`banner`] |
//! | short message with undo | [`toast`] |
//! | bottom sheet for one act | [`sheet`] |
//! | next step | [`step_button`] |
//! | one act of the timeline | [`timeline`] |
//! | windowed list | [`long_list`] |
//! | state of sync | [`sync_pill`] |
//! | signature: taking and showing | [`signature_pad`], [`sig_view`], [`ink`] |
//! | keys for a PIN | [`pin_pad`] |
//! | nothing here yet | [`empty`] |

pub mod banner;
pub mod chip;
pub mod clock_badge;
pub mod empty;
pub mod field;
pub mod icon;
pub mod ink;
pub mod long_list;
pub mod pin_pad;
pub mod seg;
pub mod sheet;
pub mod sig_view;
pub mod signature_pad;
pub mod step_button;
pub mod sync_pill;
pub mod tick;
pub mod timeline;
pub mod toast;
pub mod tone;

#[cfg(test)]
#[cfg(target_arch = "wasm32")]
mod browser;

pub use banner::Banner;
pub use chip::Chip;
pub use clock_badge::{ClockBadge, ClockBox, ClockFace, ClockLook, ClockRow};
pub use empty::Empty;
pub use field::{Check, Field, FieldKind};
pub use icon::{Icon, IconSize, IconView};
pub use ink::{PadSize, Stroke, Strokes};
pub use long_list::LongList;
pub use pin_pad::{PinPad, PinWords};
pub use seg::{Seg, SegLook, SegOption};
pub use sheet::Sheet;
pub use sig_view::SigView;
pub use signature_pad::{PadTools, PadWords, SignaturePad};
pub use step_button::{StepButton, StepLook};
pub use sync_pill::{SyncLook, SyncPill};
pub use tick::Tick;
pub use timeline::TimelineRow;
pub use toast::{Toast, ToastMessage, Undo};
pub use tone::Tone;
