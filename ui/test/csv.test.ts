import { expect, it } from 'vitest';
import { csv } from '../src/lib/csv';

it('a table is quoted where needed and holds no formulas', () => {
  expect(csv([['名', 'n'], ['a,b "c"', -3], ['=1+1', undefined]])).toBe('\uFEFF名,n\r\n"a,b ""c""",-3\r\n\'=1+1,\r\n');
});
