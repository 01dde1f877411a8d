import { describe, expect, it } from 'vitest';
import { contains } from '../src/lib/divisions';

describe('divisions', () => {
  it('contain themselves and what lies below them', () => {
    expect(contains('390000', '390121')).toBe(true);
    expect(contains('390100', '390121001')).toBe(true);
    expect(contains('390121', '390121')).toBe(true);
    expect(contains('390121001', '390121001002')).toBe(true);
  });
  it('contain neither their neighbours nor what lies above them', () => {
    expect(contains('390100', '390221')).toBe(false);
    expect(contains('390121', '390100')).toBe(false);
    expect(contains('390000', '400121')).toBe(false);
    expect(contains('', '390121')).toBe(false);
  });
});
