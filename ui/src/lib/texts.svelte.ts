// Erasable texts: a record only points to them, and they are read when somebody looks.

import { SvelteMap } from 'svelte/reactivity';
import { get } from './api/client';

/** Unread, read, or not to be had: erased, or not for this reader. */
type Text = { state: 'reading' } | { state: 'read'; text: string } | { state: 'gone' };

const texts = new SvelteMap<string, Text>();

/** The text under an id, read on first asking; what is no id is the text itself. */
export function textOf(id: string): Text {
  if (!/^(text|fact)-/.test(id)) return { state: 'read', text: id };
  const known = texts.get(id);
  if (known) return known;
  const reading: Text = { state: 'reading' };
  // After this drawing, which must not write what it reads.
  queueMicrotask(() => {
    if (texts.has(id)) return;
    texts.set(id, reading);
    get<{ text: string }>(`/texts/${encodeURIComponent(id)}`).then(
      ({ text }) => texts.set(id, { state: 'read', text }),
      () => texts.set(id, { state: 'gone' }),
    );
  });
  return reading;
}
