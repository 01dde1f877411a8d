import { describe, expect, it } from 'vitest';
import type { ContactGroup } from '../src/lib/api/types';
import { fit, layout, SHOWN_IN_CELL } from '../src/lib/graph';

const group = (setting: string, contacts: number, first = '2026-03-12T04:00:00Z', units = 1): ContactGroup => ({
  setting, unit: `unit-${contacts}`, units, contacts, close: contacts, general: 0, to_find: 1, overdue: 0, top_score: 0.5, first, second_ring: 0,
});

describe('the contact graph', () => {
  it('puts days in columns, by the calendar in China, and settings in bands, the largest first', () => {
    const { days, bands } = layout([group('meal', 3), group('market', 40, '2026-03-12T17:00:00Z')], new Set());
    expect(days).toEqual(['2026-03-12', '2026-03-13']);
    expect(bands.map((band) => band.setting)).toEqual(['market', 'meal']);
    expect(bands[0]!.pills[0]!.column).toBe(1);
  });
  it('stays small however many places there are, and hides no one', () => {
    const many = Array.from({ length: 300 }, (_, n) => group('shop', n + 1));
    const folded = layout(many, new Set()).bands[0]!;
    expect(folded.pills).toHaveLength(SHOWN_IN_CELL + 1);
    expect(folded.pills.map((pill) => pill.group?.contacts)).toEqual([300, 299, 298, undefined]);
    const together = folded.pills.at(-1)!.more!;
    expect(together.length + SHOWN_IN_CELL).toBe(300);
    expect(layout(many, new Set(['shop'])).bands[0]!.pills).toHaveLength(300);
  });
  it('counts the places that a group stands for', () => {
    expect(layout([group('shop', 9, undefined, 12), group('shop', 4)], new Set()).bands[0]!.places).toBe(13);
  });
  it('cuts names by their width, not by their number of letters', () => {
    expect(fit('东关农贸市场三号厅', 60)).toBe('东关农贸…');
    expect(fit('Donggua market', 60)).toBe('Donggua …');
    expect(fit('短', 60)).toBe('短');
  });
});
