import type { SecretField } from '../../lib/adapters/aws/aws-secrets.ts'
import { type BotsFile, secretFieldIn } from '../../lib/config/bots.ts'
import { readBots } from '../../plugins/bots/read-bots.js'
import type { Finding } from '../doctor/finding.ts'
import type { Environment } from './deployment.ts'

/** What came of looking at the file of the bots. */
export interface CheckedBots {
  /** Absent where there is no such file. */
  readonly finding?: Finding
  /** The fields of the secret that the bots ask for. */
  readonly fields: readonly SecretField[]
}

const about = { id: 'bots', title: 'Bots' }

/** Reads the file of the bots as packaging does: each problem with its line. */
export const checkBots = async (directory: string, env: Environment): Promise<CheckedBots> => {
  try {
    const file = await readBots(directory, env)
    if (file === undefined) return { fields: [] }
    const heard = `${file.file}: ${Object.keys(file.bots).join(', ')}.`
    return { finding: { ...about, verdict: 'right', heard }, fields: fieldsOf(file) }
  } catch (error) {
    const said = error instanceof Error ? error.message : 'The file cannot be read.'
    const heard = said.replace(/^ +/gm, '')
    const mend =
      'Each line names its place and what to do; docs/configuration.md lists what a bot may have.'
    return { finding: { ...about, verdict: 'wrong', heard, mend }, fields: [] }
  }
}

const fieldsOf = ({ bots }: BotsFile): readonly SecretField[] => {
  const values = Object.values(bots).flatMap(({ fields }) => Object.values(fields))
  return [...new Set(values.flatMap(({ value }) => secretFieldIn(value) ?? []))].map(
    (name) => `field:${name}` as const,
  )
}
