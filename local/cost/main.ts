import { awsBill, scfBill } from './bill.ts'
import { memoryOf } from './memory.ts'
import { type CostOptions, readCostOptions, USAGE } from './options.ts'
import { billText, modelText } from './print.ts'
import { turnUsage } from './turn-usage.ts'

/** Prints what a bot costs a month on both clouds, from the one table of prices. */

const DAYS_A_MONTH = 365 / 12

const printCosts = (options: CostOptions): void => {
  const { turnsPerDay, seconds, together } = options
  const turns = turnsPerDay * DAYS_A_MONTH
  const memory = {
    workerMegabytes: options.memoryMegabytes ?? memoryOf('worker'),
    webhookMegabytes: memoryOf('webhook'),
    sweeperMegabytes: memoryOf('sweeper'),
  }
  const checkpoints = options.checkpoint === 'auto' ? 'sparse' : 'each'
  const shared = turnUsage({ seconds, together, checkpoints })
  const alone = turnUsage({ seconds, together: 1, checkpoints })
  const asked = `${turnsPerDay.toLocaleString('en')} turns a day of ${seconds} s`
  const workers = `worker ${memory.workerMegabytes} MB`
  const blocks = [
    [
      `US dollars a month for ${asked}; ${workers}. Without free tiers, taxes and Tencent Chat's fees.`,
    ],
    billText('On AWS', awsBill(shared, turns, DAYS_A_MONTH, memory)),
    billText('On Tencent SCF, table in DynamoDB', scfBill(alone, turns, DAYS_A_MONTH, memory)),
    modelText(turns, options),
    ['Prices change: look them up. How the amounts come about: docs/cost.md.'],
  ]
  console.log(blocks.map((block) => block.join('\n')).join('\n\n'))
}

try {
  const options = readCostOptions(process.argv.slice(2))
  if (options === 'help') console.log(USAGE)
  else printCosts(options)
} catch (error) {
  console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`)
  process.exitCode = 1
}
