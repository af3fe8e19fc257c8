import { readZip } from './read-zip.ts'
import { type ApiRequest, Refusal } from './tencent-api.ts'

/** The parameters that each action cannot do without (documents 583/18583 and after). */
export const requiredByScf: Readonly<Record<string, readonly string[]>> = {
  CreateFunction: ['FunctionName', 'Code'],
  UpdateFunctionCode: ['FunctionName'],
  UpdateFunctionConfiguration: ['FunctionName'],
  DeleteFunction: ['FunctionName'],
  PublishVersion: ['FunctionName'],
  ListVersionByFunction: ['FunctionName'],
  GetAlias: ['FunctionName', 'Name'],
  UpdateAlias: ['FunctionName', 'Name', 'FunctionVersion'],
  ListTriggers: ['FunctionName'],
  CreateTrigger: ['FunctionName', 'TriggerName', 'Type', 'TriggerDesc'],
  UpdateTrigger: ['FunctionName', 'TriggerName', 'Type'],
  DeleteTrigger: ['FunctionName', 'TriggerName', 'Type'],
  GetReservedConcurrencyConfig: ['FunctionName'],
  PutReservedConcurrencyConfig: ['FunctionName', 'ReservedConcurrencyMem'],
  DeleteReservedConcurrencyConfig: ['FunctionName'],
  Invoke: ['FunctionName'],
}

/** What a function was when it was published. */
interface Published {
  readonly description: string
  readonly settings: Readonly<Record<string, unknown>>
  readonly publishedAt: string
}

interface Kept {
  readonly settings: Record<string, unknown>
  files: readonly string[]
  readonly triggers: Map<string, Record<string, unknown>>
  readonly published: Map<number, Published>
  /** What `$DEFAULT` stands for. */
  live: string
  /** The highest number that was given to a version. */
  versions: number
  /** Looks at the function until it is ready. */
  busyFor: number
  reservedMb: number
  /** What a call that waits is answered. */
  answer: object
}

const text = (value: unknown): string => String(value ?? '')

/** Made where nobody named one. */
const ownTopic = { ClsLogsetId: 'logset-of-scf', ClsTopicId: 'topic-of-scf' }

const checkName = (handler: string): void => {
  if (!/^[A-Za-z][\w-]{0,58}[A-Za-z]\.[A-Za-z][\w-]{0,58}[A-Za-z]$/.test(handler)) {
    throw new Refusal('InvalidParameterValue.Handler', `no handler: ${handler}`)
  }
}

const checkSettings = ({ Description, MemorySize, Timeout, Environment }: ApiRequest): void => {
  if (!/^[A-Za-z\d ,.\n]*$/.test(text(Description))) {
    throw new Refusal('InvalidParameterValue.Description')
  }
  if (Number(MemorySize) % 128 !== 0) throw new Refusal('InvalidParameterValue.Memory')
  if (!(Number(Timeout) >= 1 && Number(Timeout) <= 900)) {
    throw new Refusal('InvalidParameterValue.Timeout')
  }
  const { Variables } = Environment as {
    readonly Variables: readonly { readonly Key: string; readonly Value: string }[]
  }
  const bytes = Variables.reduce((sum, { Key, Value }) => sum + Key.length + Value.length, 0)
  const isWrong = Variables.some(
    ({ Key, Value }) => /^(SCF_|QCLOUD_|TENCENTCLOUD_)|^$/.test(Key) || Value === '',
  )
  if (bytes > 4_096 || isWrong) throw new Refusal('InvalidParameterValue.Environment')
}

const filesOf = ({ Code, Handler }: ApiRequest): readonly string[] => {
  checkName(text(Handler))
  const { ZipFile } = Code as { readonly ZipFile: string }
  const files = readZip(Buffer.from(ZipFile, 'base64')).map(({ name }) => name)
  if (!files.includes(`${text(Handler).split('.')[0]}.js`)) {
    throw new Refusal('InvalidParameterValue.Handler', 'no such file in the archive')
  }
  return files
}

