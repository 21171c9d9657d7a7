//! Every answer that is no success. It says what is wrong, what is kept and what to do; it never
//! carries what the database or another person said.

use std::io::Write as _;

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};
use sync::wire::attachment::BROKEN_ATTACHMENT;
use sync::wire::{ErrorBody, UNKNOWN_DEVICE};

use crate::error::ServerError;
use crate::store::StoreError;

const NOTHING: &str = "nothing of this request";

/// An answer that is no success.
#[derive(Debug)]
pub struct Fault {
    status: StatusCode,
    error: &'static str,
    message: String,
    todo: &'static str,
    /// What the administrator alone is told, when the answer goes out.
    inside: Option<String>,
    /// When to try again, seconds.
    retry_after_s: Option<u64>,
}

impl Fault {
    fn new(
        status: StatusCode,
        error: &'static str,
        message: impl Into<String>,
        todo: &'static str,
    ) -> Self {
        Self {
            status,
            error,
            message: message.into(),
            todo,
            inside: None,
            retry_after_s: None,
        }
    }

    /// 400: the request cannot be read.
    pub fn malformed(message: impl Into<String>) -> Self {
        let todo = "send the request as docs/sync-protocol.md describes it";
        Self::new(StatusCode::BAD_REQUEST, "malformed", message, todo)
    }

    /// 401: the request is not shown to come from a tablet of the roster.
    pub fn unsigned(message: &'static str) -> Self {
        let todo = "join with a code, then sign each request with the device key";
        Self::new(StatusCode::UNAUTHORIZED, "unsigned", message, todo)
    }

    /// 401: the tablet is not in the roster.
    pub fn unknown_device() -> Self {
        let message = "this tablet is not in the roster";
        let todo = "show the statement by which it joined, or join with a code";
        Self::new(StatusCode::UNAUTHORIZED, UNKNOWN_DEVICE, message, todo)
    }

    /// 403: the join code is not known.
    pub fn code() -> Self {
        let message = "this join code is not in use";
        let todo = "type the code that the endpoint printed when it was last started";
        Self::new(StatusCode::FORBIDDEN, "code", message, todo)
    }

    /// 403: the sign-in code is not known.
    pub fn sign_in_code() -> Self {
        let message = "this code is not in use, or was used on another tablet";
        let todo = "ask the administrator for a new code: doorstep sign-in NAME";
        Self::new(StatusCode::FORBIDDEN, "code", message, todo)
    }

    /// 403: not an administrator.
    pub fn no_administrator() -> Self {
        let message = "who has unlocked this tablet does not administer";
        let todo = "have an administrator unlock it, and sign in anew if they are not known";
        Self::new(StatusCode::FORBIDDEN, "no_administrator", message, todo)
    }

    /// 409: the roster has changed since the administrator looked.
    pub fn changed() -> Self {
        let message = "somebody has changed people or tablets meanwhile";
        let todo = "look at them as they are now, then ask again";
        Self::new(StatusCode::CONFLICT, "changed", message, todo)
    }

    /// 422: what is asked cannot be done.
    pub fn not_done(code: &'static str, message: impl Into<String>) -> Self {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        Self::new(status, code, message, "mend it and ask again")
    }

    /// 404: nothing here.
    pub fn missing() -> Self {
        let todo = "look the path up in docs/sync-protocol.md";
        Self::new(
            StatusCode::NOT_FOUND,
            "missing",
            "there is nothing at this path",
            todo,
        )
    }

    /// 405: the path takes another method.
    pub fn method() -> Self {
        let message = "this path does not take this method";
        let todo = "look the method up in docs/sync-protocol.md";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method", message, todo)
    }

    /// 408: the request took too long.
    pub fn slow() -> Self {
        let message = "the request took too long";
        Self::new(
            StatusCode::REQUEST_TIMEOUT,
            "slow",
            message,
            "send less at a time",
        )
    }

    /// 404: no attachment for who asks.
    pub fn no_attachment() -> Self {
        let message = "there is no such attachment, or not for who has unlocked this tablet";
        let todo = "ask again once the tablet that took the photo has sent it";
        Self::new(StatusCode::NOT_FOUND, "no_attachment", message, todo)
    }

    /// 422: the parts are not the attachment.
    pub fn broken_attachment() -> Self {
        let message = "the parts together are not the attachment of this name";
        let todo = "send it again from its first part; the tablet keeps it until it is taken";
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        Self::new(status, BROKEN_ATTACHMENT, message, todo)
    }

    /// 409: no site yet.
    pub fn no_site() -> Self {
        let message = "this endpoint has no site yet";
        let todo = "import a site file at the endpoint: doorstep site import FILE";
        Self::new(StatusCode::CONFLICT, "no_site", message, todo)
    }

    /// 409: the code is for no one site.
    pub fn several_sites() -> Self {
        let message = "this endpoint has several sites, and the code is for none of them";
        let todo = "make a code for the site: doorstep code --site CODE";
        Self::new(StatusCode::CONFLICT, "several_sites", message, todo)
    }

    /// 413: more than a limit.
    pub fn too_much(message: impl Into<String>) -> Self {
        let todo = "send less at a time";
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_much", message, todo)
    }

    /// 429: too many wrong codes.
    pub fn too_many_tries(wait_ms: u64) -> Self {
        let wait_s = wait_ms.div_ceil(1000);
        let message = format!("too many wrong codes; the next may be tried in {wait_s} s");
        let todo = "wait so long, then type the code again";
        Self {
            retry_after_s: Some(wait_s),
            ..Self::new(StatusCode::TOO_MANY_REQUESTS, "tries", message, todo)
        }
    }

    /// 503: too many tablets wait.
    pub fn busy() -> Self {
        let message = "too many tablets wait here already";
        Self {
            retry_after_s: Some(60),
            ..Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "busy",
                message,
                "sync from time to time instead",
            )
        }
    }

    fn internal(inside: String, status: StatusCode) -> Self {
        let todo = "try again later; tell the administrator";
        Self {
            inside: Some(inside),
            ..Self::new(status, "endpoint", "the endpoint failed", todo)
        }
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::internal(error.to_string(), StatusCode::SERVICE_UNAVAILABLE)
    }
}

impl From<ServerError> for Fault {
    fn from(error: ServerError) -> Self {
        match error {
            ServerError::Store(error) => error.into(),
            ServerError::NoSite => Self::no_site(),
            other => Self::internal(other.to_string(), StatusCode::INTERNAL_SERVER_ERROR),
        }
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        if let Some(what) = &self.inside {
            let _unheard = writeln!(std::io::stderr(), "error: {what}");
        }
        let body = ErrorBody {
            error: self.error.to_owned(),
            message: self.message,
            kept: NOTHING.to_owned(),
            todo: self.todo.to_owned(),
        };
        let mut response = (self.status, Json(body)).into_response();
        if let Some(wait_s) = self.retry_after_s {
            response.headers_mut().insert(RETRY_AFTER, wait_s.into());
        }
        response
    }
}
