// Pure geometry and scales of the charts.

import type { Boundary, CurveDay } from './api/types';

/** Whole-number tick marks from 0 to at least `top`, at most five. */
export function ticks(top: number): number[] {
  if (top <= 0) return [0, 1];
  let step = 1;
  for (const next of [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000]) {
    step = next;
    if (top / next <= 4) break;
  }
  const marks: number[] = [];
  for (let at = 0; at < top + step; at += step) marks.push(at);
  return marks;
}

/** Upper bounds of five classes for rates above zero: round numbers that spread the values. */
export function classes(values: number[]): number[] {
  const sorted = values.filter((value) => value > 0).sort((a, b) => a - b);
  if (sorted.length === 0) return [];
  const bounds: number[] = [];
  for (let part = 1; part <= 5; part += 1) {
    const value = sorted[Math.min(sorted.length - 1, Math.ceil((part * sorted.length) / 5) - 1)]!;
    const bound = roundUp(value);
    if (bounds.at(-1) !== bound) bounds.push(bound);
  }
  return bounds;
}

function roundUp(value: number): number {
  const unit = 10 ** Math.floor(Math.log10(value));
  for (const times of [1, 1.5, 2, 3, 4, 5, 6, 8, 10]) {
    if (value <= times * unit * (1 + 1e-9)) return Number((times * unit).toPrecision(3));
  }
  return 10 * unit;
}

export interface DayBar {
  date: string;
  /** Cases by the day of onset. */
  onset: number;
  /** Cases without symptoms, by the day of sampling. */
  sampling: number;
  incomplete: boolean;
}

/** One bar a day from rows that come one for each day and kind of date. */
export function bars(rows: CurveDay[]): DayBar[] {
  const days = new Map<string, DayBar>();
  for (const row of rows) {
    const day = days.get(row.date) ?? { date: row.date, onset: 0, sampling: 0, incomplete: false };
    day[row.by] += row.cases;
    day.incomplete ||= row.incomplete;
    days.set(row.date, day);
  }
  return [...days.values()].sort((a, b) => a.date.localeCompare(b.date));
}

export interface Shape {
  code: string;
  path: string;
  centre: [number, number];
  width: number;
}

type Ring = [number, number][];

/** Draws boundaries into a box, keeping their proportions at their latitude. */
export function project(
  boundaries: Boundary[],
  width: number,
  height: number,
): { shapes: Shape[]; place: (at: [number, number]) => [number, number] } {
  const polygons = boundaries.map((one) => ({
    code: one.properties.code,
    rings: (one.geometry.type === 'Polygon' ? one.geometry.coordinates : one.geometry.coordinates.flat()) as Ring[],
  }));
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { rings } of polygons) {
    for (const ring of rings) {
      for (const [x, y] of ring) {
        west = Math.min(west, x);
        east = Math.max(east, x);
        south = Math.min(south, y);
        north = Math.max(north, y);
      }
    }
  }
  if (west > east) return { shapes: [], place: () => [0, 0] };
  const narrowing = Math.cos((((south + north) / 2) * Math.PI) / 180);
  const margin = 8;
  const scale = Math.min(
    (width - 2 * margin) / ((east - west) * narrowing || 1),
    (height - 2 * margin) / (north - south || 1),
  );
  const left = (width - (east - west) * narrowing * scale) / 2;
  const top = (height - (north - south) * scale) / 2;
  const place = ([x, y]: [number, number]): [number, number] => [
    left + (x - west) * narrowing * scale,
    top + (north - y) * scale,
  ];
  const shapes = polygons.map(({ code, rings }) => {
    let path = '';
    let best: { area: number; centre: [number, number]; width: number } = { area: -1, centre: [0, 0], width: 0 };
    for (const ring of rings) {
      const points = ring.map(place);
      path += `M${points.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join('L')}Z`;
      const xs = points.map(([x]) => x);
      const ys = points.map(([, y]) => y);
      const box = [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)] as const;
      const area = (box[2] - box[0]) * (box[3] - box[1]);
      // The label goes to the largest part.
      if (area > best.area) best = { area, centre: [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2], width: box[2] - box[0] };
    }
    return { code, path, centre: best.centre, width: best.width };
  });
  return { shapes, place };
}
