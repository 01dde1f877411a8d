// A community worker with a phone, and what happens when the phone has no signal.
import { expect, test } from '@playwright/test';
import { accessible, languages, signIn, translated, watch } from './help';

test.use({ viewport: { width: 390, height: 844 }, hasTouch: true });

for (const lang of languages) {
  test(`a community worker marks someone located and controlled (${lang})`, async ({ page }) => {
    const errors = watch(page);
    await signIn(page, 'community', lang);
    await expect(page).toHaveURL(/#\/mine/);
    const card = page.getByTestId('duty-card').first();
    await expect(card.getByTestId('countdown')).toBeVisible();
    await accessible(page);
    await translated(page, lang);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);

    const duty = await card.getAttribute('data-duty');
    const mine = page.locator(`[data-duty="${duty}"]`);
    await mine.getByTestId('show-details').click();
    await expect(mine.locator('a[href^="tel:"]').or(mine.locator('.reach .muted'))).toBeVisible();
    const button = mine.getByTestId('control');
    expect((await button.boundingBox())!.height).toBeGreaterThanOrEqual(56);
    await button.click();
    await expect(mine.getByTestId('stopped')).toBeVisible();
    await expect(mine.getByTestId('countdown')).toHaveCount(0);
    await accessible(page);
    expect(errors).toEqual([]);
  });
}

test('without a signal the work is kept on the phone, without identities, and sent later', async ({ page, context }) => {
  await signIn(page, 'community', 'zh');
  const duty = await page.getByTestId('duty-card').first().getAttribute('data-duty');
  const mine = page.locator(`[data-duty="${duty}"]`);
  await context.setOffline(true);
  await mine.getByTestId('control').click();
  await expect(mine.getByTestId('saved')).toBeVisible();
  await expect(page.getByTestId('offline')).toBeVisible();
  const kept = await page.evaluate(() => localStorage.getItem('firebreak.drafts')!);
  expect(Object.keys(JSON.parse(kept)[0]).sort()).toEqual(['at', 'duty', 'key', 'steps']);
  await accessible(page);
  await context.setOffline(false);
  await expect(page.getByTestId('offline')).toBeHidden({ timeout: 15_000 });
  expect(await page.evaluate(() => localStorage.getItem('firebreak.drafts'))).toBe('[]');
});

test('the desk sees the board and records steps', async ({ page }) => {
  const errors = watch(page);
  await page.setViewportSize({ width: 1440, height: 900 });
  await signIn(page, 'desk', 'zh');
  await expect(page).toHaveURL(/#\/locate/);
  await page.getByTestId('duty').first().waitFor();
  await accessible(page);
  await page.getByTestId('record-steps').first().click();
  await accessible(page);
  await page.keyboard.press('Escape');
  // A duty opens to the records that made it and to the rule that sets its deadline.
  const duty = page.getByTestId('duty').first();
  await duty.locator('summary').click();
  await expect(duty.getByTestId('evidence').first()).toBeVisible();
  await duty.getByTestId('rule').click();
  await expect(page.getByTestId('fact-drawer').getByTestId('rule-detail')).toContainText('24');
  await accessible(page);
  await page.keyboard.press('Escape');
  await page.setViewportSize({ width: 390, height: 844 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
  expect(errors).toEqual([]);
});
