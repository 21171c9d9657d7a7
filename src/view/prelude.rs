//! What a screen needs of signals and of the page.

pub use leptos::leptos_dom::helpers::WindowListenerHandle;
pub use leptos::prelude::{
    Owner, document, event_target_checked, event_target_value, on_cleanup, provide_context,
    request_animation_frame, untrack, use_context, window, window_event_listener,
    window_event_listener_untyped,
};

pub use crate::signals::{
    Callback, Effect, MaybeProp, Memo, NodeRef, RwSignal, Signal, StoredValue,
};
