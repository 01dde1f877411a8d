// A list too long to hold: read page by page as it comes into view, and again when something changed.

import { untrack } from 'svelte';
import { SvelteMap } from 'svelte/reactivity';
import { get, Problem } from './api/client';
import { live } from './live.svelte';

type Query = Record<string, string | number | undefined | null>;

export const PAGE_ROWS = 200;
/** Rows that a fast scroll only passes by are not asked for. */
const SETTLE_MILLISECONDS = 40;

export class Pages<Row, Answer extends { total: number; rows: Row[] }> {
  /** The latest answer, for what it says beside its rows; kept while another filter is being asked. */
  head = $state.raw<Answer | undefined>();
  problem = $state.raw<Problem | undefined>();
  private pages = new SvelteMap<number, Row[]>();
  private needed: number[] = [0];
  private asked = 0;
  private last = '';
  private fresh = false;
  private headOf = -1;
  private underWay = new Map<number, Promise<void>>();
  private settling: ReturnType<typeof setTimeout> | undefined;

  constructor(private request: () => { path: string; query?: Query } | undefined) {
    $effect(() => {
      void live.version;
      const text = JSON.stringify(this.request());
      untrack(() => {
        this.asked += 1;
        this.underWay.clear();
        if (text !== this.last) {
          this.fresh = false;
          this.needed = [0];
          this.last = text;
        } else {
          // What is out of view is asked for again when it comes back into view.
          for (const page of this.pages.keys()) if (!this.needed.includes(page)) this.pages.delete(page);
        }
        for (const page of this.needed) void this.load(page);
      });
    });
  }

  /** Rows now on the screen. */
  seen(first: number, last: number): void {
    this.needed = span(first, last);
    if (this.settling || untrack(() => this.needed.every((page) => this.pages.has(page)))) return;
    this.settling = setTimeout(() => {
      this.settling = undefined;
      for (const page of this.needed) if (!this.pages.has(page)) void this.load(page);
    }, SETTLE_MILLISECONDS);
  }

  at(index: number): Row | undefined {
    return this.pages.get(Math.floor(index / PAGE_ROWS))?.[index % PAGE_ROWS];
  }

  /** The rows from one to another, both included, fetched where they were not yet. */
  async range(first: number, last: number): Promise<Row[]> {
    await Promise.all(span(first, last).filter((page) => !this.pages.has(page)).map((page) => this.load(page)));
    const rows: Row[] = [];
    for (let index = first; index <= last; index += 1) {
      const row = this.at(index);
      if (row) rows.push(row);
    }
    return rows;
  }

  private load(page: number): Promise<void> {
    const running = this.underWay.get(page);
    if (running) return running;
    const started = this.fetch(page).finally(() => {
      if (this.underWay.get(page) === started) this.underWay.delete(page);
    });
    this.underWay.set(page, started);
    return started;
  }

  private async fetch(page: number): Promise<void> {
    const wanted = untrack(this.request);
    if (!wanted) return;
    const asked = this.asked;
    try {
      const got = await get<Answer>(wanted.path, { ...wanted.query, limit: PAGE_ROWS, offset: page * PAGE_ROWS });
      if (asked !== this.asked) return;
      if (!this.fresh) this.pages.clear();
      this.fresh = true;
      this.pages.set(page, got.rows);
      if (this.headOf !== asked) this.head = got;
      this.headOf = asked;
      this.problem = undefined;
      live.hear(true);
    } catch (error) {
      if (asked === this.asked) this.problem = error instanceof Problem ? error : new Problem(0, 'unexpected', String(error));
    }
  }
}

function span(first: number, last: number): number[] {
  const pages: number[] = [];
  for (let page = Math.floor(first / PAGE_ROWS); page <= Math.floor(last / PAGE_ROWS); page += 1) pages.push(page);
  return pages;
}
