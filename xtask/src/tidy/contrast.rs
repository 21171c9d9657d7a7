//! The colours of `style/tokens.css`, pair by pair, by WCAG 2.2's relative luminance.

use std::collections::BTreeMap;

use crate::{files, shell};

/// Text on its ground: AAA.
const TEXT_MIN: f64 = 7.0;

/// Borders and graphics that carry meaning.
const GRAPHIC_MIN: f64 = 3.0;

const TEXTS: [(&str, &str); 19] = [
    ("ink", "surface"),
    ("ink-2", "bg"),
    ("ink-2", "surface-2"),
    ("ink-3", "bg"),
    ("on-primary", "primary"),
    ("primary", "bg"),
    ("primary-ink", "primary-soft"),
    ("rail-ink", "rail-bg"),
    ("rail-ink-2", "rail-bg"),
    ("rail-new-ink", "rail-new"),
    ("count-ink", "count"),
    ("on-over", "over-solid"),
    ("over", "over-soft"),
    ("soon", "soon-soft"),
    ("run", "run-soft"),
    ("wait", "wait-soft"),
    ("none", "none-soft"),
    ("met", "met-soft"),
    ("late", "late-soft"),
];

const GRAPHICS: [(&str, &str); 10] = [
    ("line-strong", "surface"),
    ("soon-line", "surface"),
    ("run-line", "surface"),
    ("wait-line", "surface"),
    ("none-line", "surface"),
    ("met-line", "surface"),
    ("late-line", "surface"),
    ("bar-1", "bar-track"),
    ("bar-2", "bar-track"),
    ("bar-3", "bar-track"),
];

type Colours = BTreeMap<String, [u8; 3]>;

/// The colours of light, of dark by the switch, and of dark by the system.
fn themes() -> [(&'static str, Colours); 3] {
    let text = files::read_text(&shell::root().join("style/tokens.css")).unwrap();
    let light = block(&text, ":root{");
    let over_light = |selector| {
        let mut colours = light.clone();
        colours.extend(block(&text, selector));
        colours
    };
    let by_switch = over_light(":root[data-theme=dark]{");
    let by_system = over_light(":root:not([data-theme=light]){");
    [
        ("light", light),
        ("dark by the switch", by_switch),
        ("dark by the system", by_system),
    ]
}

/// The `--name:#RRGGBB` of the block that `selector` opens.
fn block(text: &str, selector: &str) -> Colours {
    let compact: String = text.split_whitespace().collect();
    let selector: String = selector.split_whitespace().collect();
    let begin = compact
        .find(&selector)
        .unwrap_or_else(|| panic!("no block {selector}"));
    let inside = compact[begin + selector.len()..].split('}').next().unwrap();
    inside.split([';', '/']).filter_map(colour).collect()
}

fn colour(declaration: &str) -> Option<(String, [u8; 3])> {
    let (name, value) = declaration
        .trim_start_matches('*')
        .strip_prefix("--")?
        .split_once(':')?;
    let digits = value.strip_prefix('#').filter(|digits| digits.len() == 6)?;
    let number = u32::from_str_radix(digits, 16).ok()?;
    let [_, red, green, blue] = number.to_be_bytes();
    Some((name.to_owned(), [red, green, blue]))
}

fn luminance(colour: [u8; 3]) -> f64 {
    let [red, green, blue] = colour.map(|channel| {
        let share = f64::from(channel) / 255.0;
        if share <= 0.04045 {
            share / 12.92
        } else {
            ((share + 0.055) / 1.055).powf(2.4)
        }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

fn ratio(colours: &Colours, front: &str, ground: &str) -> f64 {
    let of = |name| {
        luminance(
            *colours
                .get(name)
                .unwrap_or_else(|| panic!("no colour --{name}")),
        )
    };
    let (front, ground) = (of(front), of(ground));
    (front.max(ground) + 0.05) / (front.min(ground) + 0.05)
}

#[test]
fn every_pair_can_be_read() {
    let mut faint = Vec::new();
    for (theme, colours) in themes() {
        for (pairs, least) in [
            (TEXTS.as_slice(), TEXT_MIN),
            (GRAPHICS.as_slice(), GRAPHIC_MIN),
        ] {
            for (front, ground) in pairs {
                let ratio = ratio(&colours, front, ground);
                if ratio < least {
                    faint.push(format!(
                        "{front} on {ground}, {theme}: {ratio:.2} < {least}"
                    ));
                }
            }
        }
    }
    assert!(faint.is_empty(), "{}", faint.join("\n"));
}

#[test]
fn both_ways_into_dark_have_the_same_colours() {
    let [_, (_, by_switch), (_, by_system)] = themes();
    assert_eq!(by_switch, by_system);
}

#[test]
fn the_ratio_is_that_of_wcag() {
    let colours = Colours::from([
        ("ink".into(), [0x12, 0x20, 0x1F]),
        ("paper".into(), [255; 3]),
    ]);
    assert!((ratio(&colours, "ink", "paper") - 16.8).abs() < 0.05);
}
