import { parseArgs } from 'node:util'

/** How to call it, for whoever called it wrongly. */
export const USAGE = `npm run preflight                          looks at everything that a deployment needs, and changes nothing
  -- --stage prod --region ap-southeast-1  of that stage, in that region
  -- --config serverless.scf.yml           for Tencent SCF
npm run deploy and npm run deploy:scf do it first. Without it: npx serverless deploy`

/** Everything behind it is the command that is run where nothing must be mended. */
const THEN = '--then'

/** What shall be deployed, and what is done afterwards. */
export interface PreflightOptions {
  readonly stage: string
  /** Of the command line; absent: as the file says. */
  readonly region?: string
  /** `serverless.yml` or `serverless.scf.yml`. */
  readonly config: string
  /** Whose credentials deploy. */
  readonly profile?: string
  readonly then?: readonly string[]
  readonly help: boolean
}

/**
 * Reads the command line. The options of a command behind `--then` are its own, and say what is deployed as well. Throws an Error
 * that says what is wrong.
 */
export const readPreflightOptions = (args: readonly string[]): PreflightOptions => {
  const at = args.indexOf(THEN)
  const then = at < 0 ? undefined : args.slice(at + 1)
  const { values } = parseArgs({
    args: then === undefined ? [...args] : then.slice(1),
    // The framework knows more options than are of use here.
    strict: then === undefined,
    allowPositionals: then !== undefined,
    options: {
      stage: { type: 'string', short: 's' },
      region: { type: 'string', short: 'r' },
      config: { type: 'string', short: 'c' },
      'aws-profile': { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  const region = textOf(values.region)
  const profile = textOf(values['aws-profile'])
  return {
    stage: textOf(values.stage) ?? 'dev',
    ...(region === undefined ? {} : { region }),
    config: textOf(values.config) ?? 'serverless.yml',
    ...(profile === undefined ? {} : { profile }),
    ...(then === undefined ? {} : { then }),
    help: values.help === true,
  }
}

/** Without `strict`, an option that nobody gave a value is `true`. */
const textOf = (value: string | boolean | undefined): string | undefined =>
  typeof value === 'string' ? value : undefined
