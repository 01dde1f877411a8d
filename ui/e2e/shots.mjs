// Pictures of every screen, in both languages and themes, on a desk and on a phone, with axe run on each.
// Needs a server at FIREBREAK_URL (the mock will do) and accounts in FIREBREAK_ACCOUNTS. Run: npm run shots -- OUT [filter]
import { AxeBuilder } from '@axe-core/playwright';
import { chromium } from '@playwright/test';
import { mkdirSync } from 'node:fs';

const base = process.env.FIREBREAK_URL ?? 'http://127.0.0.1:4780';
const accounts = JSON.parse(
  process.env.FIREBREAK_ACCOUNTS ??
    JSON.stringify([['zhihui', 'command'], ['liudiao', 'investigator'], ['xiecha', 'desk'], ['wangge', 'community'], ['guanli', 'admin']].map(([name, role]) => ({ name, role, password: 'a-mock-password' }))),
);
const out = process.argv[2] ?? 'test-results/shots';
const filter = process.argv[3] ?? '';
mkdirSync(out, { recursive: true });

const openCase = async (page, tab) => {
  await page.getByTestId('case-link').first().waitFor();
  const href = await page.getByTestId('case-link').evaluateAll((links) => links.map((link) => [link.getAttribute('href'), Number(link.closest('tr').querySelectorAll('td.num')[1].textContent)]).sort((a, b) => b[1] - a[1])[0][0]);
  await page.goto(`${base}/${href}${tab ? `?tab=${tab}` : ''}`);
};
const screens = {
  situation: ['command', async (page) => page.goto(`${base}/#/situation`)],
  cases: ['investigator', async (page) => page.goto(`${base}/#/cases`)],
  case: ['investigator', (page) => openCase(page, '')],
  trajectory: ['investigator', (page) => openCase(page, 'trajectory')],
  contacts: ['investigator', async (page) => {
    await openCase(page, 'contacts');
    await page.getByTestId('why').first().click();
  }],
  assign: ['investigator', async (page) => {
    await openCase(page, 'contacts');
    await page.getByTestId('choose-all').click();
    await page.getByTestId('assign').click();
    await page.locator('dialog input[type=radio]').first().check();
    await page.getByTestId('preview').click();
    await page.getByTestId('assign-preview').waitFor();
  }],
  graph: ['investigator', async (page) => {
    await openCase(page, 'graph');
    await page.getByTestId('group').first().waitFor();
  }],
  'graph-table': ['investigator', async (page) => {
    await openCase(page, 'graph');
    await page.getByTestId('graph').waitFor();
    await page.keyboard.press('m');
  }],
  moment: ['investigator', async (page) => {
    await openCase(page, 'trajectory');
    await page.getByTestId('slider').waitFor();
    for (let n = 0; n < 4; n += 1) await page.keyboard.press(']');
  }],
  unit: ['investigator', async (page) => {
    await openCase(page, 'trajectory');
    await page.getByTestId('trajectory').getByTestId('place').first().click();
    await page.getByTestId('purpose-investigation').check();
    await page.getByTestId('show-present').click();
    await page.getByTestId('present-total').waitFor();
  }],
  'unit-top': ['investigator', async (page) => {
    await openCase(page, 'trajectory');
    await page.getByTestId('trajectory').getByTestId('place').first().click();
    await page.getByTestId('show-present').waitFor();
  }],
  tree: ['command', async (page) => {
    await page.goto(`${base}/#/situation`);
    await page.getByTestId('open-tree').first().click();
    await page.getByTestId('tree-case').nth(2).click();
    await page.getByTestId('candidates').waitFor();
  }],
  'tree-table': ['command', async (page) => {
    await page.goto(`${base}/#/situation`);
    await page.getByTestId('open-tree').first().click();
    await page.getByTestId('tree').waitFor();
    await page.keyboard.press('m');
  }],
  chain: ['investigator', (page) => openCase(page, 'chain')],
  spillover: ['investigator', async (page) => {
    await openCase(page, 'spillover');
    await page.getByTestId('destination').first().click();
  }],
  connection: ['investigator', async (page) => {
    await openCase(page, 'contacts');
    await page.getByTestId('contact-person').nth(5).click();
    await page.getByTestId('connection').click();
  }],
  index: ['command', async (page) => {
    await page.goto(`${base}/#/situation`);
    await page.getByTestId('index').scrollIntoViewIfNeeded();
  }],
  lists: ['investigator', (page) => openCase(page, 'lists')],
  evidence: ['investigator', async (page) => {
    await openCase(page, 'contacts');
    await page.getByTestId('why').nth(4).click();
    await page.getByTestId('evidence').first().click();
    await page.getByTestId('rule-detail').waitFor();
  }],
  positive: ['investigator', async (page) => {
    await openCase(page, '');
    await page.getByTestId('record-positive').click();
    await page.getByTestId('preview').click();
    await page.getByTestId('consequence-preview').waitFor();
  }],
  locate: ['desk', async (page) => page.goto(`${base}/#/locate`)],
  person: ['investigator', async (page) => {
    await openCase(page, 'contacts');
    await page.getByTestId('contact-person').nth(5).click();
    await page.getByTestId('requirement').first().waitFor();
  }],
  people: ['investigator', async (page) => page.goto(`${base}/#/people`)],
  mine: ['community', async (page) => {
    await page.goto(`${base}/#/mine`);
    await page.getByTestId('show-details').first().click();
  }],
  import: ['desk', async (page) => {
    await page.goto(`${base}/#/import`);
    await page.getByTestId('file').setInputFiles({ name: 'list.csv', mimeType: 'text/csv', buffer: Buffer.from('a,b\n1,2\n') });
    await page.getByTestId('check').click();
    await page.getByTestId('checked').waitFor();
  }],
  accounts: ['admin', async (page) => page.goto(`${base}/#/accounts`)],
  'sign-in': ['', async (page) => page.goto(base)],
};
const variants = [
  ['zh-desk-light', 'zh-CN', 'light', { width: 1440, height: 900 }],
  ['en-phone-dark', 'en-GB', 'dark', { width: 390, height: 844 }],
  ['en-desk-dark', 'en-GB', 'dark', { width: 1440, height: 900 }],
  ['zh-phone-light', 'zh-CN', 'light', { width: 390, height: 844 }],
];
const browser = await chromium.launch({ executablePath: process.env.FIREBREAK_CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'] });
let bad = 0;
for (const [variant, locale, colorScheme, viewport] of variants) {
  for (const [name, [role, open]] of Object.entries(screens)) {
    if (filter && !`${name}-${variant}`.match(filter)) continue;
    const context = await browser.newContext({ locale, colorScheme, viewport, hasTouch: viewport.width < 500 });
    const page = await context.newPage();
    page.on('console', (message) => ['error', 'warning'].includes(message.type()) && console.log(`  ${name} ${variant} console: ${message.text()}`));
    page.on('pageerror', (error) => console.log(`  ${name} ${variant} error: ${error.message}`));
    try {
      if (role) {
        const account = accounts.find((one) => one.role === role);
        await page.goto(base);
        await page.getByTestId('name').fill(account.name);
        await page.getByTestId('password').fill(account.password);
        await page.getByTestId('sign-in').click();
        await page.getByTestId('jurisdiction').waitFor();
      }
      await open(page);
      await page.waitForTimeout(450);
      await page.screenshot({ path: `${out}/${name}-${variant}.png`, fullPage: false && !['evidence', 'positive'].includes(name) });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      if (wide > 0) console.log(`  ${name} ${variant}: ${wide}px too wide`);
      const { violations } = await new AxeBuilder({ page }).analyze();
      for (const one of violations) {
        bad += 1;
        console.log(`  ${name} ${variant} axe ${one.id}: ${one.nodes.slice(0, 2).map((node) => `${node.target} ${node.any[0]?.message ?? node.failureSummary}`).join(' | ')}`);
      }
    } catch (error) {
      bad += 1;
      console.log(`  ${name} ${variant} FAILED: ${error.message.split('\n')[0]}`);
    }
    await context.close();
  }
}
await browser.close();
console.log(bad === 0 ? 'no findings' : `${bad} findings`);
