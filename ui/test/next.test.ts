import { describe, expect, it } from 'vitest';
import { nextThings, unknownOf } from '../src/lib/next';

describe('what a headquarters does next', () => {
  it('puts an empty post before late duties, and late duties before the rest', () => {
    expect(nextThings({ 'findings-overdue': 2, overdue: 7, 'gap-now': 1, shortfalls: 3 }).map((one) => one.concern)).toEqual(['gap-now', 'overdue', 'shortfalls', 'findings-overdue']);
  });
  it('says nothing of what is zero', () => {
    expect(nextThings({ overdue: 0 })).toEqual([]);
  });
  it('does not take what it could not look at for nothing', () => {
    expect(unknownOf({ overdue: 0 }, ['overdue', 'letters-overdue'])).toEqual(['letters-overdue']);
  });
});
