//! Who may use whom among our own packages.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::shell::Job;

/// Each package and those of ours it may use, in whatever way.
const MAY_USE: [(&str, &[&str]); 11] = [
    ("json", &[]),
    ("sorted", &[]),
    ("view_macros", &[]),
    ("view", &["view_macros"]),
    ("domain", &["json", "sorted"]),
    ("record", &["json", "sorted"]),
    ("sync", &["json", "record", "sorted"]),
    (
        "app",
        &["domain", "json", "record", "sorted", "sync", "view"],
    ),
    ("server", &["domain", "record", "sync"]),
    (
        "acceptance",
        &["domain", "json", "record", "sync", "server"],
    ),
    ("xtask", &[]),
];

#[test]
fn packages_use_each_other_in_one_direction() {
    let text = Job::cargo(&["metadata", "--no-deps", "--format-version", "1"])
        .capture()
        .unwrap();
    let metadata: Value = serde_json::from_str(&text).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let allowed = BTreeMap::from(MAY_USE);
    let ours: Vec<&str> = packages
        .iter()
        .map(|found| found["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        ours.len(),
        allowed.len(),
        "a package has no row here: {ours:?}"
    );
    for package in packages {
        let name = package["name"].as_str().unwrap();
        for used in package["dependencies"].as_array().unwrap() {
            let used = used["name"].as_str().unwrap();
            let is_ours = ours.contains(&used);
            assert!(
                !is_ours || allowed[name].contains(&used),
                "{name} must not use {used}"
            );
        }
    }
}
