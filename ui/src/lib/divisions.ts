/**
 * Whether a division lies within another, by their codes alone (GB/T 2260: two digits for the province, four for
 * the city, six for the county, nine for the township, twelve for the community).
 */
export function contains(whole: string, code: string): boolean {
  const prefix = whole.length === 6 ? whole.replace(/(00){1,2}$/, '') : whole;
  return prefix !== '' && code.startsWith(prefix);
}
