// Every text that people read. Chinese is the source; English has the same keys, or it does not compile.

import type { Names } from '../api/types';
import { fill } from './fill';
import { en } from './en';
import { zh } from './zh';
import type { Key } from './zh';

export type { Key };
export type Lang = 'zh' | 'en';
const STORE = 'firebreak.language';
const dictionaries: Record<Lang, Record<Key, string>> = { zh, en };

class Language {
  now = $state<Lang>('zh');

  constructor() {
    const chosen = localStorage.getItem(STORE);
    this.now = chosen === 'zh' || chosen === 'en' ? chosen : navigator.language.startsWith('zh') ? 'zh' : 'en';
    this.mark();
  }

  set(lang: Lang): void {
    this.now = lang;
    localStorage.setItem(STORE, lang);
    this.mark();
  }

  private mark(): void {
    document.documentElement.lang = this.now === 'zh' ? 'zh-CN' : 'en';
  }
}

export const language = new Language();

/** The text under `key`, with its gaps filled. */
export function t(key: Key, gaps: Record<string, string | number> = {}): string {
  return fill(dictionaries[language.now][key], gaps, language.now);
}

/** The text for a code that comes from the server; the code itself, readable, when it is new to us. */
export function coded(group: string, code: string | undefined | null, gaps: Record<string, string | number> = {}): string {
  if (!code) return '—';
  const key = `${group}.${code}`;
  return key in zh ? t(key as Key, gaps) : code.replaceAll('-', ' ');
}

export function knows(group: string, code: string): boolean {
  return `${group}.${code}` in zh;
}

/** What something is counted in: a name that came with it, or a code of ours. */
export function unit(of: Names | string | undefined | null): string {
  if (!of) return '';
  return typeof of === 'string' ? coded('in', of) : named(of);
}

/** A name in the language chosen, or in the one it has. */
export function named(name: Names | undefined | null): string {
  if (!name) return '';
  return name[language.now] || name.zh || name.en;
}
