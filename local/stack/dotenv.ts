import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'

type Environment = Readonly<Record<string, string | undefined>>

/** `env`, and of the file `.env` in `directory` what `env` does not have. Without such a file, `env` as it is. */
export const withDotenv = (directory: string, env: Environment): Environment => {
  try {
    return { ...parseEnv(readFileSync(join(directory, '.env'), 'utf8')), ...env }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return env
    throw error
  }
}
