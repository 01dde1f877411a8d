import { describe, expect, it } from 'vitest';
import { bars, classes, project, ticks } from '../src/lib/charts';

describe('ticks', () => {
  it('are whole and reach the top', () => {
    expect(ticks(0)).toEqual([0, 1]);
    expect(ticks(3)).toEqual([0, 1, 2, 3]);
    expect(ticks(12)).toEqual([0, 5, 10, 15]);
    for (const top of [1, 7, 41, 312, 9999]) {
      expect(ticks(top).at(-1)!).toBeGreaterThanOrEqual(top);
      expect(ticks(top).length).toBeLessThanOrEqual(6);
    }
  });
});

describe('bars of the curve', () => {
  it('take the rows of a day together and keep their kinds apart', () => {
    const row = (date: string, by: 'onset' | 'sampling', cases: number, incomplete = false) => ({ date, by, cases, incomplete });
    expect(bars([row('2026-03-02', 'onset', 2, true), row('2026-03-01', 'onset', 0), row('2026-03-02', 'sampling', 1, true)])).toEqual([
      { date: '2026-03-01', onset: 0, sampling: 0, incomplete: false },
      { date: '2026-03-02', onset: 2, sampling: 1, incomplete: true },
    ]);
  });
});

describe('classes of rates', () => {
  it('leave zero out: it is outlined, not filled', () => {
    expect(classes([0, 0])).toEqual([]);
  });
  it('cover the largest value and rise', () => {
    const bounds = classes([0.01, 0.03, 0.2, 1.7, 4, 12]);
    expect(bounds.at(-1)!).toBeGreaterThanOrEqual(12);
    expect([...bounds].sort((a, b) => a - b)).toEqual(bounds);
  });
});

describe('the map', () => {
  it('puts north up and fits the box', () => {
    const square = (code: string, x: number, y: number) => ({
      type: 'Feature' as const,
      properties: { code, level: 'county' as const },
      geometry: { type: 'Polygon' as const, coordinates: [[[x, y], [x + 1, y], [x + 1, y + 1], [x, y + 1], [x, y]] as [number, number][]] },
    });
    const { shapes } = project([square('south', 112, 33), square('north', 112, 34)], 400, 300);
    expect(shapes[1]!.centre[1]).toBeLessThan(shapes[0]!.centre[1]);
    for (const { centre } of shapes) expect(centre[0]).toBeCloseTo(200);
  });
});
