// The shapes that the server's interface speaks; see the interface description under /api/v1.

export interface Names {
  zh: string;
  en: string;
}
export type Role = 'command' | 'investigator' | 'desk' | 'community' | 'sentinel' | 'laboratory' | 'inspector' | 'auditor' | 'admin' | 'feed';
export type Purpose = 'investigation' | 'locating' | 'follow-up';

export interface Session {
  state: 'setup' | 'signed-out' | 'second-factor' | 'signed-in';
  exercise: boolean;
  deployment: Names;
  /** The server's clock; the interface counts down by it, not by the device's. */
  now?: string;
  /** Offered where the deployment has a provider. */
  single_sign_on?: { name: string };
  user?: {
    name: string;
    role: Role;
    jurisdiction: string;
    jurisdiction_name: Names;
    second_factor?: boolean;
    /** Break-glass, while it is open. */
    glass?: { id: string; until: string };
  };
}

export type Level = 'province' | 'city' | 'county' | 'township' | 'community';
export interface Jurisdiction {
  code: string;
  parent?: string | null;
  level: Level;
  name: Names;
  population?: number;
  centre?: [number, number];
}
export interface Boundary {
  type: 'Feature';
  properties: { code: string; level: Level };
  geometry:
    | { type: 'Polygon'; coordinates: [number, number][][] }
    | { type: 'MultiPolygon'; coordinates: [number, number][][][] };
}
export interface Boundaries {
  type: 'FeatureCollection';
  features: Boundary[];
}

export interface RuleRef {
  plan: string;
  path: string;
  name: Names;
}
export interface Reason {
  code: string;
  params?: Record<string, unknown>;
}
export interface Evidence extends Reason {
  facts?: string[];
  batch?: { batch: string; row: number };
}

export type Step = 'identity' | 'location' | 'control';
export type Outcome = 'unreachable' | 'wrong-identity' | 'moved-on' | 'deceased';
export interface Duty {
  id: string;
  kind: string;
  person: string;
  masked_name: string;
  disease: string;
  jurisdiction: string;
  owner?: { territory: Names; post?: Names };
  opened: string;
  received: string;
  due: string;
  positive_recorded?: string;
  closed?: string;
  closed_by?: 'controlled' | 'deceased' | 'handed-over' | 'ended';
  steps: Partial<Record<Step, string>>;
  last_place?: { name?: string; jurisdiction: string; at: string };
  because: Evidence[];
  /** The deadlines of the plan. */
  rule?: RuleRef;
  reason: 'case' | 'close-contact' | 'secondary-contact';
  hand_over?: { to: string; state: 'waiting' | 'accepted' | 'refused' };
  last_outcome?: Outcome;
  assigned_to?: string;
}
export interface DutyCounts {
  to_find: number;
  located: number;
  controlled: number;
  closed: number;
  overdue: number;
}
export interface Duties {
  total: number;
  counts: DutyCounts;
  rows: Duty[];
}

export interface Situation {
  as_of: string;
  position: number;
  traced_up_to?: string;
  numbers: {
    cases: number;
    cases_last_day: number;
    close_contacts: number;
    secondary_contacts: number;
    to_find: number;
    found: number;
    controlled: number;
    overdue: number;
  };
  outbreaks: {
    disease: string;
    plan: { id: string; name: Names };
    cases: number;
    first_recorded: string;
    last_recorded: string;
    to_find: number;
    overdue: number;
  }[];
  by_jurisdiction: JurisdictionCounts[];
  curve: CurveDay[];
  queue: Duty[];
  /** What could not be derived: a disease without a plan in force, a plan that is not at hand. */
  problems?: { code: 'no-plan' | 'plan-not-at-hand'; about: string }[];
  days_without_case?: number;
}
export interface JurisdictionCounts {
  code: string;
  cases: number;
  to_find: number;
  controlled: number;
  overdue: number;
}
export interface CurveDay {
  date: string;
  by: 'onset' | 'sampling';
  cases: number;
  incomplete: boolean;
}

