// Two records turn out to be one person, and then not: both are derived again, each way.
import { expect, test } from '@playwright/test';
import { accessible, languages, signIn, watch } from './help';

for (const lang of languages) {
  test(`two records become one person and two again (${lang})`, async ({ page }) => {
    const errors = watch(page);
    await signIn(page, 'investigator', lang);
    // Somebody restricted, and a second record of them that an office made without knowing.
    const [known, second, phone] = await page.evaluate(async (number) => {
      const headers = { 'content-type': 'application/json', 'x-firebreak': '1' };
      const ask = (path: string, body?: unknown) =>
        fetch(`/api/v1${path}`, body ? { method: 'POST', headers, body: JSON.stringify(body) } : undefined).then((answer) => answer.json());
      const duty = (await ask('/duties?state=done&limit=1')).rows[0];
      const made = await ask('/people', { name: '甲乙', phone: number, jurisdiction: duty.jurisdiction });
      return [duty.person, made.person, number];
    }, `100${String(Date.now()).slice(-8)}`);

    await page.goto(`/#/people/${second}`);
    await expect(page.getByTestId('status').first()).toHaveAttribute('data-colour', 'green');
    await page.goto(`/#/people/${known}`);
    await page.getByTestId('requirement').first().waitFor();
    const before = await page.getByTestId('requirement').count();
    await page.getByTestId('merge').click();
    await page.locator('dialog select').first().selectOption('phone');
    await page.getByTestId('person-value').fill(phone!);
    await page.getByTestId('person-search').click();
    await page.locator('dialog').getByText('甲*').first().click();
    await accessible(page);
    await page.getByTestId('preview').click();
    await page.getByTestId('confirm').click();
    await page.getByTestId('done').click();

    // Either id now opens to the one person, restricted as before.
    await page.goto(`/#/people/${second}`);
    await expect(page.getByTestId('requirement')).toHaveCount(before);
    await page.getByTestId('split').click(); // Nothing to fill in: what follows is shown at once.
    await page.getByTestId('confirm').click();
    await page.getByTestId('done').click();
    await page.goto('/#/cases');
    await page.goto(`/#/people/${second}`);
    await expect(page.getByTestId('status').first()).toHaveAttribute('data-colour', 'green');
    await page.goto(`/#/people/${known}`);
    await expect(page.getByTestId('requirement')).toHaveCount(before);
    expect(errors).toEqual([]);
  });
}
