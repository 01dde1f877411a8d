// The shapes of co-investigation letters between deployments.

import type { Names } from './types';

export type Stage = 'locate' | 'isolate' | 'close';
export type Hours = Partial<Record<Stage, number>>;
export type LetterPersonState = 'to-find' | 'located' | 'isolated' | 'closed' | 'sent-back' | 'handed-on' | 'withdrawn';

export interface SendError {
  code: string;
  detail?: string;
  at?: string;
}
export interface Deployment {
  fingerprint: string;
  name: Names;
  jurisdiction: string;
  address?: string;
  trusted_since: string;
  revoked?: string;
  outgoing: { written: number; acknowledged: number; waiting: number; oldest_waiting?: string; last_sent?: string; last_error?: SendError; next_try?: string };
  incoming: { taken: number; waiting: number[]; last_received?: string };
}
export interface OwnDeployment {
  fingerprint: string;
  card: string;
  address?: string;
  name: Names;
  jurisdiction?: string;
}
export interface LetterRow {
  id: string;
  direction: 'out' | 'in';
  deployment: string;
  deployment_name: Names;
  disease: string;
  from: string;
  to: string;
  written: string;
  /** By the receiver's clock; absent until they acknowledged. */
  received?: string;
  reconciled?: number;
  hours: Hours;
  people: number;
  to_find: number;
  located: number;
  isolated: number;
  closed: number;
  overdue: number;
  withdrawn: number;
  sent_back: number;
  handed_on: number;
  next_due?: string;
  next_stage?: Stage;
  rung: 'none' | 'reminder' | 'overdue' | 'raised';
  digest: string;
  crossing: number;
}
export interface Letters {
  total: number;
  counts: { letters: number; people: number; to_find: number; located: number; isolated: number; closed: number; overdue: number };
  rows: LetterRow[];
}
export interface LetterPerson {
  person: string;
  masked_name: string;
  key: string;
  ground: string;
  exposed?: { first?: string; last?: string };
  setting?: string;
  jurisdiction?: string;
  place?: string;
  seen?: string;
  positive_recorded?: string;
  received?: string;
  due: { by_positive: Partial<Record<Stage, string>>; by_receipt?: Partial<Record<Stage, string>> };
  steps: Partial<Record<'identity' | 'location' | 'control', { occurred: string; recorded: string }>>;
  state: LetterPersonState;
  overdue: Stage[];
  rung: LetterRow['rung'];
  crossing: boolean;
  last_seen?: { jurisdiction?: string; place?: string; at?: string };
  handed_on_to?: { jurisdiction: string; deployment?: string };
  duty?: string;
}
export interface LetterPart {
  direction: 'out' | 'in';
  sequence: number;
  part: string;
  written: string;
  recorded?: string;
  people?: number;
  acknowledged: boolean;
  fact?: string;
}
export interface Letter extends Omit<LetterRow, 'people'> {
  ledger: {
    people: number;
    on_time: Partial<Record<Stage, number>>;
    late: Partial<Record<Stage, number>>;
    open: Partial<Record<Stage, number>>;
    overdue_now: Partial<Record<Stage, number>>;
    median_minutes: Partial<Record<Stage, number>>;
    p90_minutes: Partial<Record<Stage, number>>;
  };
  people: LetterPerson[];
  parts: LetterPart[];
}
export interface LetterWritten {
  letter?: string;
  people: number;
  already: number;
  nobody_to_name: number;
  refused: { person: string; code: string }[];
  preview: boolean;
}
export interface Outbox {
  total: number;
  rows: { deployment: string; sequence: number; part: string; letter?: string; written: string; bytes: number; attempts: number; acknowledged?: boolean; last_error?: SendError; next_try?: string }[];
}
export interface Inbox {
  total: number;
  rows: { deployment: string; sequence: number; part?: string; letter?: string; received: string; state: 'taken' | 'waiting' | 'void'; problem?: SendError }[];
}
export interface Carried {
  envelopes: { deployment?: string; sequence?: number; outcome: 'taken' | 'waiting' | 'known' | 'acknowledgement' | 'refused'; problem?: SendError }[];
}
