// A photo as evidence: drawn again smaller, which also leaves behind where and with what it was taken.

import { postRaw } from './api/client';

const LONGEST_PIXELS = 1600;
const BYTES_MAX = 700_000;

/** Width and height that keep the shape and are no longer than the longest side allowed. */
export function fit(width: number, height: number, longest: number): [number, number] {
  const by = Math.min(1, longest / Math.max(width, height));
  return [Math.max(1, Math.round(width * by)), Math.max(1, Math.round(height * by))];
}

async function shrink(file: Blob): Promise<Blob> {
  const image = await createImageBitmap(file);
  let longest = LONGEST_PIXELS;
  for (let quality = 0.85; ; quality -= 0.15, longest = Math.round(longest * 0.8)) {
    const [width, height] = fit(image.width, image.height, longest);
    const canvas = document.createElement('canvas');
    canvas.width = width;
    canvas.height = height;
    canvas.getContext('2d')?.drawImage(image, 0, 0, width, height);
    const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/jpeg', quality));
    if (blob && (blob.size <= BYTES_MAX || quality < 0.3)) return blob;
    if (!blob) return file;
  }
}

/** Sends a photo; its id and a picture of it to show. */
export async function upload(file: Blob): Promise<{ attachment: string; preview: string }> {
  const small = await shrink(file);
  const { attachment } = await postRaw<{ attachment: string }>('/attachments', small);
  const preview = await new Promise<string>((done) => {
    const reader = new FileReader();
    reader.onload = () => done(String(reader.result));
    reader.readAsDataURL(small);
  });
  return { attachment, preview };
}
