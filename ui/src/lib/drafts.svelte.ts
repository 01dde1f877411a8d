// Work done without a connection. Kept on the phone without anyone's identity: a duty's id, what was done,
// when, and the key under which the server carries it out once.

import { post, Problem } from './api/client';
import { actOn } from './act';
import type { Duty } from './api/types';
import { readDrafts, type Draft } from './draft';
import { live } from './live.svelte';

export interface Refused {
  draft: Draft;
  problem: Problem;
}

const STORE = 'firebreak.drafts';

class Drafts {
  waiting = $state<Draft[]>([]);
  refused = $state.raw<Refused[]>([]);
  offline = $state(false);
  private sending = false;

  constructor() {
    this.waiting = readDrafts(localStorage.getItem(STORE));
    addEventListener('online', () => void this.flush());
    setInterval(() => this.waiting.length && void this.flush(), 5000);
  }

  of(duty: string): Draft[] {
    return this.waiting.filter((draft) => draft.duty === duty);
  }

  /** Sends the draft now, or keeps it until there is a connection. The duty comes back when it was sent. */
  async send(draft: Draft): Promise<Duty | undefined> {
    try {
      const duty = await this.post(draft);
      this.offline = false;
      return duty;
    } catch (error) {
      if (!(error instanceof Problem) || !error.offline) throw error;
      this.offline = true;
      this.waiting.push(draft);
      this.keep();
      return undefined;
    }
  }

  async flush(): Promise<void> {
    if (this.sending) return;
    this.sending = true;
    try {
      while (this.waiting.length > 0) {
        const draft = this.waiting[0]!;
        try {
          await this.post(draft);
          this.offline = false;
        } catch (error) {
          if (!(error instanceof Problem) || error.offline || error.code === 'signed-out') break;
          this.refused = [...this.refused, { draft, problem: error }];
        }
        this.waiting.shift();
        this.keep();
        live.bump();
      }
    } finally {
      this.sending = false;
    }
  }

  dismiss(refused: Refused): void {
    this.refused = this.refused.filter((one) => one !== refused);
  }

  private async post(draft: Draft): Promise<Duty | undefined> {
    const { duty, ...body } = draft;
    if (draft.act) {
      await actOn([duty], { do: draft.act }, draft.key);
      return undefined;
    }
    return post<Duty>(`/duties/${duty}/${draft.steps ? 'steps' : 'outcome'}`, body);
  }

  private keep(): void {
    localStorage.setItem(STORE, JSON.stringify(this.waiting));
  }
}

export const drafts = new Drafts();
