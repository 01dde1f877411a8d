// What a headquarters has to see to first. Pure: counts in, an ordered list of the next things out.

export type Concern =
  | 'gap-now'
  | 'overdue'
  | 'escalated'
  | 'letters-overdue'
  | 'reports-missing'
  | 'shortfalls'
  | 'findings-overdue'
  | 'orders-overdue'
  | 'notes-waiting'
  | 'gaps-ahead'
  | 'level-advised'
  | 'glass-to-review';

export interface NextThing {
  concern: Concern;
  n: number;
}

/** From what cannot wait to what can: someone must be there before anything else is done. */
const order: Concern[] = [
  'gap-now',
  'overdue',
  'letters-overdue',
  'escalated',
  'reports-missing',
  'orders-overdue',
  'level-advised',
  'shortfalls',
  'findings-overdue',
  'notes-waiting',
  'gaps-ahead',
  'glass-to-review',
];

/** What is to be done, the most urgent first. What is unknown is in neither this list nor taken for nothing. */
export function nextThings(counts: Partial<Record<Concern, number>>): NextThing[] {
  return order.flatMap((concern) => {
    const n = counts[concern];
    return n !== undefined && n > 0 ? [{ concern, n }] : [];
  });
}

/** Which of these could not be looked at: silence is not calm. */
export function unknownOf(counts: Partial<Record<Concern, number>>, asked: Concern[]): Concern[] {
  return asked.filter((concern) => counts[concern] === undefined);
}
