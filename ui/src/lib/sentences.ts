// Codes and parameters from the server, said in words.

import type { Reason } from './api/types';
import { app } from './app.svelte';
import { clock } from './clock.svelte';
import { day, full, moment, end } from './time';
import { coded, knows, language, t } from './words/index.svelte';

/** A moment as the reader's language has it. */
export function when(at: string | undefined | null): string {
  return at ? moment(at, language.now, clock.today) : '—';
}

/** The end of a requirement or a phase. */
export function untilWhen(at: string | undefined | null): string {
  return at ? end(at, language.now, clock.today) : '—';
}

/** A moment that says its day even when it is today. */
export function dated(at: string): string {
  return moment(at, language.now, '');
}

/** A span of two moments, the second without its day when it is the same. */
export function between(start: unknown, end: unknown): string {
  if (typeof start !== 'string') return typeof end === 'string' ? `– ${when(end)}` : '';
  if (typeof end !== 'string') return `${when(start)} –`;
  // Within one day the second needs no day; across days both do, today included.
  if (full(start).slice(0, 10) === full(end).slice(0, 10) && end.length > 10) return `${when(start)}–${full(end).slice(11, 16)}`;
  return `${dated(start)} – ${dated(end)}`;
}

function text(value: unknown): string {
  if (value === undefined || value === null) return '?';
  if (typeof value === 'object') {
    const names = value as Record<string, string>;
    return names[language.now] ?? names.zh ?? names.en ?? JSON.stringify(value);
  }
  const plain = String(value);
  return /^\d{4}-\d{2}-\d{2}/.test(plain) ? when(plain) : plain;
}

/** Why: one reason or piece of evidence as a sentence. */
export function sentence(reason: Reason): string {
  const params = reason.params ?? {};
  if (!knows('because', reason.code)) {
    const rest = Object.entries(params).map(([name, value]) => `${name} ${text(value)}`);
    return [reason.code.replaceAll('-', ' '), ...rest].join(' · ');
  }
  const gaps: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(params)) gaps[name] = typeof value === 'number' ? value : text(value);
  gaps.span = between(params.start ?? params.from, params.end ?? params.until);
  gaps.setting = coded('setting', params.setting as string);
  gaps.place = typeof params.place_name === 'string' ? params.place_name : coded('setting', params.setting as string);
  gaps.masked_name ??= '?';
  if (reason.code === 'letter' && typeof params.from === 'string') gaps.from = app.place(params.from);
  // No days before an event and no rows between two seats have words of their own.
  const none = params.days === 0 || params.rows_apart === 0;
  const code = none && knows('because', `${reason.code}-0`) ? `${reason.code}-0` : reason.code;
  let said = coded('because', code, gaps);
  if (typeof params.assumed_minutes === 'number' && params.assumed_minutes > 0) {
    said += t('because.assumed', { minutes: params.assumed_minutes });
  }
  if (params.asserted === true) said += t('because.asserted');
  if (reason.code === 'stated') said += t(params.confirmed === true ? 'because.confirmed' : 'because.unconfirmed');
  return said;
}

/** How long two people shared a space. */
export function minutes(total: number): string {
  if (total < 120) return t('unit.minutes', { n: total });
  const hours = Math.round((total / 60) * 10) / 10;
  return t('unit.hours', { n: hours });
}

export { day };
