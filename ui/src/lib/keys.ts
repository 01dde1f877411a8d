// Moving through a screen without a mouse. Rows mark themselves with `data-row`, the filter with `data-filter`.

const SWITCH = 'firebreak.keys';

export function singleKeysOn(): boolean {
  return localStorage.getItem(SWITCH) !== 'off';
}

export function switchSingleKeys(on: boolean): void {
  localStorage.setItem(SWITCH, on ? 'on' : 'off');
}

function typing(target: EventTarget | null): boolean {
  // A box that is ticked takes no letters.
  return target instanceof HTMLElement && target.closest("input:not([type='checkbox'], [type='radio'], [type='range']), select, textarea, [contenteditable]") !== null;
}

function visible(element: HTMLElement): boolean {
  return element.offsetParent !== null;
}

/** The single letter that `event` means as a command; nothing while typing, composing, in a dialog or switched off. */
export function command(event: KeyboardEvent): string | undefined {
  if (event.isComposing || event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey) return undefined;
  if (typing(event.target) || document.querySelector('dialog[open]') || !singleKeysOn()) return undefined;
  return event.key;
}

export interface KeyActions {
  palette: () => void;
  help: () => void;
  twin: () => void;
}

export function handleKey(event: KeyboardEvent, act: KeyActions): void {
  if (event.isComposing) return;
  if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === 'k') {
    event.preventDefault();
    act.palette();
    return;
  }
  switch (command(event)) {
    case 'j':
    case 'k': {
      const rows = [...document.querySelectorAll<HTMLElement>('main [data-row]')].filter(visible);
      if (rows.length === 0) return;
      const at = rows.findIndex((row) => row === document.activeElement || row.contains(document.activeElement));
      const next = event.key === 'j' ? Math.min(rows.length - 1, at + 1) : Math.max(0, at - 1);
      rows[next]?.focus();
      rows[next]?.scrollIntoView({ block: 'nearest' });
      break;
    }
    case '/': {
      const filter = document.querySelector<HTMLElement>('main [data-filter]');
      if (!filter) return act.palette();
      filter.focus();
      break;
    }
    case '?':
      act.help();
      break;
    case 'm':
      act.twin();
      break;
    default:
      return;
  }
  event.preventDefault();
}
