// Who is signed in, where they look, and what lies over the screen.

import { get, Problem, remove, whenSignedOut } from './api/client';
import type { Evidence, Jurisdiction, Names, Role, RuleRef, Session } from './api/types';
import { clock } from './clock.svelte';
import { contains } from './divisions';
import { live } from './live.svelte';
import { router } from './router.svelte';
import { named } from './words/index.svelte';

export const landing: Record<Role, string> = {
  command: '/command',
  investigator: '/cases',
  desk: '/locate',
  community: '/mine',
  sentinel: '/reports',
  laboratory: '/reports',
  inspector: '/inspections',
  auditor: '/ledger',
  admin: '/accounts',
  feed: '/none',
};

/** What each role does. The server decides; the interface does not offer what it would refuse. */
export type Action =
  | 'situation'
  | 'reveal'
  | 'investigate'
  | 'duty'
  | 'assign'
  | 'import'
  | 'accounts'
  | 'see-command'
  | 'order'
  | 'level'
  | 'posts'
  | 'hold-post'
  | 'answer-order'
  | 'report'
  | 'capacity'
  | 'inspect'
  | 'rectify'
  | 'letter'
  | 'trust'
  | 'glass'
  | 'review-glass'
  | 'reads';
const actionsOf: Record<Role, Action[]> = {
  command: ['situation', 'assign', 'see-command', 'order', 'level', 'posts', 'hold-post', 'answer-order', 'capacity', 'rectify', 'review-glass', 'reads'],
  investigator: ['situation', 'reveal', 'investigate', 'duty', 'assign', 'import', 'see-command', 'hold-post', 'letter', 'glass'],
  desk: ['situation', 'reveal', 'duty', 'assign', 'import', 'see-command', 'posts', 'hold-post', 'answer-order', 'report', 'capacity', 'rectify', 'letter', 'glass'],
  community: ['situation', 'reveal', 'duty', 'see-command', 'hold-post', 'answer-order', 'report', 'rectify'],
  sentinel: ['see-command', 'hold-post', 'report'],
  laboratory: ['see-command', 'hold-post', 'report', 'capacity'],
  inspector: ['see-command', 'hold-post', 'inspect', 'review-glass', 'reads'],
  auditor: ['see-command', 'review-glass', 'reads'],
  admin: ['accounts', 'trust'],
  feed: [],
};

/** The screens of each role, in groups; on a phone the first few stand in reach of the thumb. */
export const groupsOf: Record<Role, string[][]> = {
  command: [['/command', '/mine', '/situation', '/orders'], ['/duties', '/cases', '/locate', '/letters'], ['/roster', '/levels', '/reports', '/capacity'], ['/inspections', '/ledger', '/reads']],
  investigator: [['/cases', '/mine', '/situation', '/locate'], ['/people', '/letters', '/import'], ['/command', '/duties', '/roster', '/capacity']],
  desk: [['/locate', '/mine', '/letters', '/reports'], ['/situation', '/cases', '/people', '/import'], ['/command', '/duties', '/roster', '/orders', '/inspections', '/capacity']],
  community: [['/mine', '/locate', '/reports', '/roster']],
  sentinel: [['/reports', '/mine', '/roster']],
  laboratory: [['/reports', '/mine', '/capacity', '/roster']],
  inspector: [['/inspections', '/ledger', '/mine', '/command'], ['/duties', '/orders', '/reports', '/roster'], ['/reads']],
  auditor: [['/ledger', '/inspections', '/reads', '/command']],
  admin: [['/accounts', '/letters']],
  // Machines send records and look at nothing.
  feed: [],
};
export const screensOf = (role: Role): string[] => groupsOf[role].flat();

class App {
  session = $state.raw<Session | undefined>(undefined);
  problem = $state.raw<Problem | undefined>(undefined);
  jurisdictions = $state.raw<Jurisdiction[]>([]);
  private byCode = new Map<string, Jurisdiction>();

  constructor() {
    whenSignedOut(() => {
      if (this.session?.state === 'signed-in') void this.load();
    });
  }

  async load(): Promise<void> {
    try {
      this.take(await get<Session>('/session'));
    } catch (error) {
      if (!this.session) this.problem = error as Problem;
    }
  }

  take(session: Session): void {
    const before = this.session?.user?.name;
    this.problem = undefined;
    this.session = session;
    if (session.now) clock.set(session.now);
    if (session.state !== 'signed-in') {
      live.stop();
      return;
    }
    live.start();
    if (before === session.user?.name) return;
    void get<Jurisdiction[]>('/jurisdictions').then(
      (all) => {
        this.byCode = new Map(all.map((one) => [one.code, one]));
        this.jurisdictions = all;
      },
      () => {},
    );
    if (router.path === '/') router.go(landing[this.role]);
  }

  async signOut(): Promise<void> {
    try {
      await remove('/session');
    } finally {
      live.stop();
      location.hash = '';
      await this.load();
    }
  }

  get role(): Role {
    return this.session?.user?.role ?? 'community';
  }

  may(action: Action): boolean {
    return actionsOf[this.role].includes(action);
  }

  /** The jurisdiction looked at: chosen in the header, or one's own. */
  get jurisdiction(): string {
    return router.query.j ?? this.session?.user?.jurisdiction ?? '';
  }

  find(code: string | undefined | null): Jurisdiction | undefined {
    void this.jurisdictions;
    return code ? this.byCode.get(code) : undefined;
  }

  /** A jurisdiction's name; its code when nobody has named it. */
  place(code: string | undefined | null): string {
    if (!code) return '—';
    const found = this.find(code);
    return found ? named(found.name) : code;
  }

  /** The whole way down to it from below the deployment's own: names alone repeat from county to county. */
  fullPath(code: string): string {
    const names: string[] = [];
    for (let at = this.find(code); at; at = this.find(at.parent)) names.unshift(named(at.name));
    return (names.length > 1 ? names.slice(1) : names).join(' · ') || code;
  }

  /** Names from the level below one's own view downwards, at most `levels`, for instance 云阳市 · 城关区. */
  placePath(code: string | undefined | null, levels = 2): string {
    const names: string[] = [];
    const top = this.jurisdiction;
    for (let at = this.find(code); at && at.code !== top; at = this.find(at.parent)) {
      names.unshift(named(at.name));
    }
    // Outside one's view: from the city down, the province being common to all.
    if (code && !contains(top, code) && names.length > 1) names.shift();
    return names.length ? names.slice(0, levels).join(' · ') : this.place(code);
  }

  /** Whether `code` lies within `whole`. */
  within(code: string, whole: string): boolean {
    return contains(whole, code);
  }
}

export const app = new App();

/** What the drawer shows: evidence with its facts, a fact alone, or a rule. */
export interface Opened {
  evidence?: Evidence;
  facts?: string[];
  rule?: RuleRef;
}

class Overlay {
  drawer = $state.raw<Opened | undefined>(undefined);
  palette = $state(false);
  help = $state(false);
  toast = $state('');
  /** Spoken to screen readers only. */
  said = $state('');
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** For news that needs no action. */
  tell(text: string): void {
    this.toast = text;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => (this.toast = ''), 5000);
  }

  say(text: string): void {
    this.said = text;
  }
}

export const overlay = new Overlay();

export type { Names };
