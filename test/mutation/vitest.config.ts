import { defineConfig } from 'vitest/config'

/** The tests of the core alone, for `npm run mutation`: they say what the core does without anything around it. */
export default defineConfig({
  test: { include: ['test/core/**/*.test.ts'], testTimeout: 10_000 },
})
