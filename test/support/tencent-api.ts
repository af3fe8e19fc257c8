import type { IncomingHttpHeaders } from 'node:http'
import { text as readText } from 'node:stream/consumers'
import { serveOn } from './serve-on.ts'
import { type KnownCaller, tc3Refusal } from './tc3-check.ts'

/** A request to an API, as it came. */
export type ApiRequest = Readonly<Record<string, unknown>>

export interface ApiCall {
  readonly action: string
  readonly request: ApiRequest
}

/** An answer that says no. */
export class Refusal extends Error {
  readonly code: string
  constructor(code: string, message = code) {
    super(message)
    this.code = code
  }
}

/** What an API says in place of what an action would answer; `undefined` lets the action answer. */
export type Instead = (
  call: ApiCall,
) => 'nothing' | { readonly code: string; readonly message: string } | undefined

export interface ApiParts {
  /** As it stands in signatures, such as `scf`. */
  readonly service: string
  readonly version: string
  readonly actions: Readonly<Record<string, (request: ApiRequest) => object>>
  /** The parameters that each action cannot do without. */
  readonly required: Readonly<Record<string, readonly string[]>>
}

/** A service of one caller and one region on 127.0.0.1, as API 3.0 speaks. */
export const startTencentApi = async (caller: KnownCaller, parts: ApiParts) => {
  const { service, version, actions, required } = parts
  const calls: ApiCall[] = []
  let instead: Instead = () => undefined

  const act = ({ action, request }: ApiCall): object => {
    const found = actions[action]
    if (found === undefined) throw new Refusal('InvalidAction', `no ${action} here`)
    const missing = required[action]?.filter((name) => request[name] === undefined) ?? []
    if (missing.length > 0) throw new Refusal('MissingParameter', missing.join(', '))
    return found(request)
  }
  const check = (headers: IncomingHttpHeaders, body: string): void => {
    const refusal = tc3Refusal(headers, body, caller)
    if (refusal !== undefined) throw new Refusal(refusal, 'The credentials could not be validated.')
    // The SDK signs the first word of the host for the service, which is its name in the cloud alone.
    const [, signed] = /\/(\w+)\/tc3_request/.exec(String(headers.authorization)) ?? []
    if (signed !== service && signed !== '127') {
      throw new Refusal('AuthFailure.SignatureFailure', 'another service')
    }
    if (headers['x-tc-region'] !== 'ap-singapore') throw new Refusal('UnsupportedRegion')
    if (headers['x-tc-version'] !== version) throw new Refusal('NoSuchVersion')
  }
  /** `undefined` where the connection shall break. */
  const answer = (headers: IncomingHttpHeaders, body: string): object | undefined => {
    check(headers, body)
    const action = String(headers['x-tc-action'])
    const call: ApiCall = { action, request: JSON.parse(body) as ApiRequest }
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
  const { url, close } = await serveOn(async (request, response) => {
    const said = answerOrError(request.headers, await readText(request))
    if (said === undefined) {
      request.socket.destroy()
      return
    }
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ Response: { ...said, RequestId: 'request-1' } }))
  })
  return {
    endpoint: url,
    calls,
    answerInstead: (other: Instead): void => {
      instead = other
    },
    close,
  }
}

/** Tencent's Secrets Manager (SSM, 2019-09-23) with one secret; its versions from the oldest to the newest. */
export const startSsm = (
  caller: KnownCaller,
  name: string,
  versions: ReadonlyMap<string, string | undefined>,
) => {
  const check = (asked: unknown): void => {
    if (asked !== name)
      throw new Refusal('ResourceNotFound', 'The secret of uin 100001 is not there')
  }
  return startTencentApi(caller, {
    service: 'ssm',
    version: '2019-09-23',
    required: { GetSecretValue: ['SecretName', 'VersionId'], ListSecretVersionIds: ['SecretName'] },
    actions: {
      GetSecretValue: ({ SecretName, VersionId }) => {
        check(SecretName)
        const version = String(VersionId)
        if (!versions.has(version)) throw new Refusal('ResourceNotFound')
        return { SecretName, VersionId, SecretBinary: '', SecretString: versions.get(version) }
      },
      ListSecretVersionIds: ({ SecretName }) => {
        check(SecretName)
        const ids = [...versions.keys()]
        // In no order that anybody promises.
        const listed = ids.map((VersionId, n) => ({ VersionId, CreateTime: 1_700_000_000 + n }))
        return { Versions: listed.toReversed() }
      },
    },
  })
}

/** A line of a log, as SCF writes it to CLS. */
export interface LoggedLine {
  readonly topicId: string
  readonly functionName: string
  readonly atMs: number
  readonly message: string
}

const fits = (line: LoggedLine, { TopicId, From, To, Query }: ApiRequest): boolean =>
  line.topicId === TopicId &&
  line.atMs >= Number(From) &&
  line.atMs <= Number(To) &&
  String(Query).startsWith(`SCF_FunctionName:"${line.functionName}"`)

/** CLS (2020-10-16): searches `lines`, two to a page. */
export const startCls = (caller: KnownCaller, lines: readonly LoggedLine[]) =>
  startTencentApi(caller, {
    service: 'cls',
    version: '2020-10-16',
    required: { SearchLog: ['From', 'To'] },
    actions: {
      SearchLog: (request) => {
        if (Number(request['Limit']) > 1_000) throw new Refusal('InvalidParameter', 'Limit')
        const found = lines.filter((line) => fits(line, request))
        const from = Number(request['Context'] ?? 0)
        const page = found.slice(from, from + 2)
        return {
          Results: page.map(({ atMs, functionName, message }) => ({
            Time: atMs,
            LogJson: JSON.stringify({ SCF_FunctionName: functionName, SCF_Message: message }),
          })),
          Context: String(from + 2),
          ListOver: from + 2 >= found.length,
        }
      },
    },
  })
