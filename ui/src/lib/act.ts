// Doing something with duties, one or thousands, and who may offer to.

import { post, Problem } from './api/client';
import type { Act, Acted, BoardRow } from './api/obligations';

export type Does = Act['do'];

/** Does it with one duty or a few; a refusal is a problem. */
export async function actOn(ids: string[], act: Act, key: string): Promise<Acted> {
  const acted = await post<Acted>('/board/act', { ids, act, key });
  const refused = acted.refused[0];
  if (refused && acted.done + acted.unchanged === 0) throw new Problem(409, `act-${refused.code}`, refused.code);
  return acted;
}

/** Who looks at a duty: where they are and what they may do. */
export interface Viewer {
  name: string;
  /** Whether a place lies within their jurisdiction. */
  covers: (code: string) => boolean;
  /** Whether their role acts for the jurisdictions that they cover. */
  mayAct: boolean;
  /** Whether they give duties to officers. */
  mayAssign: boolean;
}

/** What is worth offering, the usual next thing first. The server decides. */
export function actsFor(row: BoardRow, viewer: Viewer): Does[] {
  const own = row.parties.individual?.name === viewer.name;
  const owns = viewer.mayAct && viewer.covers(row.parties.territory);
  const gave = viewer.mayAct && viewer.covers(row.owed_to ?? row.parties.territory);
  const search = row.kind === 'locate-and-control';
  const acts: Does[] = [];
  if (row.asked && viewer.mayAct && viewer.covers(row.asked.to)) acts.push('answer');
  if (row.state === 'open' && (own || owns) && !search) {
    if (!row.steps.acknowledgement) acts.push('acknowledge');
    else if (!row.steps.start) acts.push('start');
    acts.push('complete', 'evidence');
  }
  if (row.state === 'open' && owns) {
    if (!row.asked) acts.push('hand-over');
    if (!search && row.hand_overs > 0) acts.push('hand-back');
    if (!search && !row.asked) acts.push('refuse');
  }
  if (row.state === 'paused' && (own || owns || gave)) acts.push('resume');
  if ((row.state === 'open' || row.state === 'paused') && viewer.mayAssign && (search ? viewer.covers(row.parties.territory) : owns)) acts.push('assign');
  // Whoever gave it decides when its clock stands still; a pause must not hide that it is late.
  if (gave && !search && row.state === 'open' && !row.overdue) acts.push('pause');
  if (gave && !search && row.state === 'closed') acts.push('reopen');
  if (gave && row.state === 'open' && row.kind === 'task') acts.push('withdraw');
  return acts;
}

/** Reasons that make sense for what is done. */
export function reasonsFor(act: Does): string[] {
  switch (act) {
    case 'hand-over':
    case 'hand-back':
    case 'refuse':
      return ['not-here', 'not-ours', 'moved', 'no-capacity', 'needs-other', 'mistaken', 'other'];
    case 'pause':
      return ['waiting-for-others', 'weather', 'unsafe', 'no-capacity', 'other'];
    case 'reopen':
      return ['not-done', 'mistaken', 'other'];
    default:
      return ['mistaken', 'superseded', 'other'];
  }
}
