//! Named maxima. Text is counted in characters (Unicode scalar values), after trimming.

/// 投訴內容 and every other account at length.
pub const CONTENT_CHARACTERS_MAX: usize = 4_000;
/// The resident's demands, measures, opinions, reasons and notes.
pub const WORDS_CHARACTERS_MAX: usize = 2_000;
/// A name of a person.
pub const NAME_CHARACTERS_MAX: usize = 60;
/// The matter in a few words, a place, a relation, an appointment, a note for the door.
pub const SHORT_CHARACTERS_MAX: usize = 120;
/// A telephone number as told.
pub const TELEPHONE_CHARACTERS_MAX: usize = 40;
/// A case number.
pub const NUMBER_CHARACTERS_MAX: usize = 40;
/// Notes for one door.
pub const DOOR_NOTES_MAX: usize = 12;
/// Members of staff complained about in one case.
pub const STAFF_COMPLAINED_MAX: usize = 20;
/// Strokes of one signature.
pub const STROKES_MAX: usize = 400;
/// Points of one signature, so that an entry stays far below its limit of 256 KiB.
pub const POINTS_MAX: usize = 12_000;
/// The largest coordinate of a stroke: the pad is 0 to this, both ways.
pub const COORDINATE_MAX: u16 = 10_000;
/// Lines of one statement that is signed.
pub const STATEMENT_LINES_MAX: usize = 40;
/// Photos of one act.
pub const PHOTOS_MAX: usize = 12;
