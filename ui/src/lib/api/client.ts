// One way to the server: JSON in, JSON out, every refusal a `Problem`, no answer a `Problem` "offline".

export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly title: string,
    readonly detail?: string,
    readonly field?: string,
    /** After how many seconds it may be tried again. */
    readonly seconds?: number,
  ) {
    super(title);
  }

  /** Nothing reached the server, so nothing was decided: the request may be sent again as it is. */
  get offline(): boolean {
    return this.code === 'offline';
  }
}

let onSignedOut: () => void = () => {};
export function whenSignedOut(act: () => void): void {
  onSignedOut = act;
}

type Query = Record<string, string | number | undefined | null>;

export function url(path: string, query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') search.set(name, String(value));
  }
  const text = search.toString();
  return `/api/v1${path}${text ? `?${text}` : ''}`;
}

async function send<T>(method: string, address: string, body?: unknown): Promise<T> {
  const headers: Record<string, string> = { accept: 'application/json' };
  if (method !== 'GET') headers['x-firebreak'] = '1';
  let payload: BodyInit | undefined;
  if (body instanceof FormData) payload = body;
  else if (body instanceof Blob) {
    headers['content-type'] = body.type || 'text/plain';
    payload = body;
  } else if (body !== undefined) {
    headers['content-type'] = 'application/json';
    payload = JSON.stringify(body);
  }
  let response: Response;
  try {
    response = await fetch(address, { method, headers, body: payload, credentials: 'same-origin' });
  } catch {
    throw new Problem(0, 'offline', 'The server cannot be reached.');
  }
  const text = await response.text();
  let json: unknown;
  try {
    json = text === '' ? undefined : JSON.parse(text);
  } catch {
    json = undefined;
  }
  if (response.ok) return json as T;
  const given = (json ?? {}) as Partial<Problem>;
  // A gateway in between answers without our problem document: nobody here decided anything.
  const code = given.code ?? (response.status >= 502 ? 'offline' : 'unexpected');
  if (code === 'signed-out') onSignedOut();
  throw new Problem(response.status, code, given.title ?? response.statusText, given.detail, given.field, given.seconds);
}

export const get = <T>(path: string, query?: Query) => send<T>('GET', url(path, query));
export const post = <T>(path: string, body: unknown = {}) => send<T>('POST', url(path), body);
export const postTo = <T>(path: string, query: Query, body: unknown) => send<T>('POST', url(path, query), body);
/** A file as it is, under its own type. */
export const postRaw = <T>(path: string, body: Blob) => send<T>('POST', url(path), body);
export const put = <T>(path: string, body: unknown) => send<T>('PUT', url(path), body);
export const remove = <T>(path: string) => send<T>('DELETE', url(path));

/** A key under which the server carries an action out once, however often it arrives. */
export function newKey(): string {
  // `randomUUID` exists in secure contexts only, and a county office may serve plain HTTP on its own network.
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
