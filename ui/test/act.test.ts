import { describe, expect, it } from 'vitest';
import type { BoardRow } from '../src/lib/api/obligations';
import { actsFor, reasonsFor, type Viewer } from '../src/lib/act';

const row = (more: Partial<BoardRow> = {}): BoardRow => ({
  id: 'duty-1', kind: 'order', parties: { territory: '390121' }, owed_to: '390100', opened: '2026-11-23T00:00:00Z', received: '2026-11-23T00:00:00Z', due: '2026-11-24T00:00:00Z',
  state: 'open', overdue: false, steps: {}, circle: false, hand_overs: 0, reopened: 0, paused_minutes: 0, ...more,
});
const county: Viewer = { name: 'li', covers: (code) => code.startsWith('390121'), mayAct: true, mayAssign: false };
const city: Viewer = { name: 'zhang', covers: (code) => code.startsWith('3901'), mayAct: true, mayAssign: true };

describe('what is offered on a duty', () => {
  it('begins with saying that it was received, then with starting, then with finishing', () => {
    expect(actsFor(row(), county)[0]).toBe('acknowledge');
    expect(actsFor(row({ steps: { acknowledgement: 'x' } }), county)[0]).toBe('start');
    expect(actsFor(row({ steps: { acknowledgement: 'x', start: 'x' } }), county)[0]).toBe('complete');
  });
  it('asks the one who was asked to answer before anything else', () => {
    const asked = { act: 'hand-over', fact: 'fact-1', to: '390121', reason: 'moved' } as const;
    expect(actsFor(row({ asked, parties: { territory: '390222' } }), county)).toEqual(['answer']);
  });
  it('does not hand over twice at once, nor finish a search by a tick', () => {
    const asked = { act: 'hand-over', fact: 'fact-1', to: '390222', reason: 'moved' } as const;
    expect(actsFor(row({ asked }), county)).not.toContain('hand-over');
    expect(actsFor(row({ kind: 'locate-and-control' }), county)).not.toContain('complete');
  });
  it('lets only the giver open it again or stop its clock, and not to hide that it is late', () => {
    expect(actsFor(row({ state: 'closed' }), county)).toEqual([]);
    expect(actsFor(row({ state: 'closed' }), city)).toContain('reopen');
    expect(actsFor(row(), county)).not.toContain('pause');
    expect(actsFor(row(), city)).toContain('pause');
    expect(actsFor(row({ overdue: true }), city)).not.toContain('pause');
  });
  it('lets whoever it was given to do it, but not hand it to others', () => {
    const inspector: Viewer = { name: 'chen', covers: () => true, mayAct: false, mayAssign: false };
    expect(actsFor(row({ parties: { territory: '390121', individual: { officer: 'act-1', name: 'chen' } } }), inspector)).toEqual(['acknowledge', 'complete', 'evidence']);
  });
  it('has a reason for each thing that needs one', () => {
    for (const act of ['hand-over', 'refuse', 'pause', 'reopen', 'withdraw'] as const) expect(reasonsFor(act)).toContain('other');
  });
});
