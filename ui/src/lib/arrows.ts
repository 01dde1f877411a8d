// Arrow keys move between the nodes of a drawing; the drawing is one stop for Tab, whatever its size.

const STEPS: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Of the points, the nearest that lies in the direction of `step`; sideways distance counts double. */
export function nearest(from: { x: number; y: number }, points: { x: number; y: number }[], step: [number, number]): number {
  let best = -1;
  let least = Infinity;
  points.forEach((point, index) => {
    const ahead = (point.x - from.x) * step[0] + (point.y - from.y) * step[1];
    const aside = Math.abs((point.x - from.x) * step[1]) + Math.abs((point.y - from.y) * step[0]);
    // More sideways than ahead is another direction.
    if (ahead < 1 || aside > 4 * ahead) return;
    const cost = ahead + 2 * aside;
    if (cost < least) [best, least] = [index, cost];
  });
  return best;
}

/** Makes the elements marked `data-node` inside `root` reachable by arrow keys. */
export function arrows(root: Element): () => void {
  const nodes = () => [...root.querySelectorAll<HTMLElement | SVGElement>('[data-node]')];
  let current: Element | undefined;
  function settle(): void {
    const all = nodes();
    if (!current || !all.includes(current as SVGElement)) current = all[0];
    for (const one of all) one.setAttribute('tabindex', one === current ? '0' : '-1');
  }
  function enter(event: Event): void {
    const node = (event.target as Element).closest('[data-node]');
    if (node) current = node;
    settle();
  }
  function press(event: Event): void {
    const { key, target } = event as KeyboardEvent;
    const step = STEPS[key];
    const node = (target as Element).closest<SVGElement>('[data-node]');
    if (!step || !node) return;
    event.preventDefault();
    const middle = (one: Element) => {
      const box = one.getBoundingClientRect();
      return { x: box.left + Math.min(24, box.width) / 2, y: box.top + box.height / 2 };
    };
    const all = nodes();
    const at = nearest(middle(node), all.map(middle), step);
    all[at]?.focus({ preventScroll: true });
    all[at]?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }
  const watch = new MutationObserver(settle);
  watch.observe(root, { childList: true, subtree: true });
  root.addEventListener('focusin', enter);
  root.addEventListener('keydown', press);
  settle();
  return () => {
    watch.disconnect();
    root.removeEventListener('focusin', enter);
    root.removeEventListener('keydown', press);
  };
}
