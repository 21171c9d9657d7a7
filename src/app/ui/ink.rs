//! A signature as numbers: strokes on a pad of known size, whether they are enough to be one, and
//! the smooth line through them. The screen, the print and the signed bytes all use these strokes.

/// Points of one stroke, each coordinate 0 to [`FULL`] across and down the pad.
pub type Stroke = Vec<(u16, u16)>;

/// The strokes of one signature, in the order they were drawn.
pub type Strokes = Vec<Stroke>;

/// The far edge of the pad in a stroke's coordinates. Ten thousand steps are finer than a pixel on
/// every pad we know, and stay integers, so that the signed bytes are the same on every machine.
pub const FULL: u16 = 10_000;

/// Width of the line in CSS pixels of the pad. Without pressure and time on record every redraw
/// uses one width, so the live line does too: what is seen while signing is what stays.
pub const LINE_WIDTH: f64 = 3.2;

/// Points nearer than this many CSS pixels to the one before are left out.
pub const POINT_APART_MIN: f64 = 1.0;

const STROKES_MIN: usize = 2;
const TURNS_MIN: usize = 3;
const TURN_RADIANS: f64 = std::f64::consts::FRAC_PI_3;
const TURN_STEP: f64 = 6.0;
const BOX_WIDTH_MIN: f64 = 60.0;
const BOX_HEIGHT_MIN: f64 = 24.0;
const LENGTH_MIN: f64 = 120.0;

/// The pad the strokes were drawn on, in CSS pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PadSize {
    /// Across.
    pub width: u16,
    /// Down.
    pub height: u16,
}

impl PadSize {
    /// A pad of `width` × `height` CSS pixels, rounded; at least 1 × 1.
    pub fn of(width: f64, height: f64) -> Self {
        Self {
            width: whole(width).max(1),
            height: whole(height).max(1),
        }
    }

    /// Whether the pad has been laid out.
    pub const fn known(self) -> bool {
        self.width > 0 && self.height > 0
    }

    /// A stroke's point in CSS pixels of this pad.
    pub fn to_pixels(self, point: (u16, u16)) -> (f64, f64) {
        let full = f64::from(FULL);
        (
            f64::from(point.0) / full * f64::from(self.width),
            f64::from(point.1) / full * f64::from(self.height),
        )
    }

    /// CSS pixels of this pad as a stroke's point; what lies outside goes to the edge.
    pub fn to_point(self, at: (f64, f64)) -> (u16, u16) {
        let full = f64::from(FULL);
        let part = |value: f64, size: u16| {
            whole((value / f64::from(size.max(1))).clamp(0.0, 1.0) * full).min(FULL)
        };
        (part(at.0, self.width), part(at.1, self.height))
    }
}

/// How a pad of one size lies inside a page of another: scaled alike in both directions, centred.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fit {
    /// Pixels on the page for one pixel of the pad.
    pub scale: f64,
    /// Left margin in pixels of the page.
    pub left: f64,
    /// Top margin in pixels of the page.
    pub top: f64,
}

impl Fit {
    /// Lays `pad` into `width` × `height` pixels.
    pub fn new(pad: PadSize, width: f64, height: f64) -> Self {
        let (w, h) = (f64::from(pad.width.max(1)), f64::from(pad.height.max(1)));
        let scale = (width / w).min(height / h).max(f64::EPSILON);
        Self {
            scale,
            left: (width - w * scale) / 2.0,
            top: (height - h * scale) / 2.0,
        }
    }

    /// From pixels of the page to pixels of the pad.
    pub fn to_pad(self, at: (f64, f64)) -> (f64, f64) {
        (
            (at.0 - self.left) / self.scale,
            (at.1 - self.top) / self.scale,
        )
    }
}

/// A piece of the line through a stroke, in pixels of the pad.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Piece {
    /// Starts here.
    Move((f64, f64)),
    /// Bends around the first point and ends at the second.
    Bend((f64, f64), (f64, f64)),
    /// Straight to here.
    Line((f64, f64)),
}

