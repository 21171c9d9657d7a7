//! Length of files and lines; where the browser is asked.

use std::path::{Path, PathBuf};

use crate::{files, shell};

/// A longer file holds more than one thing.
const LINES_MAX: usize = 600;

/// As in `rustfmt.toml`, in columns. rustfmt breaks no string: those that read worse when broken by
/// hand, Chinese sentences and the outlines of pictures, are not counted.
const COLUMNS_MAX: usize = 100;

/// The parts of the app that may name `web_sys`: all others go through these.
const ASK_THE_BROWSER: [&str; 6] = [
    "storage",
    "net",
    "platform",
    "router",
    "ui/signature_pad",
    "ui/browser",
];

fn rust_files() -> Vec<(PathBuf, String)> {
    let root = shell::root();
    let folders = ["src", "tests", "xtask"];
    let found = folders
        .iter()
        .flat_map(|folder| files::under(&root.join(folder)).unwrap());
    found
        .filter(|path| files::has_extension(path, &["rs"]))
        .map(|path| {
            (
                path.strip_prefix(&root).unwrap().to_path_buf(),
                files::read_text(&path).unwrap(),
            )
        })
        .collect()
}

#[test]
fn no_file_is_too_long() {
    let long: Vec<_> = rust_files()
        .into_iter()
        .filter(|(_, text)| text.lines().count() > LINES_MAX)
        .map(|(path, text)| format!("{}: {} lines", path.display(), text.lines().count()))
        .collect();
    assert!(
        long.is_empty(),
        "over {LINES_MAX} lines:\n{}",
        long.join("\n")
    );
}

#[test]
fn no_line_is_too_long() {
    let mut long = Vec::new();
    for (path, text) in rust_files() {
        for (index, line) in text.lines().enumerate() {
            if columns(line) > COLUMNS_MAX {
                long.push(format!("{}:{}", path.display(), index + 1));
            }
        }
    }
    assert!(
        long.is_empty(),
        "over {COLUMNS_MAX} columns:\n{}",
        long.join("\n")
    );
}

#[test]
fn only_these_parts_of_the_app_ask_the_browser() {
    let mut elsewhere = Vec::new();
    for (path, text) in rust_files() {
        let Ok(inside) = path.strip_prefix("src/app") else {
            continue;
        };
        if inside.starts_with("tests") || may_ask(inside) {
            continue;
        }
        for (index, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap();
            if code.contains("web_sys::") {
                elsewhere.push(format!("{}:{}", path.display(), index + 1));
            }
        }
    }
    assert!(
        elsewhere.is_empty(),
        "web_sys is named in:\n{}",
        elsewhere.join("\n")
    );
}

/// A part is a file or a folder of that name.
/// What the app is made of; its release has no derived `Debug` text.
const IN_THE_APP: [&str; 7] = [
    "src/app",
    "src/domain",
    "src/json",
    "src/record",
    "src/sorted",
    "src/sync",
    "src/view",
];

#[test]
fn nothing_in_the_app_needs_debug_text() {
    let mut found = Vec::new();
    for (path, text) in rust_files() {
        let is_test = ["tests", "browser.rs", "conformance.rs", "macros"]
            .iter()
            .any(|part| path.components().any(|c| c.as_os_str() == *part));
        if is_test || !IN_THE_APP.iter().any(|folder| path.starts_with(folder)) {
            continue;
        }
        let shipped = text.split("#[cfg(test)]").next().unwrap_or_default();
        for (index, line) in shipped.lines().enumerate() {
            if line.contains(":?}") {
                found.push(format!("{}:{}", path.display(), index + 1));
            }
        }
    }
    assert!(found.is_empty(), "derived Debug:\n{}", found.join("\n"));
}

fn may_ask(inside: &Path) -> bool {
    ASK_THE_BROWSER
        .iter()
        .any(|part| inside.with_extension("").starts_with(part))
}

/// The columns of a line without the strings that may run on.
fn columns(line: &str) -> usize {
    let parts = line.split('"').enumerate();
    let counted = parts.filter(|(index, part)| index % 2 == 0 || !may_run_on(part));
    counted
        .map(|(_, part)| part.chars().count() + 1)
        .sum::<usize>()
        - 1
}

fn may_run_on(string: &str) -> bool {
    let is_outline = string.len() > 1
        && string.starts_with(['M', 'm'])
        && string
            .chars()
            .all(|found| found.is_ascii_digit() || " MmLlHhVvCcSsQqTtAaZz.,-".contains(found));
    is_outline || string.chars().any(is_chinese)
}

fn is_chinese(character: char) -> bool {
    matches!(character, '\u{3000}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{FF00}'..='\u{FFEF}')
}

#[test]
fn only_outlines_and_chinese_may_run_on() {
    assert_eq!(columns(r#"say("a word")"#), 13);
    assert_eq!(columns(r#"say("受理")"#), 6);
    assert_eq!(columns(r#"d="M3 4l-5.5 2z" />"#), 6);
}
