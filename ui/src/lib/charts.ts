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
type Point = [number, number];

export interface Box {
  west: number;
  south: number;
  east: number;
  north: number;
}

/** The least box around points given as longitude and latitude; nothing when there are none. */
export function boxOf(points: Iterable<Point>): Box | undefined {
  const box = { west: Infinity, south: Infinity, east: -Infinity, north: -Infinity };
  for (const [x, y] of points) {
    box.west = Math.min(box.west, x);
    box.south = Math.min(box.south, y);
    box.east = Math.max(box.east, x);
    box.north = Math.max(box.north, y);
  }
  return box.west > box.east ? undefined : box;
}

const METRES_PER_DEGREE = 111_320;

/** Fits a box into a drawing, keeping proportions at its latitude. */
export function frame(box: Box, width: number, height: number, margin = 8): { place: (at: Point) => Point; metresPerPixel: number } {
  const narrowing = Math.cos((((box.south + box.north) / 2) * Math.PI) / 180);
  const scale = Math.min((width - 2 * margin) / ((box.east - box.west) * narrowing || 1), (height - 2 * margin) / (box.north - box.south || 1));
  const left = (width - (box.east - box.west) * narrowing * scale) / 2;
  const top = (height - (box.north - box.south) * scale) / 2;
  return {
    place: ([x, y]) => [left + (x - box.west) * narrowing * scale, top + (box.north - y) * scale],
    metresPerPixel: METRES_PER_DEGREE / scale,
  };
}

export function ringsOf(boundary: Boundary): Ring[] {
  return (boundary.geometry.type === 'Polygon' ? boundary.geometry.coordinates : boundary.geometry.coordinates.flat()) as Ring[];
}

/** Rings as one path. */
export function outline(rings: Ring[], place: (at: Point) => Point): string {
  return rings.map((ring) => `M${ring.map(place).map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join('L')}Z`).join('');
}

/** Draws boundaries into a box, keeping their proportions at their latitude. */
export function project(boundaries: Boundary[], width: number, height: number): { shapes: Shape[]; place: (at: Point) => Point } {
  const polygons = boundaries.map((one) => ({ code: one.properties.code, rings: ringsOf(one) }));
  const box = boxOf(polygons.flatMap(({ rings }) => rings.flat()));
  if (!box) return { shapes: [], place: () => [0, 0] };
  const { place } = frame(box, width, height);
  const shapes = polygons.map(({ code, rings }) => {
    let best: { area: number; centre: Point; width: number } = { area: -1, centre: [0, 0], width: 0 };
    for (const ring of rings) {
      const points = ring.map(place);
      const xs = points.map(([x]) => x);
      const ys = points.map(([, y]) => y);
      const around = [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)] as const;
      const area = (around[2] - around[0]) * (around[3] - around[1]);
      // The label goes to the largest part.
      if (area > best.area) best = { area, centre: [(around[0] + around[2]) / 2, (around[1] + around[3]) / 2], width: around[2] - around[0] };
    }
    return { code, path: outline(rings, place), centre: best.centre, width: best.width };
  });
  return { shapes, place };
}

/** A round length that a scale bar of at most `pixels` can show, in metres. */
export function roundLength(metresPerPixel: number, pixels: number): number {
  const most = metresPerPixel * pixels;
  const unit = 10 ** Math.floor(Math.log10(most));
  return [5, 2, 1].map((times) => times * unit).find((length) => length <= most) ?? unit;
}

/** A share as people read it; what is above nothing is never written as nothing. */
export function percent(share: number): string {
  if (share > 0 && share < 0.01) return '<1%';
  if (share < 1 && share > 0.99) return '>99%';
  return `${Math.round(share * 100)}%`;
}

/** A chance with the digits that tell it from another. */
export function chance(value: number): string {
  return value !== 0 && Math.abs(value) < 0.095 ? value.toPrecision(2) : value.toFixed(2);
}
