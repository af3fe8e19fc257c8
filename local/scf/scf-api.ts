import sdk from 'tencentcloud-sdk-nodejs-scf'
import type { Clock } from '../../lib/ports.ts'
import type { Access } from './access.ts'

type Client = InstanceType<typeof sdk.scf.v20180416.Client>

/** What the service answered in place of what was asked for. */
export class ScfRefusal extends Error {
  readonly action: string
  /** Such as `ResourceNotFound.Function`; empty where the service was not reached. */
  readonly code: string

  constructor(action: string, code: string, message: string) {
    super(message)
    this.name = 'ScfRefusal'
    this.action = action
    this.code = code
  }
}

type Actions =
  | 'CreateFunction'
  | 'CreateTrigger'
  | 'DeleteFunction'
  | 'DeleteTrigger'
  | 'GetFunction'
  | 'ListTriggers'
  | 'PublishVersion'
  | 'UpdateFunctionCode'
  | 'UpdateFunctionConfiguration'
  | 'UpdateTrigger'

/** The actions of the SCF API (2018-04-16) that a deployment takes. Each throws `ScfRefusal`. */
export type ScfApi = {
  readonly [Action in Actions]: (
    request: Parameters<Client[Action]>[0],
  ) => Promise<Awaited<ReturnType<Client[Action]>>>
}

const tries = 4
const pauseMs = 1_000

const textOf = (error: unknown, field: string): string => {
  const value: unknown = typeof error === 'object' && error !== null && Reflect.get(error, field)
  return typeof value === 'string' ? value : ''
}

const httpProfileOf = (endpoint: string | undefined) => {
  if (endpoint === undefined) return {}
  const { host, protocol } = new URL(endpoint)
  return { endpoint: host, protocol: `${protocol}//` }
}

/** Tencent Cloud as `access` reaches it. A call that came too often is made again; nothing else is. */
export const scfApi = (
  { secretId, secretKey, token, region, endpoint }: Access,
  clock: Clock,
): ScfApi => {
  const client = new sdk.scf.v20180416.Client({
    credential: { secretId, secretKey, ...(token === undefined ? {} : { token }) },
    region,
    profile: { httpProfile: httpProfileOf(endpoint) },
  })

  const ask = async <Answer>(action: string, call: () => Promise<Answer>): Promise<Answer> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await call()
      } catch (error) {
        const code = textOf(error, 'code')
        if (!code.startsWith('RequestLimitExceeded') || attempt >= tries) {
          throw new ScfRefusal(action, code, textOf(error, 'message'))
        }
        await clock.sleep(pauseMs * attempt)
      }
    }
  }

  return {
    CreateFunction: (request) => ask('CreateFunction', () => client.CreateFunction(request)),
    CreateTrigger: (request) => ask('CreateTrigger', () => client.CreateTrigger(request)),
    DeleteFunction: (request) => ask('DeleteFunction', () => client.DeleteFunction(request)),
    DeleteTrigger: (request) => ask('DeleteTrigger', () => client.DeleteTrigger(request)),
    GetFunction: (request) => ask('GetFunction', () => client.GetFunction(request)),
    ListTriggers: (request) => ask('ListTriggers', () => client.ListTriggers(request)),
    PublishVersion: (request) => ask('PublishVersion', () => client.PublishVersion(request)),
    UpdateFunctionCode: (request) =>
      ask('UpdateFunctionCode', () => client.UpdateFunctionCode(request)),
    UpdateFunctionConfiguration: (request) =>
      ask('UpdateFunctionConfiguration', () => client.UpdateFunctionConfiguration(request)),
    UpdateTrigger: (request) => ask('UpdateTrigger', () => client.UpdateTrigger(request)),
  }
}
