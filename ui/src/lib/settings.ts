/** The kinds of space in which people are together, nearest first. */
export const settings = [
  'home',
  'dormitory',
  'office',
  'classroom',
  'meal',
  'leisure',
  'ward',
  'clinic',
  'lift',
  'vehicle',
  'market',
  'shop',
  'gathering',
  'other',
] as const;
