//! A site file as rows of named cells: workbook or comma separated text, whatever its encoding.

use std::collections::BTreeMap;
use std::io::Cursor;

use calamine::{Data, Reader};

use super::words::{Column, Kind, Words};

/// Largest site file read, in bytes.
pub const FILE_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Most rows of a site file: a large estate has ten thousand households.
pub const ROWS_MAX: usize = 100_000;

/// Longest cell, in characters.
pub const CELL_CHARACTERS_MAX: usize = 500;

/// A row with its place in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Where it stands, for messages: `row 12` or `住戶 row 12`; counted from 1, the heading
    /// included.
    pub place: String,
    /// What it states.
    pub kind: Kind,
    /// Cells that are not empty, cleaned.
    pub cells: BTreeMap<Column, String>,
}

/// A row that was not taken, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Where it stands.
    pub place: String,
    /// Why it was not taken, and what would help.
    pub reason: String,
    /// What it would have stated, where that much could be read.
    pub kind: Option<Kind>,
    /// Code of the thing, where that much could be read.
    pub code: Option<String>,
}

/// A file that was read: its rows and those that say nothing that is understood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// Rows in the order of the file.
    pub rows: Vec<Row>,
    /// Rows refused while reading.
    pub refused: Vec<Refused>,
}

/// Why a file as a whole cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// Larger than [`FILE_BYTES_MAX`].
    #[error("the file has {0} bytes; at most {FILE_BYTES_MAX} are read")]
    TooLarge(usize),
    /// More than [`ROWS_MAX`] rows.
    #[error("the file has more than {ROWS_MAX} rows")]
    TooManyRows,
    /// Not a workbook after all.
    #[error("the workbook cannot be read: {0}")]
    Workbook(#[from] calamine::Error),
    /// Comma separated text that is torn.
    #[error("the text cannot be read as comma separated: {0}")]
    Text(#[from] csv::Error),
    /// In none of the encodings that are tried.
    #[error("the text is neither UTF-8 nor UTF-16, GB18030 or Big5; save it as UTF-8")]
    Encoding,
    /// No heading with the kind column.
    #[error("the first row must be a heading whose first column is {0}")]
    NoHeading(String),
    /// Not one sheet bears the name of a kind.
    #[error("no sheet is named by a kind; the names are {0}")]
    NoSheet(String),
}

/// Reads a file. A workbook is known by its first bytes, not by its name.
///
/// # Errors
/// Where the file as a whole cannot be read; single rows are refused one by one.
pub fn read(bytes: &[u8], words: &Words) -> Result<Table, TableError> {
    if bytes.len() > FILE_BYTES_MAX {
        return Err(TableError::TooLarge(bytes.len()));
    }
    let zip = bytes.starts_with(b"PK\x03\x04");
    let compound = bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]);
    if zip || compound {
        read_workbook(bytes, words)
    } else {
        read_text(&decode(bytes)?, words)
    }
}

fn read_workbook(bytes: &[u8], words: &Words) -> Result<Table, TableError> {
    let mut workbook = calamine::open_workbook_auto_from_rs(Cursor::new(bytes))?;
    let mut table = Table::default();
    let mut known = false;
    for sheet in workbook.sheet_names() {
        let Some(kind) = words.kind(&clean(&sheet)) else {
            continue;
        };
        known = true;
        let range = workbook.worksheet_range(&sheet)?;
        let top = range.start().map_or(0, |(row, _)| row as usize);
        let mut heading: Option<Vec<Option<Column>>> = None;
        for (index, cells) in range.rows().enumerate() {
            let cells: Vec<String> = cells.iter().map(cell_text).collect();
            let place = format!("{sheet} row {}", top + index + 1);
            match &heading {
                None => heading = Some(columns(&cells, &place, words, &mut table)),
                Some(columns) => take(&mut table, place, Some(kind), columns, &cells, words)?,
            }
        }
    }
    if known {
        Ok(table)
    } else {
        Err(TableError::NoSheet(words.kind_words()))
    }
}

