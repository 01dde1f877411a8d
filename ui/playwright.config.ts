import { defineConfig } from '@playwright/test';
import { args, executablePath } from './e2e/browser';

// Runs against a server that is already there: FIREBREAK_URL, with the accounts of FIREBREAK_ACCOUNTS.
export default defineConfig({
  testDir: 'e2e',
  fullyParallel: false,
  workers: 1,
  timeout: 120_000, // Axe on a full board takes long where cores are shared.
  expect: { timeout: 10_000 },
  reporter: [['list']],
  outputDir: 'test-results',
  use: {
    baseURL: process.env.FIREBREAK_URL ?? 'http://127.0.0.1:4780',
    timezoneId: 'America/New_York', // Times are China's wherever the device believes itself to be.
    screenshot: 'only-on-failure',
    launchOptions: { executablePath, args },
  },
});
