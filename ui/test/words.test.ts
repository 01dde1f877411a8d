import { describe, expect, it } from 'vitest';
import { en } from '../src/lib/words/en';
import { fill } from '../src/lib/words/fill';
import { zh } from '../src/lib/words/zh';

/** Gaps that show a value; a choice between one and many is English's own. */
const gaps = (text: string) => [...new Set([...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]))].sort();

const components: Record<string, string> = import.meta.glob('../src/**/*.svelte', { query: '?raw', import: 'default', eager: true });

describe('the dictionary', () => {
  it('has the same keys and the same gaps in both languages', () => {
    expect(Object.keys(en)).toEqual(Object.keys(zh));
    for (const [key, text] of Object.entries(zh)) {
      expect(gaps(en[key as keyof typeof zh]), key).toEqual(gaps(text));
    }
  });
  it('leaves no Chinese in English', () => {
    for (const [key, text] of Object.entries(en)) expect(text, key).not.toMatch(/[\u4e00-\u9fff]/);
  });
  it('holds every Chinese text: components have none of their own', () => {
    const own = Object.entries(components).filter(([, source]) => {
      const markup = source.replace(/\/\/.*$/gm, '').replace('<b lang="zh-CN">演练</b>', '').replaceAll("'中文'", '');
      return /[\u4e00-\u9fff]/.test(markup);
    });
    expect(Object.keys(components).length).toBeGreaterThan(20);
    expect(own.map(([file]) => file)).toEqual([]);
  });
});

describe('gaps', () => {
  it('take values and choose between one and many', () => {
    expect(fill('{n} {n|duty|duties}', { n: 1 }, 'en')).toBe('1 duty');
    expect(fill('{n} {n|duty|duties}', { n: 3120 }, 'en')).toBe('3,120 duties');
    expect(fill('剩 {time}', { time: '1:10' }, 'zh')).toBe('剩 1:10');
  });
  it('that nobody fills stay visible', () => {
    expect(fill('{n}', {}, 'en')).toBe('{n}');
  });
});
