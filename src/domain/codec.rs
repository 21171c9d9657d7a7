//! Acts to and from the body of an entry. The header's `kind` alone selects the type; what this
//! version cannot read is kept word for word.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::act::{Act, Corrected, Unknown};
use crate::id::EntryHash;

/// Acts that are their struct and nothing more; `corrected` nests another act and is done by hand.
macro_rules! plain_acts {
    ($($variant:ident = $kind:literal,)*) => {
        impl Act {
            /// Every kind this version can read.
            pub const KINDS: &'static [&'static str] = &[$($kind,)* CORRECTED];

            /// The kind that stands in the entry's header.
            #[must_use]
            pub fn kind(&self) -> &str {
                match self {
                    $(Self::$variant(_) => $kind,)*
                    Self::Corrected(_) => CORRECTED,
                    Self::Unknown(unknown) => &unknown.kind,
                }
            }

            /// The body as a JSON object, without the salt that the record puts in front.
            #[must_use]
            pub fn to_body(&self) -> Map<String, Value> {
                match self {
                    $(Self::$variant(act) => object(act),)*
                    Self::Corrected(act) => corrected_body(act),
                    Self::Unknown(unknown) => {
                        json::read(&unknown.body).unwrap_or_default()
                    }
                }
            }

            fn known(kind: &str, body: &str) -> Option<Self> {
                match kind {
                    $($kind => typed(body).map(Self::$variant),)*
                    CORRECTED => corrected(body).map(|act| Self::Corrected(Box::new(act))),
                    _ => None,
                }
            }
        }
    };
}

impl Act {
    /// Kind of the act that makes a case.
    pub const ACCEPTED: &'static str = "accepted";
}

/// Kind of an act that puts another right.
const CORRECTED: &str = "corrected";

plain_acts! {
    Accepted = "accepted",
    Detailed = "detailed",
    SolvedOnSpot = "solved_on_spot",
    Reported = "reported",
    Contacted = "contacted",
    Transferred = "transferred",
    DepartmentReceived = "department_received",
    MeasuresFilled = "measures_filled",
    MeasuresReturned = "measures_returned",
    TargetChanged = "target_changed",
    Done = "done",
    Verified = "verified",
    Resolved = "resolved",
    Revisited = "revisited",
    VisitAttempted = "visit_attempted",
    Urged = "urged",
    Opinion = "opinion",
    Closed = "closed",
    Archived = "archived",
    Noted = "noted",
    Decided = "decided",
    Admitted = "verdict.admit",
    Voided = "voided",
}

impl Act {
    /// The act of this kind with this body, one line of JSON. A `salt` is ignored. An unknown
    /// kind, or a body that does not fit its kind, is [`Act::Unknown`] with the line as it came.
    #[must_use]
    pub fn from_body(kind: &str, body: &str) -> Self {
        Self::known(kind, body).unwrap_or_else(|| {
            Self::Unknown(Unknown {
                kind: kind.to_owned(),
                body: body.to_owned(),
            })
        })
    }
}

/// Acts are structs with named fields, so they are always an object.
fn object<T: Serialize>(act: &T) -> Map<String, Value> {
    let text = serde_json::to_string(act).unwrap_or_default();
    json::read(&text).unwrap_or_default()
}

fn typed<T: DeserializeOwned>(body: &str) -> Option<T> {
    json::read(body).ok()
}

fn corrected_body(act: &Corrected) -> Map<String, Value> {
    let mut map = Map::new();
    map.insert("target".into(), Value::String(act.target.0.clone()));
    let (kind, replacement) = act
        .replacement
        .as_ref()
        .map_or((Value::Null, Value::Null), |act| {
            (
                Value::String(act.kind().to_owned()),
                Value::Object(act.to_body()),
            )
        });
    map.insert("kind".into(), kind);
    map.insert("replacement".into(), replacement);
    map.insert("reason".into(), Value::String(act.reason.clone()));
    map
}

fn corrected(body: &str) -> Option<Corrected> {
    let mut body: Map<String, Value> = json::read(body).ok()?;
    let mut text = |key: &str| match body.remove(key) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    };
    let target = EntryHash(text("target")?);
    let reason = text("reason")?;
    let kind = text("kind");
    let replacement = match (body.remove("replacement"), kind) {
        (None | Some(Value::Null), _) => None,
        (Some(Value::Object(map)), Some(kind)) => {
            Some(Act::known(&kind, &serde_json::to_string(&map).ok()?)?)
        }
        _ => return None,
    };
    Some(Corrected {
        target,
        replacement,
        reason,
    })
}
