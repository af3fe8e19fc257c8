import { findFunction, type Target } from './ensure-function.ts'
import { listTriggers, QUALIFIER } from './ensure-trigger.ts'

/** Takes functions away, with whatever calls them and all their versions. One that is not there is none to worry about. */
export const removeService = async (
  { api }: Pick<Target, 'api'>,
  names: readonly string[],
  say: (line: string) => void,
): Promise<void> => {
  for (const name of names) {
    if ((await findFunction(api, name)) === undefined) {
      say(`${name}  was not there`)
      continue
    }
    for (const trigger of await listTriggers(api, name)) {
      await api.DeleteTrigger({
        FunctionName: name,
        TriggerName: trigger.TriggerName ?? '',
        Type: trigger.Type ?? '',
        Qualifier: trigger.Qualifier ?? QUALIFIER,
      })
    }
    await api.DeleteFunction({ FunctionName: name })
    say(`${name}  removed`)
  }
}
