import { defineConfig } from 'vitest/config'

/**
 * The tests of the core alone, for `npm run mutation`: they say what the core does without anything around it. The test that counts
 * steps of work on large texts is left out: it would run for each mutant, and takes as long as all others together.
 */
export default defineConfig({
  test: {
    include: ['test/core/**/*.test.ts'],
    exclude: ['test/core/text/linear-work.test.ts'],
    testTimeout: 30_000,
    isolate: false,
  },
})
