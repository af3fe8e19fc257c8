import { readZip } from './read-zip.ts'

/** A request to SCF, as it came. */
export type ScfRequest = Readonly<Record<string, unknown>>

interface Kept {
  readonly settings: Record<string, unknown>
  readonly files: readonly string[]
  readonly triggers: Map<string, Record<string, unknown>>
  versions: number
  /** Looks at the function until it is ready. */
  busyFor: number
}

/** An answer that says no. */
export class Refusal extends Error {
  readonly code: string
  constructor(code: string, message = code) {
    super(message)
    this.code = code
  }
}

const text = (value: unknown): string => String(value ?? '')

const checkName = (handler: string): void => {
  if (!/^[A-Za-z][\w-]{0,58}[A-Za-z]\.[A-Za-z][\w-]{0,58}[A-Za-z]$/.test(handler)) {
    throw new Refusal('InvalidParameterValue.Handler', `no handler: ${handler}`)
  }
}

const checkSettings = ({ Description, MemorySize, Timeout, Environment }: ScfRequest): void => {
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

const filesOf = ({ Code, Handler }: ScfRequest): readonly string[] => {
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

  const find = ({ FunctionName }: ScfRequest): Kept => {
    const kept = functions.get(text(FunctionName))
    if (kept === undefined) throw new Refusal('ResourceNotFound.Function', 'no such function')
    return kept
  }
  const ready = (request: ScfRequest): Kept => {
    const kept = find(request)
    if (kept.busyFor > 0) throw new Refusal('FailedOperation.FunctionStatusError', 'not Active')
    return kept
  }
  const described = ({ TriggerDesc, Type, FunctionName }: ScfRequest): string => {
    if (Type === 'timer') return JSON.stringify({ cron: TriggerDesc })
    const { NetConfig, ...rest } = JSON.parse(text(TriggerDesc)) as Record<string, object>
    const ExtranetUrl = `https://1300000000-${text(FunctionName)}.ap-singapore.tencentscf.com`
    return JSON.stringify({ ...rest, NetConfig: { ...NetConfig, ExtranetUrl } })
  }
  const keep = (kept: Kept, request: ScfRequest): void => {
    kept.triggers.set(text(request['TriggerName']), {
      ...request,
      TriggerDesc: described(request),
      Enable: request['Enable'] === 'OPEN' ? 1 : 0,
    })
  }

  const actions: Readonly<Record<string, (request: ScfRequest) => object>> = {
    GetFunction: (request) => {
      const kept = find(request)
      const Status = kept.busyFor > 0 ? 'Updating' : 'Active'
      kept.busyFor = Math.max(0, kept.busyFor - 1)
      return { ...kept.settings, Status }
    },
    CreateFunction: (request) => {
      const name = text(request['FunctionName'])
      if (functions.has(name)) throw new Refusal('ResourceInUse.Function')
      checkSettings(request)
      const files = filesOf(request)
      const { Code: _, CodeSource: __, ...settings } = request
      functions.set(name, { settings, files, triggers: new Map(), versions: 0, busyFor })
      return {}
    },
    UpdateFunctionCode: (request) => {
      const kept = ready(request)
      functions.set(text(request['FunctionName']), { ...kept, files: filesOf(request), busyFor })
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
    DeleteFunction: (request) => {
      find(request)
      functions.delete(text(request['FunctionName']))
      return {}
    },
    Invoke: (request) => {
      find(request)
      const event = text(request['ClientContext'])
      if (Buffer.byteLength(event) > 131_072) throw new Refusal('InvalidParameterValue.Param')
      return { Result: { FunctionRequestId: 'request-1', InvokeResult: 0 } }
    },
  }
  return { actions, functions }
}