export type CaseClass = 'confirmed' | 'asymptomatic' | 'probable' | 'suspected';
export interface CaseRow {
  id: string;
  person: string;
  masked_name: string;
  disease: string;
  class: CaseClass;
  jurisdiction: string;
  onset?: string;
  first_positive?: string;
  recorded: string;
  close_contacts: number;
  secondary_contacts: number;
  to_find: number;
  overdue: number;
}
export interface Stay {
  start: string;
  end: string;
  unit: string;
  place?: string | null;
  name?: string;
  setting: string;
  jurisdiction?: string;
  position?: [number, number];
  assumed_end: boolean;
  evidence: Evidence;
}
export interface ListState {
  jurisdiction: string;
  listed: number;
  reconciled?: number;
  identity: number;
  location: number;
  control: number;
  overdue: number;
}
export interface CaseDetail extends CaseRow {
  plan: { id: string; edition?: string; name: Names };
  rule: RuleRef;
  grounds: Evidence[];
  infectious?: { from?: string | null; until?: string | null; because: Reason };
  timeline: { occurred: string; recorded: string; kind: string; fact: string }[];
  trajectory: Stay[];
  lists: ListState[];
}
export type ContactState = 'to-find' | 'found' | 'controlled' | 'closed' | 'none';
export interface Contact {
  person: string;
  masked_name: string;
  ring: 1 | 2;
  class: 'close' | 'secondary' | 'general';
  via?: string;
  rule: RuleRef;
  setting: string;
  unit?: string;
  place_name?: string;
  first?: string | null;
  last?: string | null;
  minutes: number;
  score: number;
  state: ContactState;
  /** When the duty to find them was received, when there is one. */
  received?: string;
  due?: string;
  jurisdiction?: string;
  evidence: Evidence[];
  /** In the whole list, filters or not; 1 is first. */
  rank: number;
  score_parts?: ScoreParts;
  /** How many meetings or statements speak for it. */
  sources?: number;
  duty?: string;
  assigned_to?: string;
  overdue?: boolean;
}
/** The factors of the strongest day of a meeting; what is not known is absent and lowers nothing. */
export interface ScoreParts {
  /** The chance of a day in one household. */
  household_day?: number;
  /** Relative to an hour in a household; may be above 1. */
  setting_weight: number;
  /** The time together on the strongest day, as a share of it. */
  strength: number;
  /** What the number of others in the room left of it. */
  crowd?: number;
  /** Where they sat, relative to a seat that is not known; may be above 1. */
  seats?: number;
  infectiousness?: number;
  masks?: number;
  ventilation?: number;
  /** All days of the meeting together. */
  chance?: number;
}
export interface Contacts {
  total: number;
  unfiltered_total?: number;
  traced_up_to?: string;
  index_version?: string;
  facets?: Facets;
  rows: Contact[];
}
/** How many contacts each value of a filter would leave. */
export interface Facets {
  ring: Record<string, number>;
  state: Record<string, number>;
  setting: Record<string, number>;
  class: Record<string, number>;
  /** Without a name: assigned to nobody. */
  assigned: { name?: string; n: number }[];
  jurisdiction: { code: string; n: number }[];
  overdue: number;
}
/** The people met in one place. */
export interface ContactGroup {
  setting: string;
  unit?: string;
  place_name?: string;
  jurisdiction?: string;
  position?: [number, number];
  contacts: number;
  close: number;
  general: number;
  to_find: number;
  overdue: number;
  top_score: number;
  /** How many places the group stands for: the smallest of a setting come together. */
  units?: number;
  first?: string;
  last?: string;
  second_ring: number;
}
export interface ContactGraph {
  contacts: number;
  traced_up_to?: string;
  groups: ContactGroup[];
}

export interface Assignable {
  name: string;
  role: Role;
  jurisdiction: string;
}
export interface Assigned {
  matched: number;
  assigned: number;
  unchanged: number;
  refused: { duty: string; code: string }[];
  preview: boolean;
}

