import { defineConfig } from 'vitest/config'

/** Tests that start processes of their own and watch the clock: one at a time, when the others are done. */
const processes = ['test/processes/**/*.test.ts', 'test/kill/**/*.test.ts']
/** Fails a file whose log shows a credential or a text of users. */
const setupFiles = ['test/support/leak-guard.ts']

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'all',
          setupFiles,
          include: ['test/**/*.test.ts'],
          exclude: processes,
          testTimeout: 30_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'processes',
          setupFiles,
          include: processes,
          testTimeout: 120_000,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
