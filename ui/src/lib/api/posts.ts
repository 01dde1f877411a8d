// The shapes of the command routine: headquarters, rosters, reports, levels, capability.

import type { Level, Names } from './types';

export interface Officer {
  officer: string;
  /** The name of the account; nothing when it is gone. */
  name?: string | null;
}
export type Response = 'peace' | 'alert' | 'emergency';
export type Seat = 'primary' | 'deputy';

export interface HeadquartersRow {
  code: string;
  name: Names;
  level: Level;
  parent?: string;
  /** Absent: there is none yet, and nothing is counted. */
  established?: string;
  template?: string;
  response?: { level: Response; declared_by?: string; since?: string };
  flat?: boolean;
  posts?: number;
  staffed?: number;
  gaps_7_days?: number;
  notes_waiting?: number;
}
export interface HeadquartersTemplate {
  id: string;
  name: Names;
  departments: number;
  posts: number;
  source: string[];
  confidence?: string;
}
export interface PostRow {
  post: string;
  code: string;
  name: Names;
  department: string;
  around_the_clock: boolean;
  active: boolean;
  primary?: Officer;
  deputy?: Officer;
  /** Without anybody acting: a hole where there should be someone, or nobody stands it at this hour. */
  on_now: { shift_start?: string; shift_end?: string; primary?: Officer; deputy?: Officer; acting?: Seat; reach?: string };
  gap_now: boolean;
}
export interface Department {
  code: string;
  kind: 'office' | 'department' | 'task-force' | 'industry-task-force';
  name: Names;
  active: boolean;
  active_from?: Response;
  formed?: string;
  posts: PostRow[];
}
export interface Headquarters {
  code: string;
  name: Names;
  established: string;
  template?: string;
  template_name?: Names;
  response?: { level: Response; declared_by?: string; since?: string };
  flat: boolean;
  reports_to?: string;
  orders_to: string[];
  departments: Department[];
}
export interface TaskForce {
  code: string;
  kind: Department['kind'];
  name: Names;
  formed: boolean;
  active_from?: Response;
}
export interface Established {
  established: string[];
  unchanged: string[];
  posts: number;
  preview: boolean;
}

export interface OnNowRow extends PostRow {
  headquarters: string;
  headquarters_name: Names;
}
export interface OnNow {
  as_of: string;
  rows: OnNowRow[];
}

export interface NoteRow {
  fact: string;
  written: string;
  by: Officer;
  acknowledged?: string;
  acknowledged_by?: Officer;
  overdue: boolean;
}
export interface ShiftRow {
  post: string;
  start: string;
  end: string;
  primary?: Officer;
  deputy?: Officer;
  /** Rostered, but on leave. */
  away: Seat[];
  note?: NoteRow;
  mine?: Seat;
}
export interface Gap {
  start: string;
  end: string;
  role: Seat;
  post?: string;
}
export interface Slot {
  post: string;
  start: string;
  end?: string;
  role: Seat;
}
export interface Swap {
  fact: string;
  asked: string;
  from: Officer;
  to: Officer;
  mine: Slot;
  theirs: Slot;
  answer?: 'accepted' | 'refused' | 'lapsed';
}
export interface RosterPost {
  post: string;
  name: Names;
  department: string;
  department_name?: Names;
  around_the_clock: boolean;
  active: boolean;
  shifts: ShiftRow[];
  gaps: Gap[];
}
export interface Roster {
  headquarters: string;
  from: string;
  days: number;
  zone: string;
  posts: RosterPost[];
  leave: { fact: string; officer: Officer; start: string; end: string; planned: boolean }[];
  swaps: Swap[];
}
export interface MyShift extends ShiftRow {
  headquarters: string;
  post_name: Names;
}
export interface MyShifts {
  shifts: MyShift[];
  swaps: Swap[];
  notes_to_acknowledge: { post: string; post_name: Names; start: string; note: NoteRow }[];
  notes_to_write: { post: string; post_name: Names; start: string; end: string }[];
}
/** Why someone cannot stand a shift. */
export interface Clash {
  post: string;
  start: string;
  role?: Seat;
  officer?: Officer;
  code: string;
  /** The other shift, the leave or the hole that it clashes with. */
  with?: { post?: string; post_name?: Names; start: string; end: string };
}
export interface Rostered {
  accepted: number | boolean;
  refused: Clash[];
  gaps?: Gap[];
  shifts?: { start: string; end: string; primary?: Officer; deputy?: Officer }[];
  fact?: string;
  preview?: boolean;
}