/** One place, as far as one may look. */
export interface Unit {
  unit: string;
  place?: string;
  name?: string;
  setting: string;
  jurisdiction?: string;
  position?: [number, number];
  rule?: RuleRef;
  /** The span that was counted. */
  from?: string;
  to?: string;
  stays: number;
  people: number;
  cases: number;
  contacts: number;
  by_hour: { start: string; present: number; cases: number }[];
  traced_up_to?: string;
  index_version?: string;
}
export type PresentFlag = 'case' | 'close-contact' | 'secondary-contact' | 'general-contact' | 'none';
export interface Presence {
  person: string;
  masked_name: string;
  start?: string;
  end?: string;
  assumed_end: boolean;
  seat_row?: number;
  flag: PresentFlag;
  evidence: Evidence;
}
export interface Present {
  total: number;
  rows: Presence[];
  /** People who were there and are not for this reader to see. */
  out_of_scope?: number;
}

export interface Hop {
  from: string;
  to: string;
  masked_from: string;
  masked_to: string;
  meeting: { setting: string; unit?: string; place_name?: string; start: string; end: string; minutes: number };
  evidence: Evidence[];
}
export interface Connection {
  found: boolean;
  /** Whether everything was looked at; else only the meetings of `people` people. */
  complete?: boolean;
  people?: number;
  traced_up_to?: string;
  hops: Hop[];
}

export type LinkKind = 'confirmed' | 'probable' | 'possible';
/** What is not a case that one may see: an import, someone on no list, the further cases together, another's case. */
export type Channel = 'imported' | 'unknown' | 'others' | 'out-of-scope';
export interface Candidate {
  case?: string;
  channel?: Channel;
  probability: number;
  serial_days?: number;
  evidence: Evidence[];
  kind?: LinkKind;
}
/** Where the likeliest chains have a case from; the start of a chain has a channel. */
export interface TreeEdge {
  from?: string;
  channel?: Channel;
  to: string;
  probability: number;
  generation?: number;
}
export interface TreeCase {
  id: string;
  person: string;
  masked_name: string;
  jurisdiction?: string;
  onset?: string;
  first_positive?: string;
  class: CaseClass;
  imported: 'no' | 'possible' | 'certain';
  unexplained: boolean;
  candidates: Candidate[];
}
export interface Tree {
  traced_up_to?: string;
  cases: TreeCase[];
  edges: TreeEdge[];
  /** How open the question is on average; 0 when every source is certain. */
  mean_entropy_bits?: number;
}

export interface SpilloverPerson {
  person: string;
  masked_name: string;
  ring: 1 | 2;
  class: string;
  /** Absent when they only live there. */
  seen_at?: string;
  place_name?: string;
  via: 'visit' | 'manifest' | 'residence';
  evidence: Evidence;
}
export interface SpilloverGroup {
  jurisdiction: string;
  people: number;
  close: number;
  secondary: number;
  general?: number;
  to_find: number;
  /** The first of them; the file has all. */
  rows: SpilloverPerson[];
}
export interface Spillover {
  total: number;
  groups: SpilloverGroup[];
  traced_up_to?: string;
  /** People whose whereabouts no record tells. */
  unknown: number;
  /** Of how many exposed people in all. */
  exposed?: number;
}

export interface IndexState {
  version: string | number;
  segments: { day: string; stays: number; bytes: number }[];
  live: { stays: number; oldest?: string };
  sealed_up_to?: string;
  traced_up_to?: string;
  bytes: number;
  stays: number;
}

