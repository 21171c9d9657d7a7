//! Every language says everything.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use crate::{files, shell};

/// The keys of each locale: of `locales/LOCALE.json`, or of all `locales/LOCALE/NAME.json`.
fn keys_by_locale(folder: &Path) -> BTreeMap<String, BTreeSet<String>> {
    let mut locales: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for path in files::under(folder).unwrap() {
        if !files::has_extension(&path, &["json"]) {
            continue;
        }
        let inside = path.strip_prefix(folder).unwrap().with_extension("");
        let mut parts = inside.iter().map(|part| part.to_str().unwrap());
        let locale = parts.next().unwrap().to_owned();
        let prefix = parts.collect::<Vec<_>>().join("/");
        let text = files::read_text(&path).unwrap();
        let content: Value = serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        collect(&prefix, &content, locales.entry(locale).or_default());
    }
    locales
}

fn collect(prefix: &str, content: &Value, keys: &mut BTreeSet<String>) {
    let Value::Object(fields) = content else {
        let is_text = content.as_str().is_some_and(|text| !text.trim().is_empty());
        assert!(is_text, "{prefix} says nothing");
        keys.insert(prefix.to_owned());
        return;
    };
    for (name, value) in fields {
        collect(&format!("{prefix}.{name}"), value, keys);
    }
}

#[test]
fn every_locale_has_the_same_keys() {
    let locales = keys_by_locale(&shell::root().join("src/app/locales"));
    let all: BTreeSet<_> = locales.values().flatten().collect();
    for (locale, keys) in &locales {
        let missing: Vec<_> = all.iter().filter(|&&key| !keys.contains(key)).collect();
        assert!(missing.is_empty(), "{locale} lacks {missing:?}");
    }
}
