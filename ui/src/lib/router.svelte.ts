// Screens by address: `#/cases/cas-…?tab=contacts&ring=1`. Filters live here, identities never do.

type Query = Record<string, string>;

function read(): { path: string; query: Query } {
  const [path = '/', search = ''] = location.hash.slice(1).split('?');
  return { path: path || '/', query: Object.fromEntries(new URLSearchParams(search)) };
}

class Router {
  path = $state('/');
  query = $state.raw<Query>({});

  constructor() {
    this.take();
    addEventListener('hashchange', () => this.take());
  }

  private take(): void {
    const { path, query } = read();
    if (path !== this.path) requestAnimationFrame(() => scrollTo(0, 0));
    this.path = path;
    this.query = query;
  }

  get segments(): string[] {
    return this.path.split('/').filter(Boolean).map(decodeURIComponent);
  }

  go(address: string): void {
    location.hash = address;
  }

  /** The present screen with some filters changed; empty ones go away. */
  with(changes: Record<string, string | undefined>): string {
    return address(this.path, { ...this.query, ...changes });
  }

  set(changes: Record<string, string | undefined>): void {
    history.replaceState(null, '', this.with(changes));
    this.take();
  }
}

/** The address of a screen. */
export function address(path: string, query: Record<string, string | undefined> = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value) search.set(name, value);
  const text = search.toString();
  return `#${path}${text ? `?${text}` : ''}`;
}

export const router = new Router();

/** A screen's address that keeps the jurisdiction chosen in the header. */
export function to(path: string, query: Record<string, string | undefined> = {}): string {
  return address(path, { j: router.query.j, ...query });
}
