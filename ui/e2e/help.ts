import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

export type Lang = 'zh' | 'en';
export const languages: Lang[] = ['zh', 'en'];

interface Account {
  name: string;
  password: string;
  role: string;
  jurisdiction?: string;
}
const mock = [
  ['zhihui', 'command'],
  ['liudiao', 'investigator'],
  ['xiecha', 'desk'],
  ['wangge', 'community'],
  ['guanli', 'admin'],
].map(([name, role]) => ({ name, role, password: 'a-mock-password' })) as Account[];
const accounts: Account[] = process.env.FIREBREAK_ACCOUNTS ? JSON.parse(process.env.FIREBREAK_ACCOUNTS) : mock;

/** People to record a positive result for, one id for each language; without them, contacts of the largest case. */
export const people: string[] = process.env.FIREBREAK_PEOPLE ? JSON.parse(process.env.FIREBREAK_PEOPLE) : [];

/** Every error the page reports; a test ends by asserting that there is none. */
export function watch(page: Page): string[] {
  const errors: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') errors.push(message.text());
  });
  page.on('pageerror', (error) => errors.push(error.message));
  return errors;
}

export function has(role: string): boolean {
  return accounts.some((one) => one.role === role);
}

export const signIn = (page: Page, role: string, lang: Lang) => signInAt(page, 'FIREBREAK_ACCOUNTS', role, lang);

/** Signs in with an account of those that the variable lists. */
export async function signInAt(page: Page, variable: string, role: string, lang: Lang): Promise<void> {
  const listed = variable === 'FIREBREAK_ACCOUNTS' ? accounts : (JSON.parse(process.env[variable] ?? '[]') as Account[]);
  const account = listed.find((one) => one.role === role);
  if (!account) throw new Error(`${variable} has no account with the role ${role}`);
  await page.addInitScript((chosen) => localStorage.setItem('firebreak.language', chosen), lang);
  await page.goto('/');
  await expect(page.locator('html')).toHaveAttribute('lang', lang === 'zh' ? 'zh-CN' : 'en');
  await page.getByTestId('name').fill(account.name);
  await page.getByTestId('password').fill(account.password);
  await page.getByTestId('sign-in').click();
  await page.getByTestId('jurisdiction').waitFor();
}

export async function accessible(page: Page): Promise<void> {
  // Endless refreshes aside, a screen is judged once it stands still.
  await page.waitForTimeout(350);
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(' ')).join(', ')}`)).toEqual([]);
}

/** No text in the wrong language is asked for by key, so an untranslated one would show its key. */
export async function translated(page: Page, lang: Lang): Promise<void> {
  const text = await page.locator('body').innerText();
  expect(text).not.toMatch(/\{\w+\}|\bundefined\b|\bNaN\b/);
  if (lang === 'en') await expect(page.locator('nav').first()).not.toHaveText(/[\u4e00-\u9fff]/);
}
