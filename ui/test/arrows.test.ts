import { expect, it } from 'vitest';
import { nearest } from '../src/lib/arrows';

it('an arrow goes to the nearest in its direction, and nowhere when there is none', () => {
  const points = [{ x: 0, y: 0 }, { x: 100, y: 0 }, { x: 0, y: 40 }, { x: 90, y: 80 }];
  expect(nearest(points[0]!, points, [1, 0])).toBe(1);
  expect(nearest(points[0]!, points, [0, 1])).toBe(2);
  expect(nearest(points[1]!, points, [0, 1])).toBe(3);
  expect(nearest(points[0]!, points, [-1, 0])).toBe(-1);
});