fn read_text(text: &str, words: &Words) -> Result<Table, TableError> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut table = Table::default();
    let mut heading: Option<Vec<Option<Column>>> = None;
    for record in reader.records() {
        let record = record?;
        let line = record.position().map_or(0, csv::Position::line);
        let place = format!("row {line}");
        let cells: Vec<String> = record.iter().map(clean).collect();
        let first = cells.first().map_or("", String::as_str);
        if first == words.column_word(Column::Kind) {
            heading = Some(columns(&cells, &place, words, &mut table));
            continue;
        }
        match &heading {
            Some(columns) => {
                take(&mut table, place, words.kind(first), columns, &cells, words)?;
            }
            None if cells.iter().all(String::is_empty) => {}
            None => {
                let word = words.column_word(Column::Kind).to_owned();
                return Err(TableError::NoHeading(word));
            }
        }
    }
    if heading.is_none() {
        let word = words.column_word(Column::Kind).to_owned();
        return Err(TableError::NoHeading(word));
    }
    Ok(table)
}

fn columns(cells: &[String], place: &str, words: &Words, table: &mut Table) -> Vec<Option<Column>> {
    let mut columns = Vec::new();
    for cell in cells {
        let column = words.column(cell);
        if column.is_none() && !cell.is_empty() {
            table.refused.push(Refused {
                place: place.to_owned(),
                reason: format!("the column {cell} is not known; its cells are left out"),
                kind: None,
                code: None,
            });
        }
        columns.push(column);
    }
    columns
}

fn take(
    table: &mut Table,
    place: String,
    kind: Option<Kind>,
    columns: &[Option<Column>],
    cells: &[String],
    words: &Words,
) -> Result<(), TableError> {
    if cells.iter().all(String::is_empty) {
        return Ok(());
    }
    if table.rows.len() >= ROWS_MAX {
        return Err(TableError::TooManyRows);
    }
    let Some(kind) = kind else {
        let first = cells.first().map_or("", String::as_str);
        table.refused.push(Refused {
            reason: format!(
                "unknown kind \"{first}\"; the kinds are {}",
                words.kind_words()
            ),
            place,
            kind: None,
            code: None,
        });
        return Ok(());
    };
    let mut named = BTreeMap::new();
    for (column, cell) in columns.iter().zip(cells) {
        let Some(column) = *column else { continue };
        if column == Column::Kind || cell.is_empty() {
            continue;
        }
        if cell.chars().count() > CELL_CHARACTERS_MAX {
            let heading = words.column_word(column);
            table.refused.push(Refused {
                reason: format!("{heading} is longer than {CELL_CHARACTERS_MAX} characters"),
                place,
                kind: Some(kind),
                code: named.get(&Column::Code).cloned(),
            });
            return Ok(());
        }
        // Two headings may name one column (姓名, 名稱): the first cell that is filled holds.
        named.entry(column).or_insert_with(|| cell.clone());
    }
    table.rows.push(Row {
        place,
        kind,
        cells: named,
    });
    Ok(())
}

/// A cell as text. A workbook keeps numbers as floating point: a telephone or a room number
/// must come out as it was typed.
fn cell_text(cell: &Data) -> String {
    match cell {
        Data::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => {
            format!("{number:.0}")
        }
        Data::Empty | Data::Error(_) => String::new(),
        other => clean(&other.to_string()),
    }
}

/// A cell without surrounding space, control characters and line ends, and with full-width
/// letters, digits and signs made plain; Chinese punctuation that separates items stays.
#[must_use]
pub fn clean(text: &str) -> String {
    let plain: String = text
        .chars()
        .map(|c| match c {
            '\u{ff0c}' | '\u{ff1b}' => c,
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
            '\u{3000}' | '\u{a0}' | '\r' | '\n' | '\t' => ' ',
            other => other,
        })
        .filter(|c| !c.is_control() && !matches!(c, '\u{feff}' | '\u{200b}'..='\u{200f}'))
        .collect();
    plain.trim().to_owned()
}

