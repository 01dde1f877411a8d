// The shapes of everything owed: duties of every kind, orders, meetings, findings, the ledger.

import type { Level, Names } from './types';
import type { Officer } from './posts';

/** The four responsible parties (四方责任); absent means nobody is named yet. */
export interface Parties {
  territory: string;
  territory_name?: Names;
  department?: string;
  department_name?: Names;
  unit?: string;
  unit_name?: Names | string;
  individual?: Officer;
}
export type BoardState = 'open' | 'paused' | 'closed' | 'ended';
export type Rung = 'reminder' | 'acknowledgement' | 'due' | 'escalation' | 'lapse';
export type BoardStep = 'acknowledgement' | 'start' | 'evidence' | 'completion' | 'identity' | 'location' | 'control';
export interface About {
  person?: string;
  masked_name?: string;
  disease?: string;
  /** The order, finding, note, request that it is about, by its kind. */
  fact?: string;
  duty?: string;
  case?: string;
  /** The report, resource or letter that it is about, by its kind. */
  code?: string;
  post?: string;
  start?: string;
  end?: string;
  occurrence?: number;
  title?: Names;
}
export interface BoardRow {
  id: string;
  kind: string;
  about?: About;
  parties: Parties;
  owed_to?: string;
  owed_to_name?: Names;
  opened: string;
  received: string;
  due: string;
  lapses?: string;
  state: BoardState;
  overdue: boolean;
  closed?: string;
  closed_by?: string;
  steps: Partial<Record<BoardStep, string>>;
  evidence_required?: boolean;
  text?: string;
  order?: string;
  part_of?: string;
  parts?: { total: number; closed: number; overdue: number };
  /** One duty of many members, of whom only the exceptions are listed. */
  cohort?: { members: number; exceptions: number; resolved: number };
  recurs?: { every: 'day' | 'week'; number: number; until: string };
  escalated_to?: string;
  next?: { rung: Rung; at: string; to: string };
  /** Waits for an answer. */
  asked?: { act: 'hand-over' | 'refusal'; fact: string; to: string; to_name?: Names; reason?: string };
  circle: boolean;
  hand_overs: number;
  reopened: number;
  paused_minutes: number;
}
export interface BoardFacets {
  kind: Record<string, number>;
  state: Record<string, number>;
  level: Record<string, number>;
  department: { code?: string; n: number }[];
  jurisdiction: { code: string; name?: Names; n: number }[];
  assigned: { name?: string; n: number }[];
}
export interface Board {
  as_of: string;
  total: number;
  counts: { open: number; overdue: number; paused: number; closed: number; ended: number; reopened: number; escalated: number };
  facets: BoardFacets;
  rows: BoardRow[];
}
export interface MyBoard {
  rows: BoardRow[];
  next_due?: string;
}
export interface BoardDetail extends BoardRow {
  ladder: { rung: Rung; at: string; to: string; to_name?: Names; passed: boolean }[];
  history: { fact: string; at: string; by?: Officer; act: string; reason?: string; text?: string; attachment?: string; to?: string }[];
  parts_rows: BoardRow[];
  legs: { id: string; territory: string; territory_name?: Names; received: string; closed?: string; closed_by?: string }[];
  exceptions: { item: string; since: string; resolved?: string; text?: string }[];
  because: string[];
  pauses: { from: string; until: string; ended?: string; reason: string }[];
}
export type Act =
  | { do: 'acknowledge' | 'start' | 'resume' }
  | { do: 'evidence' | 'complete'; text?: string; attachment?: string }
  | { do: 'assign'; to: string | null }
  | { do: 'hand-over'; to: string; reason: string; text?: string }
  | { do: 'answer'; accepted: boolean; text?: string }
  | { do: 'hand-back' | 'refuse' | 'withdraw'; reason: string; text?: string }
  | { do: 'pause'; until: string; reason: string; text?: string }
  | { do: 'reopen'; due: string; reason: string; text?: string };
export interface Acted {
  matched: number;
  done: number;
  unchanged: number;
  refused: { duty: string; code: string }[];
  preview: boolean;
}
export interface Crossing {
  duty: string;
  kind: string;
  rung: Rung;
  at: string;
  to: string;
  to_name?: Names;
  territory: string;
  territory_name?: Names;
}

