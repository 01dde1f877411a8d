import { describe, expect, it } from 'vitest';
import { entriesOf, isZero, unanswered, valuesOf } from '../src/lib/report';

const items = [{ code: 'new-cases', drafted: 0 }, { code: 'tested', drafted: 312 }, { code: 'fever-visits' }];

describe('a daily report', () => {
  it('begins with what the facts say and leaves open what they do not', () => {
    const entries = entriesOf(items);
    expect(entries['new-cases']).toEqual({ number: '0', unknown: false });
    expect(unanswered(entries)).toEqual(['fever-visits']);
  });
  it('sends zero as zero and unknown as unknown', () => {
    const entries = entriesOf(items);
    entries['fever-visits'] = { number: '', unknown: true };
    expect(unanswered(entries)).toEqual([]);
    expect(valuesOf(entries)).toEqual([{ item: 'new-cases', number: 0 }, { item: 'tested', number: 312 }, { item: 'fever-visits', number: null }]);
  });
  it('is a zero report only when everything is said to be zero', () => {
    expect(isZero({ a: { number: '0', unknown: false }, b: { number: '', unknown: true } })).toBe(false);
    expect(isZero({ a: { number: '', unknown: false } })).toBe(false);
    expect(isZero({ a: { number: '0', unknown: false } })).toBe(true);
  });
  it('takes no half-typed number', () => {
    expect(unanswered({ a: { number: '-3', unknown: false }, b: { number: '1.5', unknown: false } })).toEqual(['a', 'b']);
  });
});
