// Who probably infected whom, laid out: time runs to the right, each case has a row below its source.

import type { LinkKind, Tree, TreeCase, TreeEdge } from './api/types';

export interface Node {
  of: TreeCase;
  row: number;
  depth: number;
  /** Milliseconds; onset at noon, or the first positive specimen; nothing when neither is known. */
  at: number | undefined;
}
export interface Edge {
  from: Node;
  to: Node;
  probability: number;
  kind: LinkKind;
}

export function timeOf(one: TreeCase): number | undefined {
  if (one.onset) return Date.parse(`${one.onset.slice(0, 10)}T12:00:00+08:00`);
  return one.first_positive ? Date.parse(one.first_positive) : undefined;
}

export function layout(tree: Tree): { nodes: Node[]; edges: Edge[] } {
  const byId = new Map(tree.cases.map((one) => [one.id, one]));
  const within = (edge: TreeEdge): edge is TreeEdge & { from: string } => edge.from !== undefined && byId.has(edge.from) && byId.has(edge.to);
  const links = new Map(tree.edges.filter(within).map((edge) => [edge.to, edge]));
  const early = (a: TreeCase, b: TreeCase) => (timeOf(a) ?? Infinity) - (timeOf(b) ?? Infinity) || a.id.localeCompare(b.id);
  const children = new Map<string, TreeCase[]>();
  for (const one of [...tree.cases].sort(early)) {
    const parent = links.get(one.id)?.from;
    if (parent) children.set(parent, [...(children.get(parent) ?? []), one]);
  }
  const nodes: Node[] = [];
  const placed = new Map<string, Node>();
  // The last child first, so that the next one taken is the earliest.
  const waiting = [...tree.cases].sort(early).filter((one) => !links.has(one.id)).map((of) => ({ of, depth: 0 })).reverse();
  while (waiting.length) {
    const { of, depth } = waiting.pop()!;
    if (placed.has(of.id)) continue;
    const node = { of, row: nodes.length, depth, at: timeOf(of) };
    placed.set(of.id, node);
    nodes.push(node);
    for (const child of [...(children.get(of.id) ?? [])].reverse()) waiting.push({ of: child, depth: depth + 1 });
  }
  const edges = [...links.values()].flatMap((edge): Edge[] => {
    const from = placed.get(edge.from);
    const to = placed.get(edge.to);
    if (!from || !to) return [];
    const kind = to.of.candidates.find((one) => one.case === edge.from)?.kind ?? 'possible';
    return [{ from, to, probability: edge.probability, kind }];
  });
  return { nodes, edges };
}

/** The part of a tree that concerns one case: whom it comes from and all that comes from it. */
export function chain(tree: Tree, id: string): Tree {
  const parent = new Map(tree.edges.map((edge) => [edge.to, edge.from]));
  const kept = new Set([id]);
  for (let at = parent.get(id); at && !kept.has(at); at = parent.get(at)) kept.add(at);
  const waiting = [id];
  while (waiting.length) {
    const at = waiting.pop()!;
    for (const edge of tree.edges) {
      if (edge.from === at && !kept.has(edge.to)) {
        kept.add(edge.to);
        waiting.push(edge.to);
      }
    }
  }
  return { ...tree, cases: tree.cases.filter((one) => kept.has(one.id)), edges: tree.edges.filter((edge) => kept.has(edge.to) && (edge.from === undefined || kept.has(edge.from))) };
}

export type Gap = 'onset' | 'source' | 'firmer' | 'travel';

/** What is missing to explain a case. */
export function gaps(one: TreeCase): Gap[] {
  const missing: Gap[] = [];
  if (!one.onset && one.class !== 'asymptomatic') missing.push('onset');
  // Days that would fit are not a meeting.
  if (one.candidates.some((candidate) => candidate.kind && candidate.kind !== 'possible')) missing.push('firmer');
  else missing.push('source');
  if (one.imported === 'possible') missing.push('travel');
  return missing;
}
