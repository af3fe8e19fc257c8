import { listTriggers } from './ensure-trigger.js'
import { findFunction } from './settled.js'
import { LIVE } from './versions.js'

/**
 * Takes functions away, with whatever calls them and all their versions. One that is not there is none to worry about.
 * @param {Pick<import('./settled.js').Target, 'api'>} target
 * @param {readonly string[]} names
 * @param {(line: string) => void} say
 */
export const removeService = async ({ api }, names, say) => {
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
        Qualifier: trigger.Qualifier ?? LIVE,
      })
    }
    await api.DeleteFunction({ FunctionName: name })
    say(`${name}  removed`)
  }
}
