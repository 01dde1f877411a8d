// A drawing on the screen as a file that stands alone: colours resolved, links gone, title and mark on top.

/** The mark of an exercise, in both languages wherever it goes. */
export const EXERCISE = '演练 EXERCISE';

/** What makes a drawing look as it does, with what it is when nothing says otherwise. */
const KEPT: Record<string, string> = {
  fill: 'rgb(0, 0, 0)',
  'fill-opacity': '1',
  stroke: 'none',
  'stroke-width': '1px',
  'stroke-dasharray': 'none',
  'stroke-linecap': 'butt',
  'paint-order': 'normal',
  opacity: '1',
};
const KEPT_OF_TEXT: Record<string, string> = { 'font-size': '', 'font-weight': '400', 'text-anchor': 'start' };
const FONT = "'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', system-ui, sans-serif";
const HEAD = 56;
const SPACE = 'http://www.w3.org/2000/svg';

/** The drawing as SVG text. `lines` go above it: what it shows, as of when, and the mark of an exercise. */
export function standalone(svg: SVGSVGElement, lines: string[]): string {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const before = [svg, ...svg.querySelectorAll<SVGElement>('*')];
  const after = [copy, ...copy.querySelectorAll<SVGElement>('*')];
  before.forEach((element, index) => {
    const style = getComputedStyle(element);
    const mine = after[index]!;
    const kept = /^(text|tspan)$/.test(element.tagName) ? { ...KEPT, ...KEPT_OF_TEXT } : /^(g|a|defs|title|svg|pattern|clipPath)$/.test(element.tagName) ? {} : KEPT;
    for (const [name, plain] of Object.entries(kept)) {
      const value = style.getPropertyValue(name);
      if (value && value !== plain) mine.setAttribute(name, value);
      else mine.removeAttribute(name);
    }
    for (const name of ['class', 'href', 'tabindex', 'role', 'style', ...mine.getAttributeNames().filter((one) => /^(data-|aria-)/.test(one))]) {
      if (mine.hasAttribute(name)) mine.removeAttribute(name);
    }
  });
  for (const hidden of copy.querySelectorAll('foreignObject')) hidden.remove();
  const box = svg.viewBox.baseVal;
  const [width, height] = box.width ? [box.width, box.height] : [svg.clientWidth, svg.clientHeight];
  const surface = getComputedStyle(document.documentElement).getPropertyValue('--surface').trim();
  const text = getComputedStyle(document.documentElement).getPropertyValue('--text').trim();
  const scale = Math.max(1, width) / Math.max(1, svg.clientWidth || width);
  const head = HEAD * scale;
  copy.setAttribute('xmlns', SPACE);
  copy.setAttribute('viewBox', `${box.x} ${box.y - head} ${width} ${height + head}`);
  copy.setAttribute('width', String(Math.round(width / scale)));
  copy.setAttribute('height', String(Math.round((height + head) / scale)));
  copy.setAttribute('font-family', FONT);
  const paper = (tall: number) => {
    const sheet = document.createElementNS(SPACE, 'rect');
    for (const [name, value] of [['x', box.x], ['y', box.y - head], ['width', width], ['height', tall], ['fill', surface]] as const) sheet.setAttribute(name, String(value));
    return sheet;
  };
  copy.prepend(paper(height + head));
  // What is drawn beyond its window does not run into the title.
  copy.append(paper(head));
  lines.forEach((line, index) => {
    const label = document.createElementNS(SPACE, 'text');
    for (const [name, value] of [['x', box.x + 8 * scale], ['y', box.y - head + (20 + index * 17) * scale], ['font-size', (index ? 12 : 14) * scale], ['fill', text]] as const) label.setAttribute(name, String(value));
    label.textContent = line;
    copy.append(label);
  });
  return new XMLSerializer().serializeToString(copy).replaceAll('<!---->', '');
}

export function save(text: string, type: string, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
