// Where each group of contacts is drawn: columns are days, bands are settings, each cell its largest places.

import type { ContactGroup } from './api/types';
import { dayOf } from './time';

/** A place drawn, or what stands for the smaller ones of its cell. */
export interface Pill {
  column: number;
  /** From the top of the drawing, in lines within the band. */
  line: number;
  group?: ContactGroup;
  /** The places that it stands for. */
  more?: ContactGroup[];
}
export interface Band {
  setting: string;
  places: number;
  contacts: number;
  to_find: number;
  overdue: number;
  lines: number;
  pills: Pill[];
  /** Some places stand together. */
  folded: boolean;
}

/** Places drawn by themselves in a cell before the rest stand together. */
export const SHOWN_IN_CELL = 3;
export const NO_DAY = '';

export function layout(groups: ContactGroup[], unfolded: ReadonlySet<string>): { days: string[]; bands: Band[] } {
  const dayOfGroup = (one: ContactGroup) => (one.first ? dayOf(one.first) : NO_DAY);
  const days = [...new Set(groups.map(dayOfGroup))].sort();
  const bySetting = new Map<string, ContactGroup[]>();
  for (const one of groups) bySetting.set(one.setting, [...(bySetting.get(one.setting) ?? []), one]);
  const bands = [...bySetting].map(([setting, places]): Band => {
    const pills: Pill[] = [];
    let lines = 1;
    days.forEach((day, column) => {
      const here = places.filter((one) => dayOfGroup(one) === day).sort((a, b) => b.contacts - a.contacts || b.top_score - a.top_score);
      // One place alone takes no more room by its own name than as "one more".
      const shown = unfolded.has(setting) || here.length <= SHOWN_IN_CELL + 1 ? here : here.slice(0, SHOWN_IN_CELL);
      const more = here.slice(shown.length);
      shown.forEach((group, line) => pills.push({ column, line, group }));
      if (more.length) pills.push({ column, line: shown.length, more });
      lines = Math.max(lines, shown.length + (more.length ? 1 : 0));
    });
    const sum = (count: (one: ContactGroup) => number) => places.reduce((total, one) => total + count(one), 0);
    return {
      setting,
      places: sum((one) => one.units ?? 1),
      contacts: sum((one) => one.contacts),
      to_find: sum((one) => one.to_find),
      overdue: sum((one) => one.overdue),
      lines,
      pills,
      folded: pills.some((one) => one.more),
    };
  });
  bands.sort((a, b) => b.contacts - a.contacts || a.setting.localeCompare(b.setting));
  return { days, bands };
}

/** A text cut to fit `width`, in pixels of a 12-pixel face: wide characters take a whole em. */
export function fit(text: string, width: number): string {
  let used = 0;
  for (let index = 0; index < text.length; index += 1) {
    used += /[\u2e80-\uffef]/.test(text[index]!) ? 12 : 6.4;
    if (used > width) return `${text.slice(0, Math.max(1, index - 1))}…`;
  }
  return text;
}
