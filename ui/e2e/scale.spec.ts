// Tracing at the scale of a province: lists, drawings and exports that stay usable with thousands of people in them.
import { expect, test, type Page } from '@playwright/test';
import { readFile } from 'node:fs/promises';
import { accessible, languages, signIn, translated, watch } from './help';

/** Opens a tab of the case with the most contacts. */
async function openCase(page: Page, tab: string): Promise<string> {
  await page.goto('/#/cases');
  await page.getByTestId('case-link').first().waitFor();
  const href = await page.getByTestId('case-link').evaluateAll((links) => {
    const size = (link: Element) => [...link.closest('tr')!.querySelectorAll('td.num')].slice(0, 2).reduce((sum, cell) => sum + Number(cell.textContent), 0);
    return links.sort((a, b) => size(b) - size(a))[0]!.getAttribute('href')!;
  });
  await page.goto(`/${href.replace(/\?.*/, '')}?tab=${tab}`);
  await page.getByTestId(`tab-${tab}`).waitFor();
  return href.match(/case-[0-9a-z]+/)![0];
}
const shown = async (page: Page) => Number((await page.getByTestId('contacts-total').innerText()).match(/[\d,]+/g)!.map((n) => n.replaceAll(',', ''))[0]);
async function saved(page: Page, click: () => Promise<void>): Promise<{ name: string; text: string }> {
  const [download] = await Promise.all([page.waitForEvent('download'), click()]);
  return { name: download.suggestedFilename(), text: await readFile((await download.path())!, 'utf8') };
}
const fits = async (page: Page) => expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);

