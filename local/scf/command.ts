import { parseArgs } from 'node:util'
import { explain } from './explain.ts'

/** Names of variables whose values nobody shall read. */
const isSecret = (name: string): boolean => /SECRET|TOKEN|KEY|PASSWORD/.test(name)

/** Runs a command of the terminal: its stage from the arguments, its failure as one message without secrets and exit code 1. */
export const runCommand = async (run: (stage: string) => Promise<void>): Promise<void> => {
  const secrets = Object.entries(process.env).flatMap(([name, value]) =>
    isSecret(name) ? (value ?? '').split(',') : [],
  )
  try {
    const { values } = parseArgs({ options: { stage: { type: 'string', default: 'dev' } } })
    await run(values.stage)
  } catch (error) {
    console.error(explain(error, secrets))
    process.exitCode = 1
  }
}