/// The smooth line through a stroke: quadratic curves from midpoint to midpoint. A single point
/// gives a line to itself, which round ends show as a dot.
pub fn pieces(stroke: &[(u16, u16)], pad: PadSize) -> Vec<Piece> {
    let points: Vec<(f64, f64)> = stroke.iter().map(|p| pad.to_pixels(*p)).collect();
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return Vec::new();
    };
    let mut line = vec![Piece::Move(*first)];
    for pair in points.windows(2).skip(1) {
        if let [around, next] = pair {
            line.push(Piece::Bend(*around, middle(*around, *next)));
        }
    }
    line.push(Piece::Line(*last));
    line
}

/// The point half way between two.
pub fn middle(a: (f64, f64), b: (f64, f64)) -> (f64, f64) {
    (f64::midpoint(a.0, b.0), f64::midpoint(a.1, b.1))
}

/// Lengths of a drawing are whole tenths of a CSS pixel.
pub fn tenths(pixels: f64) -> u16 {
    whole(pixels * 10.0)
}

/// The line through a stroke as SVG path data in tenths of a pixel of the pad.
pub fn path_data(stroke: &[(u16, u16)], pad: PadSize) -> String {
    let at = |(x, y): (f64, f64)| format!("{} {}", tenths(x), tenths(y));
    pieces(stroke, pad)
        .into_iter()
        .map(|piece| match piece {
            Piece::Move(to) => format!("M{}", at(to)),
            Piece::Bend(around, to) => format!("Q{} {}", at(around), at(to)),
            Piece::Line(to) => format!("L{}", at(to)),
        })
        .collect()
}

/// Whether the strokes can be a signature: two strokes, or one with three turns; a box of
/// 60 × 24 px; 120 px of line. Judged from the strokes alone, never from what was pressed.
pub fn is_enough(strokes: &[Stroke], pad: PadSize) -> bool {
    let drawn: Vec<Vec<(f64, f64)>> = strokes
        .iter()
        .filter(|s| !s.is_empty())
        .map(|s| s.iter().map(|p| pad.to_pixels(*p)).collect())
        .collect();
    let shaped = drawn.len() >= STROKES_MIN || drawn.iter().any(|s| turns(s) >= TURNS_MIN);
    let (width, height) = extent(drawn.iter().flatten());
    let length: f64 = drawn.iter().map(|s| length(s)).sum();
    shaped && width >= BOX_WIDTH_MIN && height >= BOX_HEIGHT_MIN && length >= LENGTH_MIN
}

fn extent<'a>(points: impl Iterator<Item = &'a (f64, f64)>) -> (f64, f64) {
    let start = (
        f64::INFINITY,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NEG_INFINITY,
    );
    let (left, top, right, bottom) = points.fold(start, |(l, t, r, b), (x, y)| {
        (l.min(*x), t.min(*y), r.max(*x), b.max(*y))
    });
    if right < left {
        (0.0, 0.0)
    } else {
        (right - left, bottom - top)
    }
}

/// Distance between two points.
pub fn distance(a: (f64, f64), b: (f64, f64)) -> f64 {
    (a.0 - b.0).hypot(a.1 - b.1)
}

fn length(points: &[(f64, f64)]) -> f64 {
    points
        .windows(2)
        .map(|w| {
            if let [a, b] = w {
                distance(*a, *b)
            } else {
                0.0
            }
        })
        .sum()
}

/// How often the line leaves its direction by more than 60°, each time from the new direction on;
/// steps shorter than 6 px are a trembling hand and not counted.
fn turns(points: &[(f64, f64)]) -> usize {
    let mut from = points.first().copied().unwrap_or_default();
    let mut heading: Option<f64> = None;
    let mut count = 0;
    for &point in points {
        if distance(from, point) < TURN_STEP {
            continue;
        }
        let now = (point.1 - from.1).atan2(point.0 - from.0);
        from = point;
        match heading {
            Some(before) if angle_between(before, now) <= TURN_RADIANS => {}
            Some(_) => {
                count += 1;
                heading = Some(now);
            }
            None => heading = Some(now),
        }
    }
    count
}

