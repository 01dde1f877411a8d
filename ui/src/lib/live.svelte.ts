// What changed on the server arrives here; every panel that shows live data asks again.

import { clock } from './clock.svelte';

/** Without any event for this long, panels ask again all the same. */
const QUIET_MILLISECONDS = 30_000;

class Live {
  version = $state(0);
  connected = $state(true);
  /** When the server was last heard of. */
  heard = $state(clock.now);
  private source: EventSource | undefined;
  private quiet: ReturnType<typeof setInterval> | undefined;
  private pending: ReturnType<typeof setTimeout> | undefined;
  private last = 0;
  /** Twice the interval without a word: what is shown may be out of date. */
  stale = $derived(clock.now - this.heard > 2 * QUIET_MILLISECONDS);

  start(): void {
    if (this.source) return;
    this.quiet = setInterval(() => document.hidden || this.bump(), QUIET_MILLISECONDS);
    this.source = new EventSource('/api/v1/events');
    this.source.addEventListener('open', () => this.hear(true));
    this.source.addEventListener('situation', () => {
      this.hear(true);
      this.bump();
    });
    this.source.addEventListener('error', () => (this.connected = false));
  }

  stop(): void {
    this.source?.close();
    clearInterval(this.quiet);
    this.source = undefined;
    this.connected = true;
  }

  hear(connected: boolean): void {
    if (connected && !this.connected) this.bump();
    this.connected = connected;
    this.heard = clock.now;
  }

  /** Asks every panel again: at once the first time, then at most twice a second. */
  bump(): void {
    const wait = Math.max(0, this.last + 500 - Date.now());
    if (this.pending) return;
    if (wait === 0) return this.step();
    this.pending = setTimeout(() => this.step(), wait);
  }

  private step(): void {
    clearTimeout(this.pending);
    this.pending = undefined;
    this.last = Date.now();
    this.version += 1;
  }
}

export const live = new Live();
