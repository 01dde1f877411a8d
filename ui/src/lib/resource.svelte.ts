// One panel's data with the states every panel has: loading, kept while refreshing, failed, stale.

import { untrack } from 'svelte';
import { get, Problem } from './api/client';
import { live } from './live.svelte';

type Query = Record<string, string | number | undefined | null>;

export class Resource<T> {
  data = $state.raw<T | undefined>(undefined);
  problem = $state.raw<Problem | undefined>(undefined);
  loading = $state(false);
  /** Loading for more than 300 ms: only then is a skeleton worth showing. */
  slow = $state(false);
  private asked = 0;
  private path = '';

  constructor(
    private request: () => { path: string; query?: Query } | undefined,
    options: { live?: boolean } = {},
  ) {
    $effect(() => {
      const wanted = this.request();
      if (options.live !== false) void live.version;
      untrack(() => {
        if (!wanted) return;
        // Another filter keeps the old rows until the new ones are here; another record does not.
        if (wanted.path !== this.path) this.data = undefined;
        this.path = wanted.path;
        void this.load();
      });
    });
  }

  async load(): Promise<void> {
    const wanted = untrack(this.request);
    if (!wanted) return;
    const asked = ++this.asked;
    this.loading = true;
    const timer = setTimeout(() => (this.slow = true), 300);
    try {
      const data = await get<T>(wanted.path, wanted.query);
      if (asked !== this.asked) return;
      this.data = data;
      this.problem = undefined;
      live.hear(true);
    } catch (error) {
      if (asked !== this.asked) return;
      this.problem = error instanceof Problem ? error : new Problem(0, 'unexpected', String(error));
    } finally {
      clearTimeout(timer);
      if (asked === this.asked) {
        this.loading = false;
        this.slow = false;
      }
    }
  }
}

/** Data that follows its address and, unless told otherwise, what changes on the server. */
export function resource<T>(
  request: () => { path: string; query?: Query } | undefined,
  options: { live?: boolean } = {},
): Resource<T> {
  return new Resource<T>(request, options);
}
