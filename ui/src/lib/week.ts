// A roster laid out by days in China: where a shift begins and how far it reaches, and the holes between shifts.

import { dayOf } from './time';

const DAY = 86_400_000;

export interface Piece {
  /** From 0 to the number of days shown. */
  from: number;
  to: number;
}

/** When the day begins in China. */
export function startOf(day: string): number {
  return Date.parse(`${day}T00:00:00+08:00`);
}

/** The days shown, `YYYY-MM-DD`. */
export function daysFrom(first: string, count: number): string[] {
  return Array.from({ length: count }, (_, n) => dayOf(startOf(first) + n * DAY + DAY / 2));
}

/** The Monday of the week in which a day lies. */
export function mondayOf(day: string): string {
  const weekday = new Date(`${day}T12:00:00+08:00`).getUTCDay();
  return dayOf(startOf(day) - ((weekday + 6) % 7) * DAY + DAY / 2);
}

/** Part of a span that falls within the days shown, in days from their first; nothing when none does. */
export function piece(first: string, count: number, span: { start: string; end: string }): Piece | undefined {
  const zero = startOf(first);
  const from = Math.max(0, (Date.parse(span.start) - zero) / DAY);
  const to = Math.min(count, (Date.parse(span.end) - zero) / DAY);
  return to > from ? { from, to } : undefined;
}

/** The pieces of a span by calendar day: a night shift has one on each of its two days. */
export function byDay(first: string, count: number, span: { start: string; end: string }): { day: number; from: number; to: number }[] {
  const whole = piece(first, count, span);
  if (!whole) return [];
  const pieces: { day: number; from: number; to: number }[] = [];
  for (let day = Math.floor(whole.from); day < whole.to; day += 1) {
    pieces.push({ day, from: Math.max(0, whole.from - day), to: Math.min(1, whole.to - day) });
  }
  return pieces;
}
