// A file with good and bad rows: what was good is kept, what was bad comes back to be corrected.
import { expect, test } from '@playwright/test';
import { accessible, languages, signIn, translated, watch } from './help';

for (const lang of languages) {
  test(`a line list is mapped, checked and imported (${lang})`, async ({ page }) => {
    const errors = watch(page);
    await signIn(page, 'investigator', lang);
    await page.goto('/#/import');
    const rows = [`${lang}-1,2026-11-20,女,34`, `${lang}-2,2026-13-45,男,41`, `${lang}-3,2026-11-21,男,7`];
    const buffer = Buffer.from(`编号,发病日期,性别,年龄\n${rows.join('\n')}\n`);
    await page.getByTestId('file').setInputFiles({ name: 'cases.csv', mimeType: 'text/csv', buffer });
    await expect(page.getByTestId('mapping')).toContainText('发病日期');
    await accessible(page);
    await page.getByTestId('check').click();
    await expect(page.getByTestId('checked')).toContainText('2026-13-45');
    await accessible(page);
    await translated(page, lang);
    await page.getByTestId('run').click();
    const done = page.getByTestId('imported');
    await expect(done).toBeVisible();
    const download = page.waitForEvent('download');
    await done.getByRole('link').first().click();
    const stream = await (await download).createReadStream();
    let text = '';
    for await (const chunk of stream) text += chunk;
    expect(text).toContain(`${lang}-2`);
    expect(text).toContain('error_problem');
    expect(text).not.toContain(`${lang}-1`);
    expect(errors).toEqual([]);
  });
}
