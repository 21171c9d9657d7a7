//! JSON as the record admits it: no repeated keys, no floats, no integer over 2^53. Every reader
//! in every language then sees the same values.

use core::fmt;
use std::borrow::Cow;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// The largest magnitude of an integer: what a JavaScript number holds exactly.
pub const INTEGER_MAX: u64 = 1 << 53;

/// The first field of an object.
#[derive(Debug, PartialEq, Eq)]
pub struct First {
    /// Its name.
    pub name: String,
    /// Its value, where that is text.
    pub text: Option<String>,
}

/// Checks that a line is one JSON object, strictly. Returns its first field; `None` where it has
/// none.
///
/// # Errors
/// Says what is wrong, with its column.
pub fn check_object(line: &str) -> Result<Option<First>, String> {
    let mut first = None;
    let mut reader = serde_json::Deserializer::from_str(line);
    let what = Strict(Some(&mut first))
        .deserialize(&mut reader)
        .and_then(|what| reader.end().map(|()| what))
        .map_err(|error| error.to_string())?;
    match what {
        Found::Object => Ok(first),
        Found::Text(_) | Found::Other => Err("not an object".to_owned()),
    }
}

/// Checks a value that is about to be written.
///
/// # Errors
/// Names the number that is not admitted.
pub fn check_value(value: &Value) -> Result<(), String> {
    match value {
        Value::Number(number) => {
            let whole = number
                .as_u64()
                .or_else(|| number.as_i64().map(i64::unsigned_abs));
            match whole {
                Some(magnitude) if magnitude <= INTEGER_MAX => Ok(()),
                _ => Err(format!("number {number} is a float or over 2^53")),
            }
        }
        Value::Array(items) => items.iter().try_for_each(check_value),
        Value::Object(map) => map.values().try_for_each(check_value),
        Value::Null | Value::Bool(_) | Value::String(_) => Ok(()),
    }
}

/// What a value was, as far as anybody asks.
enum Found<'de> {
    Object,
    Text(Cow<'de, str>),
    Other,
}

/// A value that is checked and not kept: entries are read over and over.
struct Strict<'f>(Option<&'f mut Option<First>>);

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Found<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Found<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Found<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON without floats, large numbers and repeated keys")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Found<'de>, E> {
        Ok(Found::Other)
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<Found<'de>, E> {
        Ok(Found::Other)
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Found<'de>, E> {
        if value > INTEGER_MAX {
            return Err(E::custom("integer over 2^53"));
        }
        Ok(Found::Other)
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Found<'de>, E> {
        if value.unsigned_abs() > INTEGER_MAX {
            return Err(E::custom("integer over 2^53"));
        }
        Ok(Found::Other)
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<Found<'de>, E> {
        Err(E::custom("a float, or an integer over 2^53"))
    }

    fn visit_borrowed_str<E: de::Error>(self, value: &'de str) -> Result<Found<'de>, E> {
        Ok(Found::Text(Cow::Borrowed(value)))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Found<'de>, E> {
        Ok(Found::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Found<'de>, A::Error> {
        while access.next_element_seed(Strict(None))?.is_some() {}
        Ok(Found::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Found<'de>, A::Error> {
        let mut names: Vec<Cow<'de, str>> = Vec::new();
        let mut first = self.0;
        while let Some(name) = access.next_key_seed(Strict(None))? {
            let Found::Text(name) = name else {
                return Err(de::Error::custom("a name that is no text"));
            };
            let value = access.next_value_seed(Strict(None))?;
            if let Some(slot) = first.take() {
                *slot = Some(First {
                    name: name.clone().into_owned(),
                    text: match value {
                        Found::Text(text) => Some(text.into_owned()),
                        Found::Object | Found::Other => None,
                    },
                });
            }
            names.push(name);
        }
        names.sort_unstable();
        if names.iter().zip(names.iter().skip(1)).any(|(a, b)| a == b) {
            return Err(de::Error::custom("repeated key"));
        }
        Ok(Found::Object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_readers_might_read_differently() {
        for bad in [
            r#"{"a":1,"a":2}"#,
            r#"{"a":{"b":1,"b":2}}"#,
            r#"{"a":1.0}"#,
            r#"{"a":1e3}"#,
            r#"{"a":-0}"#,
            r#"{"a":9007199254740993}"#,
            r#"{"a":-9007199254740993}"#,
            r#"{"a":99999999999999999999}"#,
            r#"[1]"#,
            r#"{} {}"#,
            "{\"a\":\"\u{1}\"}",
        ] {
            assert!(check_object(bad).is_err(), "{bad}");
        }
        let deep = format!("{}1{}", "{\"a\":".repeat(200), "}".repeat(200));
        assert!(check_object(&deep).is_err());
        let first = |line: &str| check_object(line).unwrap();
        assert_eq!(first("{}"), None);
        let number = first(r#"{"z":9007199254740992,"a":[1,null,true]}"#).unwrap();
        assert_eq!((number.name.as_str(), number.text), ("z", None));
        let text = first(r#"{"\u0061\n":"\u0062","a":{"a":{}}}"#).unwrap();
        assert_eq!(
            (text.name.as_str(), text.text.as_deref()),
            ("a\n", Some("b"))
        );
        assert!(check_value(&serde_json::json!({"a": 1.5})).is_err());
        assert!(check_value(&serde_json::json!({"a": [-3, "x"]})).is_ok());
    }
}
