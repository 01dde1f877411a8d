// A code as a phone makes it (RFC 6238: SHA-1, 30 seconds, 6 digits), to enrol a second factor in a test.
import { createHmac } from 'node:crypto';

export function totp(secret: string, at = Date.now()): string {
  let bits = '';
  for (const letter of secret.replace(/=+$/, '')) bits += 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0');
  const key = Buffer.from(bits.match(/.{8}/g)!.map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const digest = createHmac('sha1', key).update(counter).digest();
  const from = digest.at(-1)! & 15;
  return String((digest.readUInt32BE(from) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}
