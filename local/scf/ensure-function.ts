import type { Clock } from '../../lib/ports.ts'
import { type ScfApi, ScfRefusal } from './scf-api.ts'
import { DIGEST_VARIABLE, RUNTIME, type WantedFunction } from './wanted.ts'

type FoundFunction = Awaited<ReturnType<ScfApi['GetFunction']>>

/** What a deployment changed about a function. */
export type FunctionChange = 'created' | 'code' | 'settings' | typeof NO_VERSION

/** The function is as wanted all the same. */
const NO_VERSION = 'no version published, since the quota of versions is used up'

export interface Target {
  readonly api: ScfApi
  readonly clock: Clock
}

/** Between two looks at a function that changes. */
const POLL_MS = 1_000
const CHANGE_LIMIT_MS = 180_000

/** `undefined` when there is none of that name. */
export const findFunction = (api: ScfApi, name: string): Promise<FoundFunction | undefined> =>
  api.GetFunction({ FunctionName: name, ShowCode: 'FALSE' }).catch((error: unknown) => {
    const isAbsent = error instanceof ScfRefusal && /^ResourceNotFound\.Function/.test(error.code)
    if (isAbsent) return undefined
    throw error
  })

const whyFailed = ({ Status, StatusDesc, StatusReasons }: FoundFunction): string =>
  [Status, StatusDesc, ...(StatusReasons ?? []).map((reason) => reason.ErrorMessage)]
    .filter(Boolean)
    .join(', ')

/** Waits until a function takes changes again. Throws where it cannot. */
const settled = async ({ api, clock }: Target, name: string): Promise<FoundFunction> => {
  const sinceMs = clock.now()
  for (;;) {
    const found = await findFunction(api, name)
    if (found?.Status === 'Active') return found
    if (found?.Status?.endsWith('Failed')) {
      const remedy = 'npm run remove:scf takes it away'
      throw new Error(`${name} is ${whyFailed(found)}: look at it in the console; ${remedy}`)
    }
    if (clock.now() - sinceMs > CHANGE_LIMIT_MS) {
      throw new Error(
        `${name} is ${found?.Status ?? 'not there'} after ${CHANGE_LIMIT_MS / 1_000} s`,
      )
    }
    await clock.sleep(POLL_MS)
  }
}

const settingsOf = (wanted: WantedFunction) => ({
  FunctionName: wanted.name,
  Description: wanted.description,
  MemorySize: wanted.memoryMb,
  Timeout: wanted.timeoutSeconds,
  Role: wanted.role,
  Environment: {
    Variables: Object.entries(wanted.variables).map(([Key, Value]) => ({ Key, Value })),
  },
})

const codeOf = ({ handler, archive }: WantedFunction) => ({
  Handler: handler,
  Code: { ZipFile: archive.toString('base64') },
  CodeSource: 'ZipFile',
})

/** Names that only the platform may give to variables. */
const reserved = /^(SCF_|QCLOUD_|TENCENTCLOUD_)/

const foundVariables = ({ Environment }: FoundFunction): ReadonlyMap<string, string> =>
  new Map(
    (Environment?.Variables ?? [])
      .map(({ Key = '', Value = '' }) => [Key, Value] as const)
      .filter(([name]) => !reserved.test(name)),
  )

const sameSettings = (found: FoundFunction, wanted: WantedFunction): boolean => {
  const variables = foundVariables(found)
  const entries = Object.entries(wanted.variables)
  return (
    found.Description === wanted.description &&
    found.MemorySize === wanted.memoryMb &&
    found.Timeout === wanted.timeoutSeconds &&
    found.Role === wanted.role &&
    variables.size === entries.length &&
    entries.every(([name, value]) => name === DIGEST_VARIABLE || variables.get(name) === value)
  )
}

/** Creates a function, or changes what is not as wanted; answers with what was done. A second time does nothing. */
export const ensureFunction = async (
  target: Target,
  wanted: WantedFunction,
): Promise<readonly FunctionChange[]> => {
  const { api } = target
  const { name } = wanted
  if ((await findFunction(api, name)) === undefined) {
    await api.CreateFunction({
      ...settingsOf(wanted),
      ...codeOf(wanted),
      Runtime: RUNTIME,
      Type: 'Event',
    })
    await settled(target, name)
    return ['created']
  }
  const found = await settled(target, name)
  if (found.Runtime !== RUNTIME) {
    throw new Error(
      `${name} runs on ${found.Runtime}, which cannot be changed: npm run remove:scf first`,
    )
  }
  const changes = changesOf(found, wanted)
  if (changes.length === 0) return changes
  if (changes.includes('code')) {
    await api.UpdateFunctionCode({ FunctionName: name, ...codeOf(wanted) })
    await settled(target, name)
  }
  // With the digest of the code in it, and so after the code: an interrupted deployment begins again here.
  await api.UpdateFunctionConfiguration(settingsOf(wanted))
  await settled(target, name)
  return (await publish(target, wanted)) ? changes : [...changes, NO_VERSION]
}

const changesOf = (found: FoundFunction, wanted: WantedFunction): readonly FunctionChange[] => {
  const hasCode =
    foundVariables(found).get(DIGEST_VARIABLE) === wanted.digest && found.Handler === wanted.handler
  return [
    ...(hasCode ? [] : ['code' as const]),
    ...(sameSettings(found, wanted) ? [] : ['settings' as const]),
  ]
}

/** A version to go back to in the console; calls go to the newest code in any case. False where there may be no more. */
const publish = async (target: Target, { name, digest }: WantedFunction): Promise<boolean> => {
  try {
    await target.api.PublishVersion({ FunctionName: name, Description: digest.slice(0, 12) })
  } catch (error) {
    if (error instanceof ScfRefusal && error.code.startsWith('LimitExceeded')) return false
    throw error
  }
  await settled(target, name)
  return true
}