export interface MeetingRow {
  meeting: string;
  jurisdiction: string;
  jurisdiction_name?: Names;
  number?: number;
  starts: string;
  title: string;
  branches: number;
  attended: number;
  agenda: number;
  decisions: number;
  orders: number;
  orders_open: number;
  left_undone: number;
}
export interface Meeting extends MeetingRow {
  after?: string;
  agenda_rows: { number: number; text: string }[];
  left_undone_rows: BoardRow[];
  /** Numbers that are absent were not stated; that is not zero. */
  attendance: { branch: string; name?: Names; invited?: number; present?: number; at?: string }[];
  decision_rows: { fact: string; number: number; text: string; agenda?: number; orders: string[] }[];
  order_rows: OrderRow[];
}
export interface OrderRow {
  order: string;
  from: string;
  from_name?: Names;
  given: string;
  due: string;
  acknowledge_by?: string;
  text: string;
  meeting?: string;
  decision?: string;
  addressed: number;
  state: 'open' | 'done' | 'withdrawn';
  progress: { acknowledged: number; done: number; overdue: number; open: number; of: number; parts_done: number; parts_of: number };
  nine_parts: { done: number; of: number };
}
export interface SpotCheck {
  fact: string;
  at: string;
  by?: Officer;
  held: boolean;
  text?: string;
  attachment?: string;
}
export interface Addressee {
  duty: string;
  jurisdiction: string;
  name?: Names;
  level: Level;
  above?: string;
  acknowledged?: string;
  done?: string;
  overdue: boolean;
  evidence: number;
  parts: { total: number; closed: number; overdue: number };
  spot_checks: SpotCheck[];
  state: string;
}
export interface Order extends OrderRow {
  addressees: Addressee[];
  by_level: { level: Level; of: number; acknowledged: number; done: number; overdue: number }[];
}
export interface Ordered {
  preview: boolean;
  order?: Order;
  addressees: { code: string; name?: Names; level: Level }[];
  due: string;
  ladder: { rung: Rung; at: string; to: string }[];
  no_headquarters: string[];
}

export type FindingState = 'open' | 'overdue' | 'rectified' | 'closed';
export interface FindingRow {
  finding: string;
  duty: string;
  subject: string;
  parties: Parties;
  found: string;
  by?: Officer;
  text?: string;
  attachment?: string;
  due: string;
  rectified?: string;
  recheck_due?: string;
  rechecked?: string;
  held?: boolean;
  rechecks: number;
  state: FindingState;
  repeats: string[];
  reopened: number;
}
export interface Findings {
  total: number;
  counts: { open: number; overdue: number; rectified: number; closed: number; repeat: number };
  rows: FindingRow[];
}
export interface FindingDetail extends FindingRow {
  rectifications: { fact: string; at: string; by?: Officer; text?: string; attachment?: string }[];
  checks: SpotCheck[];
  cases: AccountabilityRow[];
}
export interface AccountabilityRow {
  case: string;
  parties: Parties;
  ground: string;
  text?: string;
  conclusion?: string;
  findings: string[];
  duties: string[];
  opened: string;
  by?: Officer;
  due: string;
  outcome?: 'upheld' | 'not-upheld';
  concluded?: string;
}

/** What a sample of closed duties, looked at again by someone else, showed. */
export interface Checked {
  drawn: number;
  verified: number;
  false: number;
  rate?: number;
  low?: number;
  high?: number;
}
export interface LedgerRow {
  /** Absent: nobody named. */
  key?: string;
  name?: Names;
  account?: string;
  unit_name?: string;
  given: number;
  closed: number;
  on_time: number;
  late: number;
  on_time_share?: number;
  median_hours?: number;
  p90_hours?: number;
  open: number;
  overdue_now: number;
  reopened: number;
  handed_over: number;
  handed_back: number;
  released: number;
  paused: number;
  paused_hours: number;
  checked?: Checked;
}
export interface Ledger {
  as_of: string;
  from: string;
  to: string;
  by: string;
  rows: LedgerRow[];
  total: LedgerRow;
}
export interface SampleRow {
  sample: string;
  jurisdiction: string;
  jurisdiction_name?: Names;
  drawn_at: string;
  by?: Officer;
  seed: string | number;
  from: string;
  to: string;
  kind?: string;
  population: number;
  drawn: number;
  verified: number;
  false: number;
  rate?: number;
  low?: number;
  high?: number;
  overdue: number;
}
export interface Sample extends SampleRow {
  rows: { id: string; duty?: BoardRow; verification: string; verified?: SpotCheck }[];
}
export interface Rows<T> {
  total: number;
  rows: T[];
}
