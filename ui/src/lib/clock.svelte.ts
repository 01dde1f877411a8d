import { dayOf } from './time';

// The one clock of the interface. It follows the server's, so that a phone set wrong still counts right.

class Clock {
  now = $state(Date.now());
  /** The day in China, for leaving it out of today's times. */
  today = $derived(dayOf(this.now));
  private ahead = 0;

  constructor() {
    setInterval(() => (this.now = Date.now() + this.ahead), 1000);
  }

  /** Takes over the server's time. */
  set(at: string): void {
    const server = Date.parse(at);
    if (Number.isNaN(server)) return;
    this.ahead = server - Date.now();
    this.now = server;
  }

  iso(): string {
    return new Date(Date.now() + this.ahead).toISOString();
  }
}

export const clock = new Clock();
