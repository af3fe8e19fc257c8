import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'

type Environment = Readonly<Record<string, string | undefined>>

/** `env`, and of the file `.env` in `directory` what `env` does not have. Without such a file, `env` as it is. */
export const withDotenv = (directory: string, env: Environment): Environment => ({
  ...readDotenv(directory, '.env'),
  ...env,
})

/** The same as a deployment of a stage reads it: `.env.<stage>`, or `.env` where there is none. */
export const withStageDotenv = (
  directory: string,
  stage: string,
  env: Environment,
): Environment => ({
  ...(readDotenv(directory, `.env.${stage}`) ?? readDotenv(directory, '.env')),
  ...env,
})

/** `undefined` without such a file. */
const readDotenv = (directory: string, file: string): Environment | undefined => {
  try {
    return parseEnv(readFileSync(join(directory, file), 'utf8'))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