for (const lang of languages) {
  test(`contacts are filtered, opened, chosen and assigned (${lang})`, async ({ page }) => {
    const errors = watch(page);
    await signIn(page, 'investigator', lang);
    await openCase(page, 'contacts');
    await page.getByTestId('contact').first().waitFor();
    await accessible(page);
    await translated(page, lang);

    // Why this rank: the parts of the score, each with its number.
    await page.keyboard.press('j');
    await expect(page.getByTestId('contact-person').first()).toBeFocused();
    await page.keyboard.press(' ');
    await expect(page.getByTestId('score-parts').first()).toContainText(/\d\.\d\d/);
    await accessible(page);
    await page.keyboard.press(' ');
    await expect(page.getByTestId('score-parts')).toHaveCount(0);

    // A filter says how many it leaves, and leaves so many.
    const state = page.getByTestId('filter-state');
    const option = state.locator('option[value="to-find"]');
    const promised = Number((await option.innerText()).match(/\(([\d,]+)\)/)![1]!.replaceAll(',', ''));
    await state.selectOption('to-find');
    await expect(page.getByTestId('badge-state')).toBeVisible();
    await expect.poll(() => page.getByTestId('contacts-total').innerText()).toContain(promised.toLocaleString('en'));
    await accessible(page);

    // X chooses, Shift chooses a stretch, A assigns.
    await page.getByTestId('contact-person').first().focus();
    await page.keyboard.press('x');
    await expect(page.getByTestId('chosen')).toContainText('1');
    for (let n = 0; n < 3; n += 1) await page.keyboard.press('j');
    await page.keyboard.press('Shift+X');
    await expect(page.getByTestId('chosen')).toContainText('4');
    await page.keyboard.press('a');
    const dialog = page.locator('dialog');
    await dialog.locator('input[type=radio]').first().check();
    const name = await dialog.locator('input[type=radio]').first().inputValue();
    await accessible(page);
    await page.getByTestId('preview').click();
    await expect(page.getByTestId('assign-preview')).toContainText(name);
    await accessible(page);
    await page.getByTestId('confirm').click();
    await page.getByTestId('assign-done').waitFor();
    await page.getByTestId('done').click();
    await expect(page.getByTestId('contact').first()).toContainText(name);

    // The same for all that match, whoever is in view; then taken back.
    await page.getByTestId('choose-all').click();
    await page.getByTestId('assign').click();
    await dialog.locator('input[type=radio]').last().check();
    await page.getByTestId('preview').click();
    await expect(page.getByTestId('assign-preview')).toContainText('4');
    await page.getByTestId('confirm').click();
    await page.getByTestId('assign-done').waitFor();
    await page.getByTestId('done').click();
    await expect(page.getByTestId('contact').first()).not.toContainText(name);

    // The file holds what the list shows, under the same filter.
    const file = await saved(page, () => page.getByTestId('save-csv').click());
    expect(file.text.startsWith('\uFEFF')).toBe(true);
    expect(file.text.trimEnd().split('\n').length - 1).toBe(promised);

    // Nothing that fits is not nothing there.
    await page.keyboard.press('/');
    await expect(page.locator('#contacts-q')).toBeFocused();
    await page.keyboard.type('zzzz');
    await expect(page.locator('main .note').first()).toBeVisible();
    await page.getByTestId('badge-q').click();
    await page.getByTestId('badge-state').click();
    await expect(page.getByTestId('badge-state')).toHaveCount(0);
    expect(errors).toEqual([]);
  });

  test(`the graph groups people by place and opens their list (${lang})`, async ({ page }) => {
    const errors = watch(page);
    await signIn(page, 'investigator', lang);
    await openCase(page, 'graph');
    const groups = page.getByTestId('group');
    await groups.first().waitFor();
    await accessible(page);
    await translated(page, lang);
    // One stop for Tab, arrows within.
    expect(await page.locator('[data-testid=graph] [data-node][tabindex="0"]').count()).toBe(1);
    await groups.first().focus();
    await page.keyboard.press('ArrowDown');
    expect(await page.evaluate(() => document.activeElement?.hasAttribute('data-node'))).toBe(true);
    await expect(groups.first()).not.toBeFocused();

    const picture = await saved(page, () => page.getByTestId('save-svg').click());
    expect(/演练 EXERCISE/.test(picture.text)).toBe(true);
    expect(/var\(|href/.test(picture.text), 'colours resolved, links gone').toBe(false);

    await page.keyboard.press('m');
    await expect(page.getByTestId('graph-table')).toBeVisible();
    await accessible(page);
    await page.keyboard.press('m');
    const placed = page.locator('[data-testid=group][data-unit]').first();
    const contacts = Number(await placed.getAttribute('data-contacts'));
    await placed.focus();
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL(/tab=contacts.*unit=/);
    await expect.poll(() => shown(page).catch(() => -1)).toBeGreaterThan(0);
    const numbers = (await page.getByTestId('contacts-total').innerText()).match(/[\d,]+/g)!.map((n) => Number(n.replaceAll(',', '')));
    expect(numbers).toContain(contacts);
    expect(errors).toEqual([]);
  });

  test(`the moment moves by keyboard over strip, map and list (${lang})`, async ({ page }) => {
    const errors = watch(page);
    await signIn(page, 'investigator', lang);
    await openCase(page, 'trajectory');
    const slider = page.getByTestId('slider');
    await slider.waitFor();
    await accessible(page);
    const moment = page.getByTestId('moment');
    const whole = await moment.innerText();
    await slider.focus();
    await page.keyboard.press('Home');
    await expect(moment).not.toHaveText(whole);
    const before = await moment.innerText();
    await page.keyboard.press('ArrowRight');
    await expect(moment).not.toHaveText(before);
    expect(await slider.getAttribute('aria-valuetext')).toBe(await moment.innerText());
    await slider.blur();
    await page.keyboard.press(']');
    await expect(page.locator('[data-stay="0"]')).toHaveClass(/on/);
    await page.keyboard.press(']');
    await expect(page.locator('[data-stay="0"]')).not.toHaveClass(/on/);
    await accessible(page);
    // Every stay is in the list; those without a position are named as missing from the map.
    const stays = await page.locator('[data-stay]').count();
    const missing = await page.locator('[data-stay] .badge', { hasText: lang === 'zh' ? '位置未知' : 'position unknown' }).count();
    if (missing > 0) await expect(page.getByTestId('off-map')).toContainText(String(missing));
    if (missing < stays) await expect(page.getByTestId('map-stay').first()).toBeVisible();
    const file = await saved(page, () => page.getByTestId('save-csv').click());
    expect(file.text.trimEnd().split('\r\n').length - 1).toBe(stays);
    expect(errors).toEqual([]);
  });

  test(`a place shows who was there only for a purpose (${lang})`, async ({ page }) => {
    const errors = watch(page);
    await signIn(page, 'investigator', lang);
    await openCase(page, 'trajectory');
    await page.getByTestId('trajectory').getByTestId('place').first().click();
    await expect(page).toHaveURL(/#\/units\//);
    await page.getByTestId('unit-numbers').waitFor();
    await expect(page.getByTestId('present')).toHaveCount(0);
    await accessible(page);
    await page.getByTestId('show-present').click();
    await expect(page.getByRole('alert')).toBeVisible();
    await page.getByTestId('purpose-investigation').check();
    await page.getByTestId('show-present').click();
    await expect(page.getByTestId('present-total')).toContainText(/\d/);
    await expect(page.getByTestId('present').first()).toBeVisible();
    await accessible(page);
    await translated(page, lang);
    await page.keyboard.press('m');
    await expect(page.getByTestId('hours-table')).toBeVisible();
    expect(errors).toEqual([]);
  });

  test(`who infected whom, and what nobody explains (${lang})`, async ({ page }) => {
    const errors = watch(page);
    await signIn(page, 'command', lang);
    await page.goto('/#/situation');
    await page.getByTestId('open-tree').first().click();
    const cases = page.getByTestId('tree-case');
    await cases.first().waitFor();
    await accessible(page);
    await translated(page, lang);
    const drawn = await cases.count();
    await cases.first().focus();
    if (drawn > 1) {
      await page.keyboard.press('ArrowDown');
      await expect(cases.first()).not.toBeFocused();
    }
    await page.keyboard.press('Enter');
    await expect(page.getByTestId('candidates')).toBeVisible();
    await expect(page).toHaveURL(/of=case-/);
    await accessible(page);
    const picture = await saved(page, () => page.getByTestId('save-svg').click());
    expect(/演练 EXERCISE/.test(picture.text)).toBe(true);
    await page.keyboard.press('m');
    await expect(page.getByTestId('tree-table').locator('tbody tr')).toHaveCount(drawn);
    await accessible(page);
    const csv = await saved(page, () => page.getByTestId('save-csv').click());
    expect(csv.text.startsWith('\uFEFF')).toBe(true);
    expect(errors).toEqual([]);
  });

  test(`people who are elsewhere, and those of whom nobody knows (${lang})`, async ({ page }) => {
    const errors = watch(page);
    await signIn(page, 'investigator', lang);
    await openCase(page, 'spillover');
    await expect(page.getByTestId('spillover-finding')).toBeVisible();
    await expect(page.getByTestId('spillover-unknown')).toBeVisible();
    await accessible(page);
    await translated(page, lang);
    if ((await page.getByTestId('destination').count()) > 0) {
      await page.getByTestId('destination').first().click();
      await expect(page.getByTestId('spillover').locator('li').first()).toBeVisible();
      await accessible(page);
    }
    const csv = await saved(page, () => page.getByTestId('save-csv').click());
    expect(csv.text.startsWith('\uFEFF')).toBe(true);
    await page.getByTestId('tab-chain').click();
    await page.getByTestId('tree-case').first().waitFor();
    await accessible(page);
    expect(errors).toEqual([]);
  });

  test(`how two people are connected is asked for a purpose and answered in words (${lang})`, async ({ page }) => {
    const errors = watch(page);
    await signIn(page, 'investigator', lang);
    await page.getByTestId('case-link').first().waitFor();
    // The person of a case, and somebody whom no record shows with anyone.
    const number = `101${String(Date.now()).slice(-8)}`;
    const known = await page.evaluate(async (phone) => {
      const headers = { 'content-type': 'application/json', 'x-firebreak': '1' };
      const one = (await fetch('/api/v1/cases').then((answer) => answer.json()))[0];
      await fetch('/api/v1/people', { method: 'POST', headers, body: JSON.stringify({ name: '丙丁', phone, jurisdiction: one.jurisdiction }) });
      return one.person;
    }, number);
    await page.goto(`/#/people/${known}`);
    await page.getByTestId('connection').click();
    await page.getByTestId('connect').click();
    await expect(page.getByRole('alert')).toBeVisible();
    await page.locator('dialog select').first().selectOption('phone');
    await page.getByTestId('person-value').fill(number);
    await page.getByTestId('person-search').click();
    await page.getByTestId('chosen-person').waitFor();
    await page.getByTestId('connect').click();
    await expect(page.getByTestId('connection-found')).toBeVisible();
    await accessible(page);
    await translated(page, lang);
    expect(errors).toEqual([]);
  });

  test(`the state of the index of visits (${lang})`, async ({ page }) => {
    const errors = watch(page);
    await signIn(page, 'admin', lang);
    await expect(page.getByTestId('index')).toContainText(/\d/);
    await page.getByTestId('index').locator('summary').click();
    await accessible(page);
    await translated(page, lang);
    expect(errors).toEqual([]);
  });

  test(`the screens of a case hold on a phone (${lang})`, async ({ page }) => {
    const errors = watch(page);
    await page.setViewportSize({ width: 390, height: 844 });
    await signIn(page, 'investigator', lang);
    const id = await openCase(page, 'contacts');
    await page.getByTestId('contact').first().waitFor();
    for (const tab of ['contacts', 'graph', 'trajectory', 'chain', 'spillover']) {
      await page.goto(`/#/cases/${id}?tab=${tab}`);
      await page.waitForLoadState('networkidle').catch(() => {});
      await accessible(page);
      await fits(page);
    }
    expect(errors).toEqual([]);
  });
}

test('records that stopped arriving are said to have stopped, and a failure stays in its panel', async ({ page }) => {
  await signIn(page, 'investigator', 'zh');
  const id = await openCase(page, 'contacts');
  await page.getByTestId('contact').first().waitFor();
  await page.route('**/api/v1/cases/*/contacts?*', async (route) => {
    const answer = await route.fetch();
    const json = await answer.json();
    await route.fulfill({ response: answer, json: { ...json, traced_up_to: new Date(Date.parse(json.traced_up_to) - 3 * 86_400_000).toISOString() } });
  });
  await page.getByTestId('ring-1').click();
  await expect(page.getByTestId('traced').first()).toHaveClass(/stopped/);
  await accessible(page);
  await page.route('**/api/v1/cases/*/graph*', (route) => route.fulfill({ status: 500, contentType: 'application/problem+json', body: '{"code":"unexpected","title":"x"}' }));
  await page.goto(`/#/cases/${id}?tab=graph`);
  await expect(page.getByRole('alert')).toBeVisible();
  await expect(page.getByTestId('infectious')).toBeVisible();
  await accessible(page);
});

test('twenty thousand contacts open at once and scroll without a stutter', async ({ page }) => {
  const TOTAL = 20_000;
  await signIn(page, 'investigator', 'zh');
  await openCase(page, 'overview');
  let sample: Record<string, unknown> | undefined;
  await page.route('**/api/v1/cases/*/contacts?*', async (route) => {
    const query = new URL(route.request().url()).searchParams;
    sample ??= await (await route.fetch()).json();
    const [offset, limit] = [Number(query.get('offset') ?? 0), Number(query.get('limit') ?? 200)];
    const like = (sample!.rows as Record<string, unknown>[])[0]!;
    const rows = Array.from({ length: Math.max(0, Math.min(limit, TOTAL - offset)) }, (_, n) => ({ ...like, person: `per-${String(offset + n).padStart(13, '0')}`, rank: offset + n + 1, score: 1 - (offset + n) / TOTAL }));
    await route.fulfill({ json: { ...sample, total: TOTAL, unfiltered_total: TOTAL, rows } });
  });
  await page.evaluate(() => {
    const seen = ((window as unknown as { tasks: number[] }).tasks = []) as number[];
    new PerformanceObserver((list) => list.getEntries().forEach((entry) => seen.push(Math.round(entry.duration)))).observe({ type: 'longtask' });
  });
  const opened = await page.evaluate(
    () =>
      new Promise<number>((done) => {
        const started = performance.now();
        document.querySelector<HTMLElement>('[data-testid=tab-contacts]')!.click();
        const look = () => (document.querySelector('[data-testid=contact]') ? done(performance.now() - started) : requestAnimationFrame(look));
        look();
      }),
  );
  const scroll = await page.evaluate(async () => {
    const box = document.querySelector<HTMLElement>('[data-testid=contacts] .scroller')!;
    const frames: number[] = [];
    let before = performance.now();
    for (let step = 0; step < 240; step += 1) {
      box.scrollTop += step < 200 ? 300 : 30_000;
      await new Promise(requestAnimationFrame);
      const now = performance.now();
      frames.push(now - before);
      before = now;
    }
    frames.sort((a, b) => a - b);
    return { median: frames[120]!, p95: frames[228]!, most: frames[239]! };
  });
  await expect(page.getByTestId('contact').last()).toBeVisible();
  const tasks = await page.evaluate(() => (window as unknown as { tasks: number[] }).tasks);
  console.log(`opened in ${Math.round(opened)} ms; frames median ${scroll.median.toFixed(0)}, p95 ${scroll.p95.toFixed(0)}, most ${scroll.most.toFixed(0)} ms; long tasks ${JSON.stringify(tasks)}`);
  expect(opened).toBeLessThan(500); // 200 ms on its own; the test machine is shared, and the route adds its part.
  expect(scroll.p95).toBeLessThan(100);
  expect(Math.max(0, ...tasks)).toBeLessThan(200);
});
