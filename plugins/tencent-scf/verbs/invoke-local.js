import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { checkedLocally } from '../deploy/plan.js'
import { bundleFunction } from '../package/bundle.js'
import { functionNamed } from '../read-service.js'
import { inputOf } from './input.js'

const runner = fileURLToPath(new URL('./local-runner.cjs', import.meta.url))

/**
 * What `--env NAME=value` adds.
 * @param {unknown} given
 * @returns {Record<string, string>}
 */
const addedVariables = (given) =>
  Object.fromEntries(
    [given ?? []].flat().map((one) => {
      const [name = '', ...value] = String(one).split('=')
      return [name, value.join('=')]
    }),
  )

/**
 * Who runs it stands in for the role that the platform hands to a deployed function.
 * @param {import('../types.d.ts').Environment} env
 * @returns {Record<string, string>}
 */
const roleOf = (env) => ({
  PATH: env['PATH'] ?? '',
  TENCENTCLOUD_SECRETID: env['TENCENTCLOUD_SECRET_ID'] ?? '',
  TENCENTCLOUD_SECRETKEY: env['TENCENTCLOUD_SECRET_KEY'] ?? '',
  TENCENTCLOUD_SESSIONTOKEN: env['TENCENTCLOUD_TOKEN'] ?? '',
})

/**
 * Runs a handler in a process that has nothing but its code and its variables. Rejects with what it threw.
 * @param {string} source
 * @param {string} exported
 * @param {Record<string, string>} env
 * @param {{ readonly event: unknown, readonly context: object }} input
 */
const runHandler = async (source, exported, env, input) => {
  const child = fork(runner, [source, exported], { env, execArgv: [] })
  child.send(input)
  const [answer] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => [{ error: 'it ended without an answer' }]),
  ])
  child.kill()
  if (answer.error !== undefined) throw new Error(String(answer.error))
  return answer.value
}

/**
 * `serverless invoke local -f F`: bundles a function as a deployment does and runs it here, with the variables that it would be
 * given and those of `--env`. It reaches the same Chat application and store as the deployed one.
 * @type {import('../types.d.ts').Verb}
 */
export const invokeLocal = ({ service, options, env, say }) => ({
  'invoke:local:invoke': async () => {
    const read = service()
    const one = functionNamed(read, options['function'])
    const added = addedVariables(options['env'])
    const variables = await checkedLocally(read, { ...env, ...added }, one.key)
    const { archive: _, content, handler } = await bundleFunction(read, one)
    const directory = await mkdtemp(join(tmpdir(), 'tencent-scf-'))
    try {
      const source = join(directory, `${one.key}.js`)
      await writeFile(source, content)
      const context = {
        function_name: one.name,
        memory_limit_in_mb: one.memoryMb,
        time_limit_in_ms: one.timeoutSeconds * 1_000,
        request_id: 'local',
      }
      const event = await inputOf(options, read.directory)
      const told = { ...roleOf(env), ...variables, ...added }
      const answer = await runHandler(source, handler.split('.').pop() ?? '', told, {
        event,
        context,
      })
      say(JSON.stringify(answer ?? null, null, 2))
    } finally {
      await rm(directory, { recursive: true, force: true })
    }
  },
})
