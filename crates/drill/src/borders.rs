//! From a raster of labels to polygons that share their borders exactly.
//!
//! Each border between two labels is traced once, smoothed and simplified once with its ends fixed, and
//! then used by both sides: neighbours match to the last digit, and a city is exactly its counties.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// A label of what lies outside of everything.
pub(crate) const OUTSIDE: u16 = u16::MAX;

/// A raster of labels, row by row from the south-west.
#[derive(Debug, Clone)]
pub(crate) struct Raster {
    /// Cells per row.
    pub(crate) width: usize,
    /// The labels.
    pub(crate) cells: Vec<u16>,
}

/// A corner of raster cells: column and row of the cell to its north-east.
type Corner = (usize, usize);

/// A point in raster cells from the south-west corner.
type Point = (f64, f64);

/// East, north, west, south.
const STEPS: [(isize, isize); 4] = [(1, 0), (0, 1), (-1, 0), (0, -1)];

/// Rounds of smoothing, which turn the raster's stairs into lines.
const SMOOTHING_ROUNDS: usize = 3;

/// How far a border may be moved by leaving points out, in cells.
const TOLERANCE_CELLS: f64 = 0.2;

impl Raster {
    /// The label of a cell.
    pub(crate) fn at(&self, column: usize, row: usize) -> u16 {
        self.cells[row * self.width + column]
    }

    fn height(&self) -> usize {
        self.cells.len() / self.width
    }

    fn neighbours(&self, cell: usize) -> impl Iterator<Item = usize> + '_ {
        let (column, row) = ((cell % self.width) as isize, (cell / self.width) as isize);
        STEPS.iter().filter_map(move |(dx, dy)| {
            let (x, y) = (column + dx, row + dy);
            let inside = x >= 0 && y >= 0 && (x as usize) < self.width && (y as usize) < self.height();
            inside.then(|| y as usize * self.width + x as usize)
        })
    }

    /// Makes every label one connected piece, and leaves no corner where four borders meet.
    pub(crate) fn tidy(&mut self) {
        const ENOUGH: usize = 50;
        for _ in 0..ENOUGH {
            self.keep_largest_pieces();
            if !self.open_crossings() {
                return;
            }
        }
    }

    fn keep_largest_pieces(&mut self) {
        let mut piece_of = vec![usize::MAX; self.cells.len()];
        let mut pieces: Vec<(u16, usize)> = Vec::new();
        let mut queue = VecDeque::new();
        for start in 0..self.cells.len() {
            if piece_of[start] != usize::MAX {
                continue;
            }
            let (label, piece) = (self.cells[start], pieces.len());
            pieces.push((label, 0));
            piece_of[start] = piece;
            queue.push_back(start);
            while let Some(cell) = queue.pop_front() {
                pieces[piece].1 += 1;
                for next in self.neighbours(cell) {
                    if piece_of[next] == usize::MAX && self.cells[next] == label {
                        piece_of[next] = piece;
                        queue.push_back(next);
                    }
                }
            }
        }
        let mut largest: BTreeMap<u16, usize> = BTreeMap::new();
        for (piece, &(label, size)) in pieces.iter().enumerate() {
            let best = largest.entry(label).or_insert(piece);
            if size > pieces[*best].1 {
                *best = piece;
            }
        }
        let kept: Vec<bool> = (0..pieces.len()).map(|piece| largest.get(&pieces[piece].0) == Some(&piece)).collect();
        // What is cut off goes to whom it borders on, from its edge inwards.
        let mut waiting: Vec<bool> = piece_of.iter().map(|&piece| !kept[piece]).collect();
        queue.extend((0..self.cells.len()).filter(|&cell| !waiting[cell]));
        while let Some(cell) = queue.pop_front() {
            let near: Vec<usize> = self.neighbours(cell).filter(|&next| waiting[next]).collect();
            for next in near {
                waiting[next] = false;
                self.cells[next] = self.cells[cell];
                queue.push_back(next);
            }
        }
    }

    /// Whether a crossing had to be opened.
    fn open_crossings(&mut self) -> bool {
        let mut changed = false;
        for row in 0..self.height() - 1 {
            for column in 0..self.width - 1 {
                let here = row * self.width + column;
                let (a, b) = (self.cells[here], self.cells[here + 1]);
                let (c, d) = (self.cells[here + self.width], self.cells[here + self.width + 1]);
                if a != b && b != d && d != c && c != a {
                    self.cells[here + 1] = a;
                    self.cells[here + self.width] = if b == c { a } else { c };
                    changed = true;
                }
            }
        }
        changed
    }

    /// For each pair of labels that touch, along how many cell edges.
    pub(crate) fn shared_edges(&self) -> BTreeMap<(u16, u16), u32> {
        let mut shared = BTreeMap::new();
        for cell in 0..self.cells.len() {
            for next in self.neighbours(cell) {
                if self.cells[cell] != self.cells[next] {
                    *shared.entry((self.cells[cell], self.cells[next])).or_insert(0) += 1;
                }
            }
        }
        shared
    }

    /// The labels left and right of a step from a corner.
    fn sides(&self, (x, y): Corner, direction: usize) -> Option<(u16, u16)> {
        let label = |x: usize, y: usize| {
            // One less than zero wraps to a column or row that does not exist.
            if x < self.width && y < self.height() { self.at(x, y) } else { OUTSIDE }
        };
        let (west, south) = (x.wrapping_sub(1), y.wrapping_sub(1));
        let sides = match direction {
            0 => (label(x, y), label(x, south)),
            1 => (label(west, y), label(x, y)),
            2 => (label(west, south), label(west, y)),
            _ => (label(x, south), label(west, south)),
        };
        (sides.0 != sides.1).then_some(sides)
    }
}

