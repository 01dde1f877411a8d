import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

const api = process.env.FIREBREAK_URL ?? 'http://127.0.0.1:4780';

export default defineConfig({
  plugins: [svelte()],
  build: { target: 'es2022', assetsInlineLimit: 0, chunkSizeWarningLimit: 1000 },
  server: { host: '127.0.0.1', proxy: { '/api': { target: api } } },
  test: { include: ['test/**/*.test.ts'], environment: 'node' },
});
