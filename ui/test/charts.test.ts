import { describe, expect, it } from 'vitest';
import { bars, boxOf, chance, classes, frame, percent, project, roundLength, ticks } from '../src/lib/charts';

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

describe('a frame around places', () => {
  it('holds them all and keeps distances in proportion', () => {
    const box = boxOf([[113, 33], [113.1, 33.05]])!;
    const { place, metresPerPixel } = frame(box, 400, 300, 20);
    for (const [x, y] of [place([113, 33]), place([113.1, 33.05])]) {
      expect(x).toBeGreaterThanOrEqual(19);
      expect(x).toBeLessThanOrEqual(381);
      expect(y).toBeGreaterThanOrEqual(19);
      expect(y).toBeLessThanOrEqual(281);
    }
    // 0.1 degrees of longitude at 33 degrees north are about 9.3 km.
    expect((place([113.1, 33])[0] - place([113, 33])[0]) * metresPerPixel).toBeCloseTo(9334, -2);
    expect(boxOf([])).toBeUndefined();
  });
  it('has a scale of a round length', () => {
    expect(roundLength(3, 110)).toBe(200);
    expect(roundLength(93, 110)).toBe(10_000);
  });
});

describe('shares', () => {
  it('are never written as nothing or as certain when they are not', () => {
    expect([0, 0.004, 0.3, 0.996, 1].map(percent)).toEqual(['0%', '<1%', '30%', '>99%', '100%']);
    expect([0, 0.0123, 0.5].map(chance)).toEqual(['0.00', '0.012', '0.50']);
  });
});