/// A border between two labels, from one junction to the next; closed when its ends are one.
#[derive(Debug, Clone)]
struct Border {
    ends: (Corner, Corner),
    points: Vec<Point>,
    left: u16,
    right: u16,
}

/// All borders of a raster.
#[derive(Debug)]
pub(crate) struct Borders(Vec<Border>);

impl Borders {
    /// Traces, smooths and simplifies the borders of a tidy raster.
    pub(crate) fn trace(raster: &Raster) -> Self {
        let degree = |corner| (0..4).filter(|&direction| raster.sides(corner, direction).is_some()).count();
        let corners = || (0..=raster.height()).flat_map(|y| (0..=raster.width).map(move |x| (x, y)));
        let mut walked: BTreeSet<(Corner, usize)> = BTreeSet::new();
        let mut borders = Vec::new();
        let mut walk = |start: Corner, first: usize| {
            let Some((left, right)) = raster.sides(start, first) else { return };
            if walked.contains(&(start, first)) {
                return;
            }
            let (mut here, mut direction) = (start, first);
            let mut points = vec![(start.0 as f64, start.1 as f64)];
            loop {
                walked.insert((here, direction));
                here = (here.0.wrapping_add_signed(STEPS[direction].0), here.1.wrapping_add_signed(STEPS[direction].1));
                walked.insert((here, (direction + 2) % 4));
                points.push((here.0 as f64, here.1 as f64));
                if here == start || degree(here) != 2 {
                    break;
                }
                let back = (direction + 2) % 4;
                let Some(onward) = (0..4).find(|&next| next != back && raster.sides(here, next).is_some()) else {
                    break;
                };
                direction = onward;
            }
            borders.push(Border { ends: (start, here), points: simplified(&smoothed(points)), left, right });
        };
        for corner in corners().filter(|&corner| degree(corner) > 2) {
            (0..4).for_each(|direction| walk(corner, direction));
        }
        // What is left are closed borders without a junction.
        for corner in corners().filter(|&corner| degree(corner) == 2) {
            (0..4).for_each(|direction| walk(corner, direction));
        }
        Self(borders)
    }

    /// The rings around a set of labels, the set on their left: the outer ring first, then holes.
    pub(crate) fn rings(&self, within: impl Fn(u16) -> bool) -> Vec<Vec<Point>> {
        let mut rings = Vec::new();
        let mut from: BTreeMap<Corner, (Corner, Vec<Point>)> = BTreeMap::new();
        for border in &self.0 {
            let mut points = border.points.clone();
            let (start, end) = match (within(border.left), within(border.right)) {
                (true, false) => border.ends,
                (false, true) => {
                    points.reverse();
                    (border.ends.1, border.ends.0)
                }
                _ => continue,
            };
            if start == end {
                rings.push(points);
            } else {
                from.insert(start, (end, points));
            }
        }
        while let Some((start, (mut here, mut ring))) = from.pop_first() {
            while here != start {
                let Some((end, points)) = from.remove(&here) else { break };
                ring.extend_from_slice(&points[1..]);
                here = end;
            }
            rings.push(ring);
        }
        rings.sort_by(|a, b| doubled_area(b).total_cmp(&doubled_area(a)));
        rings
    }
}

