// A report's numbers between the draft and what a person confirms: an empty field is neither zero nor unknown.

export interface Entry {
  number: string;
  unknown: boolean;
}
export type Entries = Record<string, Entry>;

/** What the form begins with: the drafted numbers, nothing where no fact says anything. */
export function entriesOf(items: { code: string; drafted?: number | null; number?: number | null }[], confirmed = false): Entries {
  return Object.fromEntries(
    items.map((item) => {
      const given = confirmed ? item.number : item.drafted;
      return [item.code, { number: given === undefined || given === null ? '' : String(given), unknown: confirmed && (given === undefined || given === null) }];
    }),
  );
}

/** Items that are still neither a number nor said to be unknown. */
export function unanswered(entries: Entries): string[] {
  return Object.entries(entries).flatMap(([code, entry]) => (entry.unknown || /^\d+$/.test(entry.number.trim()) ? [] : [code]));
}

/** What is sent: `null` is said on purpose. */
export function valuesOf(entries: Entries): { item: string; number: number | null }[] {
  return Object.entries(entries).map(([item, entry]) => ({ item, number: entry.unknown ? null : Number(entry.number) }));
}

/** Whether the report says zero of everything: a zero report is a report. */
export function isZero(entries: Entries): boolean {
  return Object.values(entries).every((entry) => !entry.unknown && entry.number.trim() !== '' && Number(entry.number) === 0);
}
