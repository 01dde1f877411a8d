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

/** The diseases that plans are in force for, the most frequent first. */
export const diseases = ['covid-19', 'measles', 'ebola', 'mers'] as const;
