/** A fingerprint in groups of four, to be read out over the telephone. */
export function grouped(fingerprint: string): string {
  return fingerprint.match(/.{1,4}/g)?.join(' ') ?? '';
}