/// Text of a file: UTF-8 or UTF-16 with or without its mark, else GB18030, else Big5. The
/// right one of the two Chinese encodings is the one in which the heading can be read.
fn decode(bytes: &[u8]) -> Result<String, TableError> {
    if let Some((encoding, _)) = encoding_rs::Encoding::for_bom(bytes) {
        let (text, _, torn) = encoding.decode(bytes);
        return if torn {
            Err(TableError::Encoding)
        } else {
            Ok(text.into_owned())
        };
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok(text.to_owned());
    }
    let mut fallback = None;
    for encoding in [encoding_rs::GB18030, encoding_rs::BIG5] {
        let (text, torn) = encoding.decode_without_bom_handling(bytes);
        if torn {
            continue;
        }
        let heading = Words::load().is_ok_and(|words| {
            text.trim_start()
                .starts_with(words.column_word(Column::Kind))
        });
        if heading {
            return Ok(text.into_owned());
        }
        fallback.get_or_insert_with(|| text.into_owned());
    }
    fallback.ok_or(TableError::Encoding)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "類型,編號,姓名,房屋,電話\r\n住戶,H1,王秀英,8-2-1103,１３８００００２２０６\r\n\r\n";

    fn read_ok(bytes: &[u8]) -> Table {
        read(bytes, &Words::load().unwrap()).unwrap()
    }

    #[test]
    fn text_is_read_in_each_encoding() {
        let plain = read_ok(TEXT.as_bytes());
        assert_eq!(plain.rows.len(), 1);
        assert_eq!(plain.rows[0].cells[&Column::Telephones], "13800002206");
        let mut marked = vec![0xef, 0xbb, 0xbf];
        marked.extend_from_slice(TEXT.as_bytes());
        assert_eq!(read_ok(&marked), plain);
        let (gb, _, _) = encoding_rs::GB18030.encode(TEXT);
        assert_eq!(read_ok(&gb), plain);
        let (big5, _, _) = encoding_rs::BIG5.encode(TEXT);
        assert_eq!(read_ok(&big5), plain);
        let mut wide = vec![0xff, 0xfe];
        wide.extend(TEXT.encode_utf16().flat_map(u16::to_le_bytes));
        assert_eq!(read_ok(&wide), plain);
    }

    #[test]
    fn a_workbook_is_read_sheet_by_sheet_and_numbers_as_typed() {
        let mut workbook = rust_xlsxwriter::Workbook::new();
        let notes = workbook.add_worksheet();
        notes.set_name("說明").unwrap();
        notes.write(0, 0, "not read").unwrap();
        let sheet = workbook.add_worksheet();
        sheet.set_name("住戶").unwrap();
        for (column, heading) in ["編號", "姓名", "房屋", "電話"].into_iter().enumerate() {
            let column = u16::try_from(column).unwrap();
            sheet.write(2, column, heading).unwrap();
        }
        sheet.write(3, 0, "H1").unwrap();
        sheet.write(3, 1, " 王秀英\n").unwrap();
        sheet.write(3, 2, "8-2-1103").unwrap();
        sheet.write(3, 3, 13_800_002_206_u64).unwrap();
        let table = read_ok(&workbook.save_to_buffer().unwrap());
        assert_eq!(table.refused, []);
        assert_eq!(table.rows.len(), 1);
        assert_eq!(table.rows[0].place, "住戶 row 4");
        assert_eq!(table.rows[0].cells[&Column::Name], "王秀英");
        assert_eq!(table.rows[0].cells[&Column::Telephones], "13800002206");
        let words = Words::load().unwrap();
        let mut other = rust_xlsxwriter::Workbook::new();
        other.add_worksheet();
        let bytes = other.save_to_buffer().unwrap();
        assert!(matches!(read(&bytes, &words), Err(TableError::NoSheet(_))));
    }

    #[test]
    fn each_kind_may_bring_its_own_heading() {
        let text = "類型,編號,名稱\n站點,YS,雲杉花園服務站\n類型,姓名,職務\n人員,林曉雯,接單員\n";
        let table = read_ok(text.as_bytes());
        assert_eq!(table.rows.len(), 2);
        assert_eq!(table.rows[1].cells[&Column::Roles], "接單員");
        assert_eq!(table.rows[1].place, "row 4");
    }

    #[test]
    fn unknown_kinds_and_columns_are_named() {
        let table = read_ok("類型,編號,顏色\n車輛,X,紅\n".as_bytes());
        assert!(table.rows.is_empty());
        assert_eq!(table.refused.len(), 2);
        assert!(table.refused[0].reason.contains("顏色"));
        assert!(table.refused[1].reason.contains("車輛"));
    }

    #[test]
    fn a_file_without_heading_is_refused_as_a_whole() {
        let words = Words::load().unwrap();
        assert!(matches!(
            read("住戶,H1\n".as_bytes(), &words),
            Err(TableError::NoHeading(_))
        ));
        assert!(read(&[0xff, 0x00, 0x81], &words).is_err());
        assert!(read(b"", &words).is_err());
        assert!(read(b"PK\x03\x04not a workbook", &words).is_err());
    }
}
