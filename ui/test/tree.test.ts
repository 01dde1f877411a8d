import { describe, expect, it } from 'vitest';
import type { Candidate, Tree, TreeCase } from '../src/lib/api/types';
import { chain, gaps, layout } from '../src/lib/tree';

const person = (id: string, onset: string | undefined, more: Partial<TreeCase> = {}): TreeCase => ({
  id, person: `per-${id}`, masked_name: '王*', onset, class: 'confirmed', imported: 'no', unexplained: false, candidates: [], ...more,
});
const from = (id: string, kind: Candidate['kind'], probability = 0.8): Candidate => ({ case: id, kind, probability, evidence: [] });
const tree: Tree = {
  cases: [person('c', '2026-03-09', { candidates: [from('b', 'probable')] }), person('a', '2026-03-01'), person('b', '2026-03-04', { candidates: [from('a', 'confirmed')] }), person('d', '2026-03-05', { candidates: [from('a', 'possible')] }), person('z', undefined)],
  edges: [{ from: 'a', to: 'b', probability: 0.8 }, { from: 'b', to: 'c', probability: 0.8 }, { from: 'a', to: 'd', probability: 0.3 }, { channel: 'unknown', to: 'z', probability: 0.9 }],
};

describe('the transmission tree', () => {
  it('gives each case a row below its source, the earliest first, those without a date last', () => {
    expect(layout(tree).nodes.map((node) => [node.of.id, node.depth])).toEqual([['a', 0], ['b', 1], ['c', 2], ['d', 1], ['z', 0]]);
    expect(layout(tree).nodes.at(-1)!.at).toBeUndefined();
  });
  it('draws a link as firm as its evidence', () => {
    expect(layout(tree).edges.map((edge) => [edge.to.of.id, edge.kind])).toEqual([['b', 'confirmed'], ['c', 'probable'], ['d', 'possible']]);
  });
  it('shows one case with whom it comes from and all that comes from it', () => {
    expect(chain(tree, 'b').cases.map((one) => one.id).sort()).toEqual(['a', 'b', 'c']);
  });
  it('places a case whose source is out of sight at the start of a chain', () => {
    expect(layout({ ...tree, cases: tree.cases.filter((one) => one.id !== 'a') }).nodes.map((node) => node.of.id)).toEqual(['b', 'c', 'd', 'z']);
  });
  it('says what is missing to explain a case', () => {
    expect(gaps(person('x', undefined))).toEqual(['onset', 'source']);
    expect(gaps(person('x', '2026-03-01', { candidates: [from('a', 'possible')] }))).toEqual(['source']);
    expect(gaps(person('x', '2026-03-01', { imported: 'possible', candidates: [from('a', 'probable', 0.2)] }))).toEqual(['firmer', 'travel']);
    expect(gaps(person('x', undefined, { class: 'asymptomatic', candidates: [from('a', 'probable')] }))).toEqual(['firmer']);
  });
});
