import { describe, expect, it } from 'vitest';
import { byDay, daysFrom, mondayOf, piece } from '../src/lib/week';

describe('a week of shifts', () => {
  it('begins on Monday, in China', () => {
    expect(mondayOf('2026-11-23')).toBe('2026-11-23');
    expect(mondayOf('2026-11-29')).toBe('2026-11-23');
    expect(daysFrom('2026-11-30', 3)).toEqual(['2026-11-30', '2026-12-01', '2026-12-02']);
  });
  it('cuts a night shift at midnight', () => {
    // 20:00 to 08:00 in China.
    const night = { start: '2026-11-23T12:00:00Z', end: '2026-11-24T00:00:00Z' };
    expect(byDay('2026-11-23', 7, night)).toEqual([
      { day: 0, from: 20 / 24, to: 1 },
      { day: 1, from: 0, to: expect.closeTo(8 / 24) },
    ]);
  });
  it('leaves out what lies before or after the days shown', () => {
    expect(piece('2026-11-23', 7, { start: '2026-11-20T00:00:00Z', end: '2026-11-22T16:00:00Z' })).toBeUndefined();
    expect(piece('2026-11-23', 7, { start: '2026-11-22T10:00:00Z', end: '2026-11-23T04:00:00Z' })).toEqual({ from: 0, to: 0.5 });
  });
});
