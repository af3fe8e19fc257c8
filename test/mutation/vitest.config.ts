import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const fastCheck = fileURLToPath(new URL('./fast-check.ts', import.meta.url))

/**
 * The tests of the core alone, for `npm run mutation`: they say what the core does without anything around it. The test that counts
 * steps of work on large texts is left out: it would run for each mutant, and takes as long as all others together. Properties
 * are tried with fewer values.
 */
export default defineConfig({
  resolve: { alias: [{ find: /^fast-check$/, replacement: fastCheck }] },
  test: {
    include: ['test/core/**/*.test.ts'],
    exclude: ['test/core/text/linear-work.test.ts'],
    testTimeout: 30_000,
    isolate: false,
  },
})
