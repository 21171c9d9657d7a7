//! The contrast of each pair of colours, recomputed from `style/tokens.css`: text at least 7 to 1,
//! lines that carry meaning at least 3 to 1, in light and in dark.

use std::collections::BTreeMap;

const TOKENS: &str = include_str!("../../../style/tokens.css");

/// Text on ground; at least 7.
const TEXT: &[(&str, &str)] = &[
    ("ink", "surface"),
    ("ink", "bg"),
    ("ink-2", "bg"),
    ("ink-2", "surface"),
    ("ink-2", "surface-2"),
    ("ink-3", "bg"),
    ("on-primary", "primary"),
    ("primary", "bg"),
    ("primary-ink", "primary-soft"),
    ("rail-ink-2", "rail-bg"),
    ("rail-ink", "rail-on"),
    ("rail-new-ink", "rail-new"),
    ("on-over", "over-solid"),
    ("over", "over-soft"),
    ("over", "surface"),
    ("soon", "soon-soft"),
    ("run", "run-soft"),
    ("wait", "wait-soft"),
    ("none", "none-soft"),
    ("none", "surface"),
    ("met", "met-soft"),
    ("late", "late-soft"),
    ("surface", "ink"),
    ("count-ink", "count"),
    ("ink-stroke", "ink-pad"),
    ("pad-ink-2", "ink-pad"),
];

/// Lines and marks that carry meaning; at least 3.
const LINES: &[(&str, &str)] = &[
    ("line-strong", "surface"),
    ("over-solid", "surface"),
    ("soon-line", "surface"),
    ("run-line", "surface"),
    ("wait-line", "surface"),
    ("none-line", "surface"),
    ("met-line", "surface"),
    ("late-line", "surface"),
    ("bar-1", "bar-track"),
    ("bar-2", "bar-track"),
    ("bar-3", "bar-track"),
    ("focus", "bg"),
    ("pad-line", "ink-pad"),
];

type Colours = BTreeMap<String, [u8; 3]>;

fn colours(css: &str) -> Colours {
    css.split([';', '{', '}'])
        .filter_map(|line| {
            let line = line.rsplit("*/").next()?.trim();
            let (name, value) = line.split_once(':')?;
            let hex = value.trim().strip_prefix('#').filter(|h| h.len() == 6)?;
            let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).ok();
            Some((
                name.strip_prefix("--")?.to_owned(),
                [byte(0)?, byte(2)?, byte(4)?],
            ))
        })
        .collect()
}

/// The block after `selector`, up to its closing brace.
fn block(selector: &str) -> &'static str {
    let from = TOKENS
        .find(selector)
        .unwrap_or_else(|| panic!("{selector} is missing"));
    let rest = &TOKENS[from + selector.len()..];
    &rest[..rest.find('}').unwrap()]
}

fn themes() -> [(&'static str, Colours); 3] {
    let light = colours(block(":root{\n"));
    let over = |selector| {
        let mut all = light.clone();
        all.extend(colours(block(selector)));
        all
    };
    let system = over(":root:not([data-theme=light]){");
    let switched = over(":root[data-theme=dark]{");
    [
        ("light", light),
        ("dark by the system", system),
        ("dark by the switch", switched),
    ]
}

fn luminance(colour: [u8; 3]) -> f64 {
    let part = |c: u8| {
        let c = f64::from(c) / 255.0;
        if c <= 0.040_45 {
            c / 12.92
        } else {
            ((c + 0.055) / 1.055).powf(2.4)
        }
    };
    0.2126 * part(colour[0]) + 0.7152 * part(colour[1]) + 0.0722 * part(colour[2])
}

fn contrast(a: [u8; 3], b: [u8; 3]) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn check(pairs: &[(&str, &str)], at_least: f64) {
    for (theme, colours) in themes() {
        for (ink, ground) in pairs {
            let found = contrast(colours[*ink], colours[*ground]);
            assert!(
                found >= at_least,
                "{theme}: {ink} on {ground} is {found:.2}"
            );
        }
    }
}

#[test]
fn text_is_seven_to_one() {
    check(TEXT, 7.0);
}

#[test]
fn lines_that_carry_meaning_are_three_to_one() {
    check(LINES, 3.0);
}

#[test]
fn both_dark_blocks_say_the_same() {
    let [_, (_, system), (_, switched)] = themes();
    assert_eq!(system, switched);
}