/// Twice the area within a ring, positive when it runs counter-clockwise.
fn doubled_area(ring: &[Point]) -> f64 {
    ring.windows(2).map(|pair| pair[0].0 * pair[1].1 - pair[1].0 * pair[0].1).sum()
}

fn smoothed(mut points: Vec<Point>) -> Vec<Point> {
    let last = points.len() - 1;
    let closed = points[0] == points[last];
    for _ in 0..SMOOTHING_ROUNDS {
        let before = points.clone();
        let mean = |a: Point, b: Point, c: Point| ((a.0 + 2.0 * b.0 + c.0) / 4.0, (a.1 + 2.0 * b.1 + c.1) / 4.0);
        for middle in 1..last {
            points[middle] = mean(before[middle - 1], before[middle], before[middle + 1]);
        }
        if closed {
            points[0] = mean(before[last - 1], before[0], before[1]);
            points[last] = points[0];
        }
    }
    points
}

/// Leaves out points that the line hardly misses (Douglas and Peucker 1973).
fn simplified(points: &[Point]) -> Vec<Point> {
    let last = points.len() - 1;
    let mut kept = vec![false; points.len()];
    (kept[0], kept[last]) = (true, true);
    let mut open = Vec::new();
    if points[0] == points[last] {
        // A ring has no chord of its own: two points in between keep it a ring.
        (kept[last / 3], kept[2 * last / 3]) = (true, true);
        open.extend([(0, last / 3), (last / 3, 2 * last / 3), (2 * last / 3, last)]);
    } else {
        open.push((0, last));
    }
    while let Some((start, end)) = open.pop() {
        let furthest = (start + 1..end)
            .map(|middle| (distance_squared(points[middle], points[start], points[end]), middle))
            .max_by(|a, b| a.0.total_cmp(&b.0));
        if let Some((distance, middle)) = furthest
            && distance > TOLERANCE_CELLS * TOLERANCE_CELLS
        {
            kept[middle] = true;
            open.extend([(start, middle), (middle, end)]);
        }
    }
    points.iter().zip(kept).filter(|(_, kept)| *kept).map(|(&point, _)| point).collect()
}

/// The squared distance of a point from the segment between two others.
fn distance_squared(point: Point, a: Point, b: Point) -> f64 {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let length_squared = dx * dx + dy * dy;
    let along = if length_squared == 0.0 {
        0.0
    } else {
        (((point.0 - a.0) * dx + (point.1 - a.1) * dy) / length_squared).clamp(0.0, 1.0)
    };
    let (x, y) = (point.0 - a.0 - along * dx, point.1 - a.1 - along * dy);
    x * x + y * y
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_share_their_border_to_the_last_digit() {
        // A ring of outside cells around two halves.
        let (width, height) = (12, 8);
        let label = |x: usize, y: usize| match (x, y) {
            (0 | 11, _) | (_, 0 | 7) => OUTSIDE,
            (1..=5, _) => 0,
            _ => 1,
        };
        let cells = (0..width * height).map(|cell| label(cell % width, cell / width)).collect();
        let borders = Borders::trace(&Raster { width, cells });
        let area = |within: &dyn Fn(u16) -> bool| {
            let rings = borders.rings(within);
            assert_eq!(rings.len(), 1);
            doubled_area(&rings[0])
        };
        let (left, right) = (area(&|label| label == 0), area(&|label| label == 1));
        assert!(left > 0.0 && right > 0.0);
        assert!((left + right - area(&|label| label != OUTSIDE)).abs() < 1e-9);
    }

    #[test]
    fn pieces_that_are_cut_off_go_to_their_neighbours() {
        let mut raster = Raster { width: 5, cells: vec![0, 0, 1, 1, 0, 0, 0, 1, 1, 1] };
        raster.tidy();
        assert_eq!(raster.cells, [0, 0, 1, 1, 1, 0, 0, 1, 1, 1]);
    }
}
