// One thing done at a time: while it runs nothing else starts, and what went wrong is kept to be shown.

import { Problem } from './api/client';
import { t } from './words/index.svelte';

export class Attempt {
  busy = $state(false);
  problem = $state.raw<Problem | undefined>();

  /** Does `act` unless something is being done already; whether it went well. */
  async run(act: () => Promise<void>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.problem = undefined;
    try {
      await act();
      return true;
    } catch (error) {
      this.problem = error instanceof Problem ? error : new Problem(0, 'unexpected', String(error));
      return false;
    } finally {
      this.busy = false;
    }
  }
}

/** Stops an attempt while something is missing, and says what. */
export function require(gaps: (string | false | undefined)[]): void {
  const missing = gaps.filter((one): one is string => Boolean(one));
  if (missing.length) throw new Problem(422, 'invalid', '', t('form.missing', { fields: missing.join(t('word.comma')) }));
}
