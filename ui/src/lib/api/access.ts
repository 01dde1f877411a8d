// The shapes of accounts, sessions, the second factor, break-glass and the record of looks.

import type { Names, Role } from './types';

export interface AccountRow {
  name: string;
  role: Role;
  jurisdiction: string;
  state: 'invited' | 'active' | 'disabled';
  disabled_since?: string;
  second_factor: boolean;
  single_sign_on: boolean;
  sessions: number;
  last_signed_in?: string;
  invitation_expires?: string;
}
export interface Invitation {
  name: string;
  role: Role;
  jurisdiction: string;
  /** Shown once. */
  code: string;
  expires: string;
}
export interface InvitationLook {
  name: string;
  role: Role;
  jurisdiction: string;
  jurisdiction_name: Names;
  expires: string;
  /** A new password for an account that was there. */
  again: boolean;
}
export interface SessionRow {
  id: string;
  opened: string;
  expires: string;
  address?: string;
  by: 'password' | 'single-sign-on' | 'invitation';
  current: boolean;
}
export interface SecondFactor {
  enrolled: boolean;
  since?: string;
  recovery_codes_left: number;
}
export interface Enrolment {
  secret: string;
  uri: string;
  /** Rows of 0 and 1. */
  qr: string[];
}
export interface Glass {
  id: string;
  account: string;
  role: Role;
  jurisdiction: string;
  reason_code: string;
  reason: string;
  opened: string;
  until: string;
  closed?: string;
  open: boolean;
  review_due: string;
  overdue: boolean;
  looks: number;
  people: number;
  review?: { verdict: 'justified' | 'not-justified'; note?: string; reviewer: string; at: string };
}
export interface GlassList {
  total: number;
  to_review: number;
  overdue: number;
  rows: Glass[];
}
export interface Look {
  at: string;
  account: string;
  role?: Role;
  person?: string;
  masked_name?: string;
  purpose: string;
  columns: string[];
  glass?: string;
}
export interface Looks {
  total: number;
  rows: Look[];
}
export interface Bursts {
  rule: { people: number; seconds: number };
  rows: { account: string; role: Role; jurisdiction: string; from: string; to: string; people: number; looks: number; purposes: string[] }[];
}