/** What SCF does with functions and triggers, as its documents tell it; `busyFor` looks pass until a change is through. */
export const scfRules = (busyFor = 1) => {
  const functions = new Map<string, Kept>()
  let minutes = 0

  const newFunction = (settings: ApiRequest, files: readonly string[]): Kept => ({
    settings: { ...settings },
    files,
    triggers: new Map(),
    published: new Map(),
    live: '$LATEST',
    versions: 0,
    busyFor: 0,
    reservedMb: 0,
    answer: { InvokeResult: 0, RetMsg: '{}' },
  })

  const find = ({ FunctionName }: ApiRequest): Kept => {
    const kept = functions.get(text(FunctionName))
    if (kept === undefined) throw new Refusal('ResourceNotFound.Function', 'no such function')
    return kept
  }
  const ready = (request: ApiRequest): Kept => {
    const kept = find(request)
    if (kept.busyFor > 0) throw new Refusal('FailedOperation.FunctionStatusError', 'not Active')
    return kept
  }
  const versionOf = ({ published }: Kept, version: string): Published => {
    const found = published.get(Number(version))
    if (found === undefined)
      throw new Refusal('ResourceNotFound.FunctionVersion', 'no such version')
    return found
  }
  const described = ({ TriggerDesc, Type, FunctionName }: ApiRequest): string => {
    if (Type === 'timer') return JSON.stringify({ cron: TriggerDesc })
    const { NetConfig, ...rest } = JSON.parse(text(TriggerDesc)) as Record<string, object>
    const ExtranetUrl = `https://1300000000-${text(FunctionName)}.ap-singapore.tencentscf.com`
    return JSON.stringify({ ...rest, NetConfig: { ...NetConfig, ExtranetUrl } })
  }
  const keep = (kept: Kept, request: ApiRequest): void => {
    kept.triggers.set(text(request['TriggerName']), {
      ...request,
      TriggerDesc: described(request),
      Enable: request['Enable'] === 'OPEN' ? 1 : 0,
    })
  }

  const actions: Readonly<Record<string, (request: ApiRequest) => object>> = {
    GetFunction: (request) => {
      const kept = find(request)
      const qualifier = text(request['Qualifier'] ?? '$LATEST')
      if (qualifier !== '$LATEST') {
        return { ...versionOf(kept, qualifier).settings, Status: 'Active' }
      }
      const Status = kept.busyFor > 0 ? 'Updating' : 'Active'
      kept.busyFor = Math.max(0, kept.busyFor - 1)
      return { ...kept.settings, Status }
    },
    CreateFunction: (request) => {
      const name = text(request['FunctionName'])
      if (functions.has(name)) throw new Refusal('ResourceInUse.Function')
      checkSettings(request)
      const files = filesOf(request)
      const { Code: _, CodeSource: __, AutoCreateClsTopic, ...settings } = request
      if (AutoCreateClsTopic === 'TRUE') Object.assign(settings, ownTopic)
      functions.set(name, { ...newFunction(settings, files), busyFor })
      return {}
    },
    UpdateFunctionCode: (request) => {
      const kept = ready(request)
      kept.files = filesOf(request)
      kept.busyFor = busyFor
      kept.settings['Handler'] = request['Handler']
      return {}
    },
    UpdateFunctionConfiguration: (request) => {
      checkSettings(request)
      const kept = ready(request)
      Object.assign(kept.settings, request)
      kept.busyFor = busyFor
      return {}
    },
    PublishVersion: (request) => {
      const kept = ready(request)
      kept.versions += 1
      kept.busyFor = busyFor
      minutes += 1
      kept.published.set(kept.versions, {
        description: text(request['Description']),
        settings: { ...kept.settings },
        publishedAt: `2026-11-24 10:${String(minutes % 60).padStart(2, '0')}:00`,
      })
      return { FunctionVersion: String(kept.versions) }
    },
    ListTriggers: (request) => ({ Triggers: [...find(request).triggers.values()] }),
    CreateTrigger: (request) => {
      const kept = ready(request)
      if (kept.triggers.has(text(request['TriggerName'])))
        throw new Refusal('ResourceInUse.Trigger')
      keep(kept, request)
      return {}
    },
    UpdateTrigger: (request) => {
      const kept = ready(request)
      if (!kept.triggers.has(text(request['TriggerName']))) {
        throw new Refusal('ResourceNotFound.Trigger')
      }
      keep(kept, request)
      return {}
    },
    DeleteTrigger: (request) => {
      if (!find(request).triggers.delete(text(request['TriggerName']))) {
        throw new Refusal('ResourceNotFound.Trigger')
      }
      return {}
    },
    ListVersionByFunction: (request) => ({
      Versions: [
        { Version: '$LATEST' },
        ...[...find(request).published].map(([number, { description, publishedAt }]) => ({
          Version: String(number),
          Description: description,
          AddTime: publishedAt,
        })),
      ],
    }),
    GetAlias: (request) => ({ Name: request['Name'], FunctionVersion: find(request).live }),
    UpdateAlias: (request) => {
      const kept = ready(request)
      if (request['Name'] !== '$DEFAULT') throw new Refusal('ResourceNotFound.Alias')
      const version = text(request['FunctionVersion'])
      if (version !== '$LATEST') versionOf(kept, version)
      kept.live = version
      return {}
    },
    GetReservedConcurrencyConfig: (request) => ({ ReservedMem: find(request).reservedMb || null }),
    PutReservedConcurrencyConfig: (request) => {
      find(request).reservedMb = Number(request['ReservedConcurrencyMem'])
      return {}
    },
    DeleteReservedConcurrencyConfig: (request) => {
      find(request).reservedMb = 0
      return {}
    },
    DeleteFunction: (request) => {
      const kept = find(request)
      if (request['Qualifier'] !== undefined) {
        const version = text(request['Qualifier'])
        versionOf(kept, version)
        if (kept.live === version) throw new Refusal('FailedOperation.DeleteFunction', 'in use')
        kept.published.delete(Number(version))
        return {}
      }
      functions.delete(text(request['FunctionName']))
      return {}
    },
    Invoke: (request) => {
      const { answer } = find(request)
      const event = text(request['ClientContext'])
      if (Buffer.byteLength(event) > 131_072) throw new Refusal('InvalidParameterValue.Param')
      const isEvent = request['InvocationType'] === 'Event'
      return {
        Result: { FunctionRequestId: 'request-1', ...(isEvent ? { InvokeResult: 0 } : answer) },
      }
    },
  }
  return { actions, functions, newFunction }
}
