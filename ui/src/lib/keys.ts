// Moving through a screen without a mouse. Rows mark themselves with `data-row`, the filter with `data-filter`.

const SWITCH = 'firebreak.keys';

export function singleKeysOn(): boolean {
  return localStorage.getItem(SWITCH) !== 'off';
}

export function switchSingleKeys(on: boolean): void {
  localStorage.setItem(SWITCH, on ? 'on' : 'off');
}

function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('input, select, textarea, [contenteditable]') !== null;
}

function visible(element: HTMLElement): boolean {
  return element.offsetParent !== null;
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
  if (event.metaKey || event.ctrlKey || event.altKey || typing(event.target)) return;
  if (document.querySelector('dialog[open]') || !singleKeysOn()) return;
  switch (event.key) {
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
