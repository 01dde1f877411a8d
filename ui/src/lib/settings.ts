/** The kinds of space in which people are together, nearest first. */
export const settings = [
  'home',
  'dormitory',
  'office',
  'classroom',
  'meal',
  'leisure',
  'ward',
  'care',
  'clinic',
  'lift',
  'vehicle',
  'carriage',
  'aircraft',
  'market',
  'shop',
  'gathering',
  'area',
  'other',
] as const;

/** The roles one can be invited to, the most frequent first. */
export const roles = ['community', 'investigator', 'desk', 'command', 'sentinel', 'laboratory', 'inspector', 'auditor', 'admin', 'feed'] as const;

/** The diseases that plans are in force for, the most frequent first. */
export const diseases = ['covid-19', 'measles', 'ebola', 'mers'] as const;

/** The plans that come with the system, by disease. */
export function plansOf(disease: string): string[] {
  return { 'covid-19': ['covid19-cn-8', 'covid19-cn-9', 'covid19-cn-20'], measles: ['measles'], ebola: ['ebola'], mers: ['mers'] }[disease] ?? [];
}
