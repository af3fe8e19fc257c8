import { fileURLToPath } from 'node:url'
import { withDotenv } from './dotenv.ts'
import { readStackOptions, USAGE } from './options.ts'
import { reachSentence, whatToPaste } from './public-address.ts'
import { type Stack, startStack } from './start-stack.ts'

const directory = fileURLToPath(new URL('../..', import.meta.url))
const dim = (text: string): string => (process.stdout.isTTY ? `\u001b[2m${text}\u001b[22m` : text)

const printReady = ({ url, parts }: Stack): void => {
  for (const part of parts) {
    console.log(`  ${part.name.padEnd(9)}${part.where.padEnd(37)}${dim(part.remark)}`)
  }
  const seconds = (performance.now() / 1000).toFixed(1)
  console.log(`\nReady after ${seconds} s. Open ${url} – Ctrl-C stops everything.`)
}

/** The first signal stops everything in order, a second one at once. */
const stopOnSignal = (stack: Stack): void => {
  let stopping = false
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(1)
      stopping = true
      void stack.close().then(() => process.exit(0))
    })
  }
}

try {
  const env = withDotenv(process.cwd(), process.env)
  const options = readStackOptions(process.argv.slice(2), env)
  const stack = await startStack(directory, options)
  stopOnSignal(stack)
  printReady(stack)
  const { publicUrl } = options
  if (publicUrl !== undefined) {
    console.log(whatToPaste(publicUrl))
    console.log(await reachSentence(publicUrl, stack.url, stack.tunnel))
  }
} catch (error) {
  console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`)
  process.exit(1)
}
