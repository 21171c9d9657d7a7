//! Elements of a page, as a [`NodeRef`](crate::NodeRef) has them.

pub use web_sys::{
    HtmlButtonElement as Button, HtmlCanvasElement as Canvas, HtmlDialogElement as Dialog,
    HtmlDivElement as Div, HtmlHeadingElement as Heading, HtmlInputElement as Input,
    HtmlTextAreaElement as Textarea, HtmlUListElement as Ul,
};
