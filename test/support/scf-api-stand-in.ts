import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text as readText } from 'node:stream/consumers'
import { Refusal, type ScfRequest, scfRules } from './scf-rules.ts'
import { type KnownCaller, tc3Refusal } from './tc3-check.ts'

interface ScfCall {
  readonly action: string
  readonly request: ScfRequest
}

/** What it says in place of what an action would answer; `undefined` lets the action answer. */
type Instead = (
  call: ScfCall,
) => 'nothing' | { readonly code: string; readonly message: string } | undefined

const looks: ReadonlySet<string> = new Set(['GetFunction', 'ListTriggers'])

/** The SCF API (2018-04-16) of one caller and one region on 127.0.0.1, as API 3.0 speaks. */
export const startScfApi = async (caller: KnownCaller, busyFor?: number) => {
  const { actions, functions } = scfRules(busyFor)
  const calls: ScfCall[] = []
  let instead: Instead = () => undefined

  const act = (call: ScfCall): object => {
    const action = actions[call.action]
    if (action === undefined) throw new Refusal('InvalidAction', `no ${call.action} here`)
    return action(call.request)
  }
  const check = (headers: IncomingHttpHeaders, body: string): void => {
    const refusal = tc3Refusal(headers, body, caller)
    if (refusal !== undefined) throw new Refusal(refusal, 'The credentials could not be validated.')
    if (headers['x-tc-region'] !== 'ap-singapore') throw new Refusal('UnsupportedRegion')
    if (headers['x-tc-version'] !== '2018-04-16') throw new Refusal('NoSuchVersion')
  }
  /** `undefined` where the connection shall break. */
  const answer = (headers: IncomingHttpHeaders, body: string): object | undefined => {
    check(headers, body)
    const action = String(headers['x-tc-action'])
    const call: ScfCall = { action, request: JSON.parse(body) as ScfRequest }
    calls.push(call)
    const other = instead(call)
    if (other === 'nothing') return undefined
    if (other !== undefined) throw new Refusal(other.code, other.message)
    return act(call)
  }
  const answerOrError = (headers: IncomingHttpHeaders, body: string): object | undefined => {
    try {
      return answer(headers, body)
    } catch (error) {
      const Code = error instanceof Refusal ? error.code : 'InternalError'
      return { Error: { Code, Message: error instanceof Error ? error.message : '' } }
    }
  }
  const server = createServer(async (request, response) => {
    const said = answerOrError(request.headers, await readText(request))
    if (said === undefined) {
      request.socket.destroy()
      return
    }
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ Response: { ...said, RequestId: 'request-1' } }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo

  return {
    endpoint: `http://127.0.0.1:${port}`,
    functions,
    calls,
    /** A function that is there already, and can only be invoked. */
    addFunction: (name: string): void => {
      const settings = { FunctionName: name }
      functions.set(name, { settings, files: [], triggers: new Map(), versions: 0, busyFor: 0 })
    },
    /** The calls since this was asked last that may change something, as `action function`. */
    writes: (): readonly string[] =>
      calls
        .splice(0)
        .filter(({ action }) => !looks.has(action))
        .map(({ action, request }) => `${action} ${request['FunctionName']}`),
    answerInstead: (other: Instead): void => {
      instead = other
    },
    close: (): Promise<void> =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
