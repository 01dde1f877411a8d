// Pictures of every screen, in both languages and themes, on a desk and on a phone, with axe run on each.
// Needs a server at FIREBREAK_URL (the mock will do) and accounts in FIREBREAK_ACCOUNTS. Run: npm run shots -- OUT [filter]
import { AxeBuilder } from '@axe-core/playwright';
import { chromium } from '@playwright/test';
import { mkdirSync } from 'node:fs';

const base = process.env.FIREBREAK_URL ?? 'http://127.0.0.1:4780';
const accounts = JSON.parse(
  process.env.FIREBREAK_ACCOUNTS ??
    JSON.stringify([['zhihui', 'command'], ['liudiao', 'investigator'], ['xiecha', 'desk'], ['wangge', 'community'], ['guanli', 'admin'], ['ducha', 'inspector']].map(([name, role]) => ({ name, role, password: 'a-mock-password' }))),
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
  command: ['command', async (page) => {
    await page.goto(`${base}/#/command`);
    await page.getByTestId('next-things').waitFor();
  }],
  wall: ['command', async (page) => {
    await page.goto(`${base}/#/command?wall=1`);
    await page.getByTestId('wall-numbers').waitFor();
  }],
  more: ['command', async (page) => {
    await page.goto(`${base}/#/mine`);
    if (await page.getByTestId('nav-more').isVisible()) await page.getByTestId('nav-more').click();
  }],
  'mine-all': ['community', async (page) => {
    await page.goto(`${base}/#/mine`);
    await page.getByTestId('board-card').first().waitFor();
    await page.getByTestId('board-card').first().scrollIntoViewIfNeeded();
  }],
  duties: ['command', async (page) => {
    await page.goto(`${base}/#/duties`);
    await page.getByTestId('board-row').first().waitFor();
  }],
  bulk: ['command', async (page) => {
    await page.goto(`${base}/#/duties`);
    await page.getByTestId('choose-all').check();
    await page.getByTestId('bulk-pause').click();
    await page.getByTestId('reason').selectOption('weather');
    await page.getByTestId('preview').click();
    await page.getByTestId('act-preview').waitFor();
  }],
  duty: ['command', async (page) => {
    await page.goto(`${base}/#/duties?kind=order`);
    await page.getByTestId('board-row').first().getByRole('link').first().click();
    await page.getByTestId('parties').waitFor();
  }],
  act: ['community', async (page) => {
    await page.goto(`${base}/#/mine`);
    await page.getByTestId('board-card').first().getByTestId('act-complete').click();
  }],
  roster: ['desk', async (page) => page.goto(`${base}/#/roster`)],
  week: ['desk', async (page) => {
    await page.goto(`${base}/#/roster/week`);
    await page.getByTestId('shift').first().waitFor();
  }],
  gap: ['desk', async (page) => {
    await page.goto(`${base}/#/roster/week`);
    await page.getByTestId('fill-first').click();
    await page.locator('dialog input[type=radio]').first().check();
    await page.getByTestId('act').click();
    await page.getByTestId('clashes').waitFor();
  }],
  'my-shifts': ['community', async (page) => page.goto(`${base}/#/roster/mine`)],
  posts: ['desk', async (page) => page.goto(`${base}/#/roster/posts`)],
  headquarters: ['command', async (page) => page.goto(`${base}/#/roster/headquarters`)],
  reports: ['desk', async (page) => page.goto(`${base}/#/reports`)],
  draft: ['desk', async (page) => {
    await page.goto(`${base}/#/reports`);
    await page.getByTestId('draft').first().click();
    await page.getByTestId('report-items').waitFor();
  }],
  report: ['command', async (page) => {
    await page.goto(`${base}/#/reports`);
    await page.getByTestId('report').locator('a').first().click();
    await page.getByTestId('report-values').waitFor();
  }],
  'roll-up': ['command', async (page) => page.goto(`${base}/#/reports/roll-up`)],
  'case-reports': ['command', async (page) => page.goto(`${base}/#/reports/cases`)],
  letters: ['desk', async (page) => page.goto(`${base}/#/letters`)],
  letter: ['desk', async (page) => {
    await page.goto(`${base}/#/letters`);
    await page.getByTestId('letter').first().getByRole('link').first().click();
    await page.getByTestId('letter-people').waitFor();
  }],
  'letter-write': ['desk', async (page) => {
    await page.goto(`${base}/#/letters/out`);
    await page.getByTestId('write-letter').click();
    await page.getByTestId('letter-to').selectOption({ index: 1 });
    await page.getByTestId('letter-case').selectOption({ index: 1 });
    await page.getByTestId('preview').click();
    await page.getByTestId('letter-preview').waitFor();
  }],
  mail: ['desk', async (page) => page.goto(`${base}/#/letters/mail`)],
  deployments: ['admin', async (page) => page.goto(`${base}/#/letters`)],
  levels: ['command', async (page) => page.goto(`${base}/#/levels`)],
  'level-switch': ['command', async (page) => {
    await page.goto(`${base}/#/levels`);
    await page.getByTestId('switch-emergency').click();
    await page.getByTestId('level-change').waitFor();
  }],
  orders: ['command', async (page) => page.goto(`${base}/#/orders`)],
  order: ['command', async (page) => {
    await page.goto(`${base}/#/orders`);
    await page.getByTestId('order').first().getByRole('link').first().click();
    await page.getByTestId('addressees').waitFor();
  }],
  'order-give': ['command', async (page) => {
    await page.goto(`${base}/#/orders`);
    await page.getByTestId('give-order').click();
    await page.getByTestId('order-text').fill('今晚 24 时前完成隔离点清点');
    await page.getByTestId('level-county').check();
    await page.getByTestId('preview').click();
    await page.getByTestId('order-preview').waitFor();
  }],
  meetings: ['command', async (page) => page.goto(`${base}/#/orders/meetings`)],
  meeting: ['command', async (page) => {
    await page.goto(`${base}/#/orders/meetings`);
    await page.getByTestId('meetings').getByRole('link').first().click();
    await page.getByTestId('left-undone').waitFor();
  }],
  findings: ['inspector', async (page) => page.goto(`${base}/#/inspections`)],
  finding: ['inspector', async (page) => {
    await page.goto(`${base}/#/inspections`);
    await page.getByTestId('findings').getByRole('link').first().click();
    await page.getByTestId('parties').first().waitFor();
  }],
  accountability: ['inspector', async (page) => page.goto(`${base}/#/inspections/accountability`)],
  samples: ['inspector', async (page) => page.goto(`${base}/#/inspections/samples`)],
  sample: ['inspector', async (page) => {
    await page.goto(`${base}/#/inspections/samples`);
    await page.getByTestId('samples').getByRole('link').first().click();
    await page.getByTestId('sample').waitFor();
  }],
  ledger: ['inspector', async (page) => page.goto(`${base}/#/ledger`)],
  'ledger-open': ['inspector', async (page) => {
    await page.goto(`${base}/#/ledger`);
    await page.getByTestId('ledger').getByRole('link').first().click();
    await page.getByTestId('board-row').first().waitFor();
    await page.getByTestId('board').scrollIntoViewIfNeeded();
  }],
  capacity: ['command', async (page) => page.goto(`${base}/#/capacity`)],
  aid: ['command', async (page) => page.goto(`${base}/#/capacity/aid`)],
  reads: ['inspector', async (page) => page.goto(`${base}/#/reads`)],
  bursts: ['inspector', async (page) => page.goto(`${base}/#/reads/bursts`)],
  glass: ['inspector', async (page) => page.goto(`${base}/#/reads/glass`)],
  account: ['investigator', async (page) => page.goto(`${base}/#/account`)],
  enrol: ['investigator', async (page) => {
    await page.goto(`${base}/#/account`);
    await page.getByTestId('enrol').click();
    await page.getByTestId('factor-password').fill('a-mock-password');
    await page.getByTestId('factor-go').click();
    await page.getByTestId('secret').waitFor();
  }],
  invitation: ['admin', async (page) => {
    await page.goto(`${base}/#/accounts`);
    await page.getByTestId('account-name').fill('xinren');
    await page.getByTestId('jurisdiction-list').last().selectOption({ index: 0 });
    await page.getByTestId('invite').click();
    await page.getByTestId('invitation-code').waitFor();
  }],
  join: ['', async (page) => {
    await page.goto(`${base}/#/join?code=good`);
    await page.getByTestId('join').waitFor();
  }],
  palette: ['command', async (page) => {
    await page.goto(`${base}/#/command`);
    await page.getByTestId('next-things').waitFor();
    await page.keyboard.press('Control+k');
    await page.getByTestId('palette').fill('39');
  }],
  flags: ['investigator', async (page) => {
    await openCase(page, 'flags');
    await page.getByTestId('purpose-investigation').check();
    await page.getByTestId('show-present').click();
    await page.getByTestId('flag').first().waitFor();
  }],
  'what-if': ['investigator', async (page) => {
    await openCase(page, 'what-if');
    await page.getByTestId('what-if-plan').selectOption({ index: 1 });
    await page.getByTestId('purpose-investigation').check();
    await page.getByTestId('show-present').click();
    await page.getByTestId('what-if').waitFor();
  }],
  wave: ['command', async (page) => {
    await page.goto(`${base}/#/diseases/covid-19/wave`);
    await page.getByTestId('purpose-locating').check();
    await page.getByTestId('show-present').click();
    await page.getByTestId('wave').waitFor();
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
    if (filter && !new RegExp(filter).test(`${name}-${variant}`)) continue;
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
      await page.screenshot({ path: `${out}/${name}-${variant}.png`, fullPage: process.env.FULL === '1' });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      if (wide > 0) console.log(`  ${name} ${variant}: ${wide}px too wide`);
      const { violations } = await new AxeBuilder({ page }).analyze();
      for (const one of violations) {
        bad += 1;
        console.log(`  ${name} ${variant} axe ${one.id}: ${one.nodes.slice(0, 2).map((node) => `${node.target} ${node.any[0]?.message ?? node.failureSummary}`).join(' | ')}`);
      }
    } catch (error) {
      bad += 1;
      console.log(`  ${name} ${variant} FAILED: ${error.message.split('\n').slice(0, 3).join(' ')}`);
    }
    await context.close();
  }
}
await browser.close();
console.log(bad === 0 ? 'no findings' : `${bad} findings`);