fn angle_between(a: f64, b: f64) -> f64 {
    let turn = std::f64::consts::TAU;
    let d = (a - b).rem_euclid(turn);
    d.min(turn - d)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to the range of u16 before"
)]
fn whole(value: f64) -> u16 {
    value.round().clamp(0.0, f64::from(u16::MAX)) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    const PAD: PadSize = PadSize {
        width: 1000,
        height: 250,
    };

    fn stroke(pixels: &[(f64, f64)]) -> Stroke {
        pixels.iter().map(|p| PAD.to_point(*p)).collect()
    }

    #[test]
    fn points_go_to_numbers_and_back() {
        assert_eq!(PAD.to_point((500.0, 125.0)), (5_000, 5_000));
        assert_eq!(PAD.to_pixels((10_000, 10_000)), (1000.0, 250.0));
        assert_eq!(PAD.to_point((-3.0, 9_999.0)), (0, FULL));
        assert_eq!(
            PadSize::of(0.0, -1.0),
            PadSize {
                width: 1,
                height: 1
            }
        );
    }

    #[test]
    fn nothing_a_dot_and_a_line_are_no_signature() {
        assert!(!is_enough(&[], PAD));
        assert!(!is_enough(&[stroke(&[(10.0, 10.0)])], PAD));
        assert!(!is_enough(&[Vec::new(), Vec::new()], PAD));
        assert!(!is_enough(&[stroke(&[(10.0, 10.0), (400.0, 120.0)])], PAD));
    }

    #[test]
    fn two_strokes_need_box_and_length() {
        let cross = [
            stroke(&[(10.0, 10.0), (110.0, 60.0)]),
            stroke(&[(110.0, 10.0), (10.0, 60.0)]),
        ];
        assert!(is_enough(&cross, PAD));
        let flat = [
            stroke(&[(10.0, 10.0), (200.0, 12.0)]),
            stroke(&[(10.0, 20.0), (200.0, 22.0)]),
        ];
        assert!(!is_enough(&flat, PAD), "12 px high is a dash");
        let small = [
            stroke(&[(10.0, 10.0), (40.0, 50.0)]),
            stroke(&[(40.0, 10.0), (10.0, 50.0)]),
        ];
        assert!(!is_enough(&small, PAD), "30 px wide is a tick");
    }

    #[test]
    fn one_stroke_with_three_turns_is_one() {
        let zigzag = stroke(&[
            (10.0, 10.0),
            (40.0, 80.0),
            (70.0, 10.0),
            (100.0, 80.0),
            (130.0, 10.0),
        ]);
        assert!(is_enough(std::slice::from_ref(&zigzag), PAD));
        let bow = stroke(&[(10.0, 10.0), (60.0, 90.0), (110.0, 10.0)]);
        assert!(!is_enough(&[bow], PAD), "one turn alone");
    }

    #[test]
    fn a_trembling_line_has_no_turns() {
        let points: Vec<(f64, f64)> = (0..100)
            .map(|n| (f64::from(n) * 2.0, 50.0 + f64::from(n % 2)))
            .collect();
        assert_eq!(turns(&points), 0);
    }

    #[test]
    fn the_line_passes_the_midpoints_and_ends_at_the_last_point() {
        let line = pieces(&stroke(&[(0.0, 0.0), (100.0, 0.0), (100.0, 100.0)]), PAD);
        assert_eq!(
            line,
            vec![
                Piece::Move((0.0, 0.0)),
                Piece::Bend((100.0, 0.0), (100.0, 50.0)),
                Piece::Line((100.0, 100.0)),
            ]
        );
        assert_eq!(path_data(&stroke(&[(10.0, 20.0)]), PAD), "M100 200L100 200");
        assert_eq!(path_data(&[], PAD), "");
    }

    #[test]
    fn a_turned_tablet_keeps_the_shape() {
        let fit = Fit::new(PAD, 500.0, 400.0);
        assert!((fit.scale - 0.5).abs() < 1e-9);
        assert_eq!(fit.to_pad((250.0, 200.0)), (500.0, 125.0));
    }
}
