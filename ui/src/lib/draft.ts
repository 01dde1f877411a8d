// What is kept of an action until it can be sent; nothing in it says who anyone is.

import type { Outcome, Step } from './api/types';

export interface Draft {
  duty: string;
  key: string;
  at: string;
  steps?: Step[];
  outcome?: Outcome;
  to?: string;
  /** What was done with a duty that is not about finding someone. */
  act?: 'acknowledge' | 'start' | 'complete';
}

/** The drafts in a stored text; none when there is no such text or it is spoilt. */
export function readDrafts(text: string | null): Draft[] {
  try {
    const read: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(read) ? read.filter((one) => typeof one?.duty === 'string' && typeof one?.key === 'string') : [];
  } catch {
    return [];
  }
}
