//! JSON as the record admits it: no repeated keys, no floats, no integer over 2^53. Every reader
//! in every language then sees the same values.

use core::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// The largest magnitude of an integer: what a JavaScript number holds exactly.
pub const INTEGER_MAX: u64 = 1 << 53;

/// Parses one JSON object strictly. Returns it with the name of its first key.
///
/// # Errors
/// Says what is wrong, with its column.
pub fn parse_object(line: &str) -> Result<(Map<String, Value>, Option<String>), String> {
    let mut first = None;
    let mut reader = serde_json::Deserializer::from_str(line);
    let value = Strict(Some(&mut first))
        .deserialize(&mut reader)
        .and_then(|value| reader.end().map(|()| value))
        .map_err(|error| error.to_string())?;
    match value {
        Value::Object(map) => Ok((map, first)),
        _ => Err("not an object".to_owned()),
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

struct Strict<'f>(Option<&'f mut Option<String>>);

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON without floats, large numbers and repeated keys")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Value, E> {
        if value > INTEGER_MAX {
            return Err(E::custom("integer over 2^53"));
        }
        Ok(value.into())
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Value, E> {
        if value.unsigned_abs() > INTEGER_MAX {
            return Err(E::custom("integer over 2^53"));
        }
        Ok(value.into())
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<Value, E> {
        Err(E::custom("a float, or an integer over 2^53"))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element_seed(Strict(None))? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        let mut first = self.0;
        while let Some(key) = access.next_key::<String>()? {
            if let Some(slot) = first.take() {
                *slot = Some(key.clone());
            }
            let value = access.next_value_seed(Strict(None))?;
            if map.insert(key, value).is_some() {
                return Err(de::Error::custom("repeated key"));
            }
        }
        Ok(Value::Object(map))
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
            assert!(parse_object(bad).is_err(), "{bad}");
        }
        let deep = format!("{}1{}", "{\"a\":".repeat(200), "}".repeat(200));
        assert!(parse_object(&deep).is_err());
        let (map, first) = parse_object(r#"{"z":9007199254740992,"a":[1,null,true]}"#).unwrap();
        assert_eq!(first.as_deref(), Some("z"));
        assert_eq!(map.len(), 2);
        assert!(check_value(&serde_json::json!({"a": 1.5})).is_err());
        assert!(check_value(&serde_json::json!({"a": [-3, "x"]})).is_ok());
    }
}
