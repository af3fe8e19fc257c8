import { defineConfig } from 'vitest/config'

/** Tests that wait most of the time, for a browser, a deployment or the end of a lease, and may take long. */
const waiting = [
  'test/page/**/*.test.ts',
  'test/local/stack/**/*.test.ts',
  'test/local/demo/**/*.test.ts',
  'test/deployment/deploy.test.ts',
  'test/examples/**/*.test.ts',
  'test/plugins/tencent-scf/commands.test.ts',
  'test/scenarios/processes/dying-workers.test.ts',
  'test/scenarios/bots/**/*.test.ts',
  'test/scenarios/turns/**/*.test.ts',
]
/** Tests that fill the machine and watch the clock: one at a time, when all others are done. */
const alone = [
  'test/page/page.test.ts',
  'test/plugins/tencent-scf/mysql-functions.test.ts',
  'test/scenarios/processes/dying-writers.test.ts',
  'test/scenarios/processes/many-replies.test.ts',
  'test/scenarios/kill/**/*.test.ts',
]
/** Fails a file whose log shows a credential or a text of users. */
const setupFiles = ['test/support/leak-guard.ts']

/** More than there are cores on a small machine: some wait while others compute. */
const maxWorkers = 4

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'all',
          setupFiles,
          include: ['test/**/*.test.ts'],
          exclude: ['**/node_modules/**', ...waiting, ...alone],
          testTimeout: 30_000,
          maxWorkers,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'waiting',
          setupFiles,
          include: waiting,
          exclude: ['**/node_modules/**', ...alone],
          testTimeout: 120_000,
          maxWorkers,
          // Of the tests of a file that run side by side: each has a browser's page and a stack of six processes.
          maxConcurrency: 3,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'alone',
          setupFiles,
          include: alone,
          testTimeout: 120_000,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
