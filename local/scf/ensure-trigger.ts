import * as v from 'valibot'
import type { ScfApi } from './scf-api.ts'
import type { WantedFunction, WantedTrigger } from './wanted.ts'

type FoundTrigger = NonNullable<Awaited<ReturnType<ScfApi['ListTriggers']>>['Triggers']>[number]

export interface EnsuredTrigger {
  readonly changed: boolean
  /** Where a function with a URL is called. */
  readonly url?: string
}

/** The alias that calls go to; unless somebody moves it, it stands for the newest code. */
export const QUALIFIER = '$DEFAULT'

const urlDescription = v.object({
  AuthType: v.string(),
  NetConfig: v.object({ EnableExtranet: v.boolean(), ExtranetUrl: v.optional(v.string()) }),
})

const urlOf = ({ TriggerDesc = '' }: FoundTrigger) => {
  try {
    return v.safeParse(urlDescription, JSON.parse(TriggerDesc))
  } catch {
    return { success: false } as const
  }
}

/** An alias has one URL at most, whatever it is called. */
const isThat =
  ({ type, name }: WantedTrigger) =>
  (found: FoundTrigger): boolean =>
    found.Type === type &&
    found.Qualifier === QUALIFIER &&
    (type === 'http' || found.TriggerName === name)

const isAsWanted = (found: FoundTrigger, { type, description }: WantedTrigger): boolean => {
  if (type === 'timer') return found.Enable === 1 && (found.TriggerDesc ?? '').includes(description)
  const { success, output } = { output: undefined, ...urlOf(found) }
  return success && output?.AuthType === 'NONE' && output.NetConfig.EnableExtranet
}

export const listTriggers = async (
  api: ScfApi,
  functionName: string,
): Promise<readonly FoundTrigger[]> =>
  (await api.ListTriggers({ FunctionName: functionName, Limit: 100 })).Triggers ?? []

/** Creates the trigger of a function, or mends it; a URL keeps its name then. */
export const ensureTrigger = async (
  api: ScfApi,
  { name: functionName, trigger }: WantedFunction,
): Promise<EnsuredTrigger> => {
  if (trigger === undefined) return { changed: false }
  const find = async () => (await listTriggers(api, functionName)).find(isThat(trigger))
  const found = await find()
  const changed = found === undefined || !isAsWanted(found, trigger)
  if (changed) {
    const request = {
      FunctionName: functionName,
      TriggerName: found?.TriggerName ?? trigger.name,
      Type: trigger.type,
      TriggerDesc: trigger.description,
      Qualifier: QUALIFIER,
      Enable: 'OPEN',
    }
    await (found === undefined ? api.CreateTrigger(request) : api.UpdateTrigger(request))
  }
  const now = changed ? await find() : found
  const description = now && urlOf(now)
  const url = description?.success ? description.output.NetConfig.ExtranetUrl : undefined
  return { changed, ...(url === undefined ? {} : { url }) }
}
