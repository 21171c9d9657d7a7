//! Text that does not fit its cell goes on to further pages; type never becomes smaller.

/// Characters of a line across the sheet, of full width: 183 mm of 10.5 pt, less a margin for
/// punctuation that may not begin a line.
const LINE_CHARACTERS: usize = 46;
/// Lines of a further page.
const PAGE_LINES: usize = 38;

/// A text with its heading, for the further pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// Above the text.
    pub(super) heading: String,
    /// The whole text.
    pub(super) text: String,
}

/// The beginning of a text that fills at most `lines` lines of `width` characters, and whether
/// something is left.
pub(super) fn fit(text: &str, lines: usize, width: usize) -> (String, bool) {
    let mut shown = String::new();
    let mut column = 0;
    let mut line = 1;
    for character in text.trim_end().chars() {
        if character == '\n' || column == width {
            line += 1;
            column = 0;
        }
        if line > lines {
            return (shown, true);
        }
        if character != '\n' {
            column += 1;
        }
        shown.push(character);
    }
    (shown, false)
}

/// The further pages: each a list of parts that fills it. A part goes on under its heading.
pub(super) fn pages(parts: &[Part]) -> Vec<Vec<Part>> {
    let mut pages = Vec::new();
    let mut page: Vec<Part> = Vec::new();
    let mut room = PAGE_LINES;
    for part in parts {
        let mut rest = part.text.trim_end();
        while !rest.is_empty() {
            // The heading, a line of text, and the space below.
            if room < 4 {
                pages.push(std::mem::take(&mut page));
                room = PAGE_LINES;
            }
            let (shown, more) = fit(rest, room - 2, LINE_CHARACTERS);
            rest = rest.get(shown.len()..).unwrap_or_default();
            rest = rest.strip_prefix('\n').unwrap_or(rest);
            room = if more {
                0
            } else {
                room.saturating_sub(lines(&shown) + 2)
            };
            page.push(Part {
                heading: part.heading.clone(),
                text: shown,
            });
        }
    }
    if !page.is_empty() {
        pages.push(page);
    }
    pages
}

fn lines(text: &str) -> usize {
    let of = |line: &str| line.chars().count().div_ceil(LINE_CHARACTERS).max(1);
    text.split('\n').map(of).sum()
}

#[cfg(test)]
mod tests {
    use super::{LINE_CHARACTERS, PAGE_LINES, Part, fit, lines, pages};

    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn a_short_text_stays_in_its_cell() {
        assert_eq!(fit("ab\ncd", 2, 10), ("ab\ncd".to_owned(), false));
    }

    #[test]
    fn a_long_text_is_cut_at_a_line() {
        assert_eq!(fit("abcdef", 2, 2), ("abcd".to_owned(), true));
        assert_eq!(fit("a\nb\nc", 2, 9), ("a\nb".to_owned(), true));
    }

    #[test]
    fn nothing_is_lost_on_further_pages() {
        let text: String = (0..4_000)
            .map(|n| char::from(b'a' + (n % 26) as u8))
            .collect();
        let part = Part {
            heading: String::from("x"),
            text: text.clone(),
        };
        let pages = pages(&[part]);
        let again: String = pages.iter().flatten().map(|p| p.text.as_str()).collect();
        assert_eq!(again, text);
        assert!(pages.len() >= 3);
        for page in pages {
            let used: usize = page.iter().map(|p| lines(&p.text) + 2).sum();
            assert!(used <= PAGE_LINES, "{used} lines of {LINE_CHARACTERS}");
        }
    }

    #[test]
    fn lines_of_their_own_keep_their_breaks() {
        let text = "one\n".repeat(100);
        let part = Part {
            heading: String::new(),
            text: text.clone(),
        };
        let shown = pages(&[part]);
        let texts: Vec<&str> = shown.iter().flatten().map(|p| p.text.as_str()).collect();
        assert_eq!(texts.join("\n"), text.trim_end());
    }
}
