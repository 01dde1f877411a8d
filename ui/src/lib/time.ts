// Times as people here read them: always in China's zone, whatever the device is set to.

export type Lang = 'zh' | 'en';

const ZONE = 'Asia/Shanghai';
const OFFSET = '+08:00';
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

const parts = new Intl.DateTimeFormat('en-CA', {
  timeZone: ZONE,
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});

function local(moment: string | number): { date: string; time: string } {
  const found: Record<string, string> = {};
  for (const part of parts.formatToParts(new Date(moment))) found[part.type] = part.value;
  return { date: `${found.year}-${found.month}-${found.day}`, time: `${found.hour}:${found.minute}` };
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** A calendar day, `2026-03-14` → 3月14日 / 14 Mar. */
export function day(date: string, lang: Lang): string {
  const [, month, dayOfMonth] = date.split('-').map(Number);
  if (!month || !dayOfMonth) return date;
  return lang === 'zh' ? `${month}月${dayOfMonth}日` : `${dayOfMonth} ${months[month - 1]}`;
}

/** A moment: the time alone when it lies on `today`, else day and time. A bare date stays a date. */
export function moment(at: string, lang: Lang, today: string): string {
  if (/^\d{4}-\d{2}-\d{2}$/.test(at)) return day(at, lang);
  if (Number.isNaN(Date.parse(at))) return at;
  const { date, time } = local(at);
  return date === today ? time : `${day(date, lang)} ${time}`;
}

/** The end of something: midnight is written as the 24th hour of the day that it ends, 3月21日24时. */
export function end(at: string, lang: Lang, today: string): string {
  if (Number.isNaN(Date.parse(at)) || local(at).time !== '00:00') return moment(at, lang, today);
  const last = day(local(Date.parse(at) - MINUTE).date, lang);
  return lang === 'zh' ? `${last}24时` : `the end of ${last}`;
}

/** The whole moment, for tooltips and records: 2026-03-14 14:02 (UTC+8). */
export function full(at: string): string {
  if (Number.isNaN(Date.parse(at)) || at.length <= 10) return at;
  const { date, time } = local(at);
  return `${date} ${time} (UTC+8)`;
}

/** The day in China on which a moment lies, `YYYY-MM-DD`. */
export function dayOf(at: string | number): string {
  return local(at).date;
}

/** What a date-and-time field shows for a moment. */
export function toField(at: string | number): string {
  const { date, time } = local(at);
  return `${date}T${time}`;
}

/** The moment that a date-and-time field means: China's clock, not the device's. */
export function fromField(field: string): string {
  return new Date(`${field}:00${OFFSET}`).toISOString();
}

export interface TimeLeft {
  /** From plain to overdue; the last quarter of the whole time asks for attention. */
  urgency: 'plain' | 'soon' | 'overdue';
  /** Hours and minutes, `1:10`; above two days, days and hours. */
  text: string;
  days: number;
  hours: number;
  minutes: number;
}

function split(span: number): { text: string; days: number; hours: number; minutes: number } {
  const total = Math.floor(Math.abs(span) / MINUTE);
  const hours = Math.floor(total / 60);
  const minutes = total % 60;
  const days = hours >= 48 ? Math.floor(hours / 24) : 0;
  const text = `${hours}:${String(minutes).padStart(2, '0')}`;
  return { text, days, hours: days ? hours % 24 : hours, minutes };
}

/** How long is left at `now` of the time between `from` and `due`. */
export function timeLeft(from: string, due: string, now: number): TimeLeft {
  const left = Date.parse(due) - now;
  const whole = Date.parse(due) - Date.parse(from);
  const urgency = left <= 0 ? 'overdue' : left <= whole / 4 ? 'soon' : 'plain';
  return { urgency, ...split(left) };
}

/** How long ago, as hours and minutes; never negative. */
export function since(at: string, now: number): TimeLeft {
  return { urgency: 'plain', ...split(Math.max(0, now - Date.parse(at))) };
}

/** Every day from the first to the last, both included. */
export function daysBetween(first: string, last: string): string[] {
  const days: string[] = [];
  for (let at = Date.parse(`${first}T00:00:00Z`); at <= Date.parse(`${last}T00:00:00Z`); at += DAY) {
    days.push(new Date(at).toISOString().slice(0, 10));
  }
  return days;
}
