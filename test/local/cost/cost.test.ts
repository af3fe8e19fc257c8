import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type BatchingWorld, simulateBatching } from '../../../local/cost/batching.ts'
import { awsBill, scfBill, totalOf } from '../../../local/cost/bill.ts'
import { measured } from '../../../local/cost/figures.ts'
import { readCostOptions } from '../../../local/cost/options.ts'
import { costOf, prices } from '../../../local/cost/prices.ts'
import { tableUnits, turnUsage } from '../../../local/cost/turn-usage.ts'
import { seededRandom } from '../../support/rate-limit-world.ts'

const memory = { workerMegabytes: 256, webhookMegabytes: 512, sweeperMegabytes: 256 }

describe('a bill', () => {
  it('is a price by the piece times an amount', () => {
    expect(costOf('SCF, invocations', 20_000)).toBeCloseTo(0.004)
    expect(costOf('DynamoDB, writes', 1e6)).toBe(0.625)
  })

  it('pays each turn for its time in the worker, and half of that where two share it', () => {
    const time = (together: number) =>
      awsBill(turnUsage({ seconds: 7, together, checkpoints: 'each' }), 1e6, 0, memory)[0]
        ?.amount ?? 0
    const webhookSeconds = 1e6 * 0.02 * 0.5

    expect(time(1)).toBeCloseTo(1e6 * 7.13 * 0.25 + webhookSeconds)
    expect(time(2) - webhookSeconds).toBeCloseTo((time(1) - webhookSeconds) / 2)
  })

  it('of no turns is what the sweeper takes, on either cloud', () => {
    const usage = turnUsage({ seconds: 7, together: 1, checkpoints: 'sparse' })

    expect(totalOf(awsBill(usage, 0, 30, memory))).toBeLessThan(0.1)
    expect(totalOf(scfBill(usage, 0, 365 / 12, memory))).toBeLessThan(
      prices['SCF, basic package'].usd + 0.1,
    )
  })
})

describe('the table', () => {
  it('takes what the benchmark has measured for its trace', () => {
    const { textSeconds: seconds } = measured

    // Without the one unit of the budget of calls.
    expect(tableUnits({ seconds, checkpoints: 'each' }).writeUnits - 1).toBe(41)
    expect(tableUnits({ seconds, checkpoints: 'sparse' })).toEqual({
      writeUnits: 7 + 1,
      readUnits: 2,
    })
  })
})

describe('turns on their way to workers', () => {
  const world = (some: Partial<BatchingWorld>): BatchingWorld => ({
    turnsPerSecond: 5,
    windowMs: 0,
    seconds: 7,
    batchSize: 10,
    mostWorkers: 1_000,
    turns: 2_000,
    random: seededRandom(7),
    ...some,
  })

  it('are alone without a window, and wait for nothing', () => {
    expect(simulateBatching(world({}))).toEqual({ turnsPerWorker: 1, waitMs: 0 })
  })

  it('fill batches by themselves where too few workers are there', () => {
    const { turnsPerWorker, waitMs } = simulateBatching(world({ mostWorkers: 4 }))

    expect(turnsPerWorker).toBeGreaterThan(8)
    expect(waitMs).toBeGreaterThan(0)
  })

  it('wait no longer than the window while a worker is free, and no batch is too large', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100 }),
        fc.integer({ max: 1_000, min: 0 }),
        (rate, ms) => {
          const some = {
            turnsPerSecond: rate,
            windowMs: ms,
            turns: 300,
            random: seededRandom(rate),
          }
          const { turnsPerWorker, waitMs } = simulateBatching(world(some))

          expect(waitMs).toBeLessThanOrEqual(ms)
          expect(turnsPerWorker).toBeGreaterThanOrEqual(1)
          expect(turnsPerWorker).toBeLessThanOrEqual(10)
        },
      ),
      { numRuns: 50 },
    )
  })
})

describe('the calculator', () => {
  const run = (args: readonly string[]) =>
    new Promise<{ readonly code: unknown; readonly out: string; readonly error: string }>(
      (done) => {
        const script = fileURLToPath(new URL('../../../local/cost/main.ts', import.meta.url))
        const child = execFile(process.execPath, [script, ...args], (_, out, error) =>
          done({ code: child.exitCode, out, error }),
        )
      },
    )

  it('prints a bill for each cloud, with the date of each price, and models beside it', async () => {
    const { code, out } = await run(['--turns-per-day', '5000', '--seconds', '7'])

    expect(code).toBe(0)
    expect(out).toContain('5,000 turns a day of 7 s')
    expect(out.match(/^ {2}together +[\d.]+$/gm)).toHaveLength(2)
    for (const name of Object.keys(prices)) expect(out).toContain(name)
    expect(out).toContain('deepseek-chat')
    expect(out.match(/\(20\d\d-\d\d\)/g)?.length).toBeGreaterThan(Object.keys(prices).length)
  })

  it('says which option is wrong, how to call it, and ends with 1', async () => {
    const { code, out, error } = await run(['--turns-per-day', 'many'])

    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(error).toContain('--turns-per-day must be a number from 0 to 1000000000, not "many"')
    expect(error).toContain('npm run cost --')
  })

  it.each([
    [[], '--turns-per-day is missing'],
    [['--turns-per-day', '5', '--seconds', '0'], '--seconds'],
    [['--turns-per-day', '5', '--together', '11'], '--together'],
    [['--turns-per-day', '5', '--memory', ''], '--memory'],
    [['--turns-per-day', '5', '--checkpoint', 'never'], '--checkpoint must be auto or each'],
    [['--turns-per-day', '-1'], 'turns-per-day'],
    [['--turns', '5'], '--turns'],
    [['5000'], '5000'],
  ])('refuses %j', (args, said) => {
    expect(() => readCostOptions(args)).toThrow(said)
  })
})