export type Colour = 'green' | 'yellow' | 'red';
export interface Requirement {
  ground: string;
  case?: string;
  plan: string;
  rule: RuleRef;
  from: string;
  until: string;
  provisional_until?: string;
  phases: { place: string; from: string; until: string; colour: Colour; test_dates: string[] }[];
  release: Names;
  because: Evidence[];
}
export interface FactRow {
  id: string;
  occurred: string;
  recorded: string;
  kind: string;
}
export interface Person {
  person: string;
  aliases: string[];
  masked_name: string;
  jurisdiction?: string;
  status: {
    colour: Colour;
    provisional: boolean;
    from?: string;
    until?: string;
    requirements: Requirement[];
  };
  duties: Duty[];
  facts: FactRow[];
  exposures_of: { case: string; masked_name?: string; ring?: number }[];
}
export interface Identity {
  name?: string;
  id_number?: string;
  phone?: string;
  address?: string;
}
export interface FoundPerson {
  person: string;
  masked_name: string;
  jurisdiction?: string;
}
export interface Consequence {
  recorded?: string;
  preview: boolean;
  duties_opened: number;
  duties_closed: number;
  jurisdictions: number;
  people_restricted: number;
  people_released: number;
  cases_opened: number;
  cases_closed: number;
  elapsed_ms: number;
  case?: string;
}
export interface Fact {
  id: string;
  position: number;
  occurred: string;
  recorded: string;
  actor: { name?: string; role?: string };
  channel: string;
  purpose?: string;
  kind: string;
  supersedes?: string;
  superseded_by?: string;
  body: Record<string, unknown>;
}
export interface Rule {
  path: string;
  name: Names;
  parameters: {
    name: string;
    value: unknown;
    unit?: string | null;
    source: string[];
    confidence?: 'assumption' | 'low' | 'medium' | 'high' | null;
    note?: Names;
    quotation?: string;
  }[];
}
export interface Place {
  unit: string;
  place: string;
  name: string;
  setting: string;
  jurisdiction: string;
}
export interface Duplicate {
  a: FoundPerson | string;
  b: FoundPerson | string;
  reasons: string[];
  score: number;
}

export type ImportKind = 'line-list' | 'contacts' | 'visits' | 'lab-results' | 'roster' | 'trajectories';
export interface Upload {
  import: string;
  kind: ImportKind;
  file_name: string;
  encoding: string;
  sheet?: string;
  rows: number;
  columns: { name: string; samples: string[] }[];
  mapping: Record<string, string>;
  fields: { field: string; required: boolean; type: string; guessed_by?: string }[];
  warnings: Reason[];
  saved_mapping?: string;
}
export interface Checked {
  accepted: number;
  duplicates: number;
  queued: number;
  rejected: number;
  errors: { row?: number; column?: string; code: string; value?: string; expected?: string; remedy?: string }[];
  preview?: Consequence;
}
export interface Imported {
  accepted: number;
  unchanged: number;
  superseded: number;
  queued: number;
  rejected: number;
  errors_file?: string;
  consequence?: Consequence;
}

/** Someone who was where a case was, by a wide screening rule. Never a contact. */
export interface ScreeningFlag {
  person: string;
  masked_name: string;
  rule: RuleRef;
  unit?: string;
  place_name?: string;
  setting: string;
  first: string;
  last: string;
  longest_minutes: number;
  times: number;
  /** The same person is a contact by another meeting. */
  contact?: 'close' | 'secondary' | 'general';
}
export interface ScreeningFlags {
  total: number;
  is_contact: false;
  /** Empty: the plan has no screening rule. */
  rules: RuleRef[];
  traced_up_to?: string;
  index_version?: string;
  rows: ScreeningFlag[];
}
export interface WavePerson {
  person: string;
  masked_name: string;
  ring: 1 | 2;
  class: 'close' | 'secondary' | 'general';
  first?: string;
  cases: number;
  case?: string;
  score?: number;
  setting?: string;
  unit?: string;
  place_name?: string;
  evidence: Evidence[];
}
/** Everyone to be found because of any of several cases, each once. */
export interface Wave {
  cases: number;
  refused: string[];
  basis: 'concluded' | 'visits';
  hypothetical: boolean;
  total: number;
  counts: { first: number; second: number; close: number; secondary: number; general: number; several: number };
  traced_up_to?: string;
  rows: WavePerson[];
}

export interface HypotheticalRow {
  person: string;
  masked_name: string;
  change: 'gained' | 'lost' | 'changed' | 'same';
  would_be?: { ring: 1 | 2; class: string; rule?: RuleRef };
  is?: { ring: 1 | 2; class: string };
  evidence: Evidence[];
}
/** The contacts that another plan, or another window, would have said. */
export interface Hypothetical {
  hypothetical: true;
  plan: { id: string; edition?: string; name: Names };
  from?: string;
  to?: string;
  total: number;
  counts: { hypothetical: number; concluded: number; gained: number; lost: number; changed: number; same: number };
  traced_up_to?: string;
  rows: HypotheticalRow[];
}