export type ReportState = 'not-due' | 'due' | 'missing' | 'confirmed' | 'late' | 'amended';
export interface ReportKind {
  code: string;
  name: Names;
  items: { code: string; name: Names; unit?: Names | string; drafted: boolean }[];
  levels: Level[];
  cadence: { response: Response; every_hours: number; due_after_hours: number }[];
}
export interface ReportRow {
  kind: string;
  kind_name?: Names;
  jurisdiction: string;
  name: Names;
  level: Level;
  period: { start: string; end: string };
  due: string;
  state: ReportState;
  /** Stays true when it is amended. */
  late?: boolean;
  confirmed_at?: string;
  confirmed_by?: Officer;
  fact?: string;
  amendments: number;
  chased?: { at: string; by: Officer }[];
}
/** A sum over jurisdictions, with how many it is of. */
export interface ReportTotal {
  item: string;
  name: Names;
  unit?: Names | string;
  total?: number | null;
  reported: number;
  of: number;
  /** How many said that they do not know. */
  unknown: number;
  missing: string[];
}
export interface ReportDraft {
  kind: string;
  jurisdiction: string;
  period: { start: string; end: string };
  due: string;
  items: {
    code: string;
    name: Names;
    unit?: Names | string;
    /** What the facts say; absent where no fact says anything. */
    drafted?: number;
    below?: ReportTotal;
  }[];
  as_of: string;
  position: number;
}
export interface ReportValue {
  item: string;
  name: Names;
  /** Absent: reported as not known. */
  number?: number | null;
  drafted?: number | null;
  differs: boolean;
}
export interface ReportDetail extends ReportRow {
  values: ReportValue[];
  versions: { fact: string; confirmed_at: string; by: Officer; reason?: string; values: { item: string; number?: number | null }[] }[];
}
export interface RollUp {
  kind: string;
  period: { start: string; end: string };
  totals: ReportTotal[];
  missing: { code: string; name: Names }[];
  late: { code: string; name: Names }[];
  rows: { jurisdiction: string; name: Names; state: ReportState; values: Record<string, number | null | undefined>; due: string; confirmed_at?: string }[];
}
export interface CaseReportRow {
  case: string;
  masked_name: string;
  disease: string;
  jurisdiction: string;
  kind: 'case-report' | 'verification' | 'core-information' | 'closing';
  opened?: string;
  due?: string;
  done_at?: string;
  done_by?: Officer;
  skips_level?: boolean;
  state: 'open' | 'overdue' | 'done' | 'late' | 'not-yet';
}

export interface Criterion {
  code: string;
  name: Names;
  level: Response;
  side: 'entry' | 'exit';
  measure: string;
  comparison: 'at-least' | 'at-most';
  threshold: number;
  unit?: Names | string;
  /** Absent: not known, which is never taken as met. */
  value?: number;
  met?: boolean;
  source: string[];
  confidence?: string;
}
export interface Levels {
  jurisdiction: string;
  name: Names;
  current: { level: Response; own?: Response; inherited_from?: string; since?: string; signed_by?: Officer; fact?: string };
  advised: { level: Response; because: string[] };
  criteria: Criterion[];
  reviewed?: string;
  history: { level: Response; from: string; to?: string; signed_by?: Officer; fact: string }[];
}
export interface LevelChange {
  from: Response;
  to: Response;
  digest: string;
  posts_opened: { headquarters: string; post: string; name: Names }[];
  posts_released: { headquarters: string; post: string; name: Names }[];
  reports: { kind: string; name: Names; every_hours_before?: number; every_hours_after?: number; due_after_hours_before?: number; due_after_hours_after?: number }[];
  deadlines: { code: string; name: Names; hours_before?: number; hours_after?: number }[];
  flat: { before: boolean; after: boolean };
  task_forces_opened: { headquarters: string; code: string; name: Names }[];
  task_forces_released: { headquarters: string; code: string; name: Names }[];
  unfilled_posts: number;
  headquarters: number;
}

export interface CapacityResource {
  code: string;
  name: Names;
  group: 'staff' | 'laboratory' | 'isolation' | 'transport' | 'supplies';
  unit: Names | string;
  kind: 'stock' | 'flow';
}
export interface CapacityRow {
  code: string;
  name: Names;
  group: CapacityResource['group'];
  unit: Names | string;
  available?: number;
  in_use?: number;
  stated_by: { reported: number; of: number; missing: string[] };
  oldest?: string;
  stale: boolean;
  turnaround_hours?: number;
  demand?: number;
  change_per_hour?: number;
  saturation: { state: 'over' | 'in-hours' | 'not-at-this-rate' | 'unknown'; hours?: number; short?: number; lacking?: 'available' | 'demand' };
  shortfall: boolean;
  aid_coming: number;
}
export interface Capacity {
  as_of: string;
  rows: CapacityRow[];
  by_jurisdiction: { code: string; name: Names; stated: boolean; worst?: { resource: string; saturation: CapacityRow['saturation'] } }[];
}
export interface Shortfall {
  jurisdiction: string;
  name: Names;
  resource: string;
  resource_name: Names;
  since: string;
  due: string;
  saturation: CapacityRow['saturation'];
  duty?: string;
  aid?: string;
}
export interface AidRow {
  aid: string;
  from: string;
  from_name?: Names;
  of: string;
  of_name?: Names;
  resource: string;
  resource_name?: Names;
  amount: number;
  needed_by: string;
  asked: string;
  answer_due?: string;
  answered?: string;
  offered?: number;
  arrived: number;
  arrived_at?: string;
  ended?: string;
  state: 'asked' | 'offered' | 'refused' | 'arrived' | 'in-part' | 'closed';
  overdue: boolean;
}
