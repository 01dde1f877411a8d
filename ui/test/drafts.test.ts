import { describe, expect, it } from 'vitest';
import { readDrafts } from '../src/lib/draft';

describe('drafts kept on the phone', () => {
  it('come back as they were', () => {
    const draft = { duty: 'dut-1', key: 'k', at: '2026-03-14T06:02:00Z', steps: ['identity'] };
    expect(readDrafts(JSON.stringify([draft]))).toEqual([draft]);
  });
  it('are none when the store is empty or spoilt', () => {
    expect(readDrafts(null)).toEqual([]);
    expect(readDrafts('{')).toEqual([]);
    expect(readDrafts('[{"name":"x"}]')).toEqual([]);
  });
});
