import { LIVE } from '../deploy/versions.js'
import { functionNamed } from '../read-service.js'
import { inputOf } from './input.js'
import { targetOf } from './target.js'

/**
 * JSON as people read it; any other text as it is.
 * @param {string} text
 */
const shown = (text) => {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}

/** @typedef {Awaited<ReturnType<import('../api/scf-api.js').ScfApi['Invoke']>>['Result']} Result */

/**
 * What a function answered, as text. Throws where it failed.
 * @param {string} name
 * @param {Result} result
 */
const answerOf = (name, result = {}) => {
  const { ErrMsg, RetMsg = '', InvokeResult = 0 } = result
  if (!ErrMsg && InvokeResult === 0) return RetMsg
  throw new Error(`${name} failed: ${ErrMsg || RetMsg || 'it did not say why'}`)
}

/**
 * `serverless invoke -f F`: calls a function with `--data` or `--path` and shows its answer. `--type Event` does not wait for it.
 * @type {import('../types.d.ts').Verb}
 */
export const invoke = (context) => ({
  'invoke:invoke': async () => {
    const { options, say } = context
    const service = context.service()
    const { name } = functionNamed(service, options['function'])
    const isEvent = options['type'] === 'Event'
    const { Result: result } = await targetOf(context).api.Invoke({
      FunctionName: name,
      InvocationType: isEvent ? 'Event' : 'RequestResponse',
      Qualifier: String(options['qualifier'] ?? LIVE),
      ClientContext: JSON.stringify(await inputOf(options, service.directory)),
      ...(options['log'] === true ? { LogType: 'Tail' } : {}),
    })
    if (result?.Log) say(result.Log)
    const answer = answerOf(name, result)
    say(isEvent ? `${name}  called, as ${result?.FunctionRequestId}` : shown(answer))
  },
})
