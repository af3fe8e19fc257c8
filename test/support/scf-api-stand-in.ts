import { requiredByScf, scfRules } from './scf-rules.ts'
import type { KnownCaller } from './tc3-check.ts'
import { startTencentApi } from './tencent-api.ts'

const looks = /^(Get|List|Invoke$)/

/** The SCF API (2018-04-16) of one caller and one region on 127.0.0.1. */
export const startScfApi = async (caller: KnownCaller, busyFor?: number) => {
  const { actions, functions, newFunction } = scfRules(busyFor)
  const api = await startTencentApi(caller, {
    service: 'scf',
    version: '2018-04-16',
    actions,
    required: requiredByScf,
  })

  return {
    ...api,
    functions,
    /** A function that is there already, and can only be invoked. */
    addFunction: (name: string): void => {
      functions.set(name, newFunction({ FunctionName: name }, []))
    },
    /** The calls since this was asked last that may change something, as `action function`. */
    writes: (): readonly string[] =>
      api.calls
        .splice(0)
        .filter(({ action }) => !looks.test(action))
        .map(({ action, request }) => `${action} ${request['FunctionName']}`),
  }
}
