import { OutOfReach } from '../../core/out-of-reach.ts'
import { type Tc3ClientOptions, type Tc3Failure, tc3Client } from './tc3-client.ts'

/** Asks the platform to run the worker with this event, and does not wait for it. Throws `OutOfReach`. */
export type InvokeWorker = (event: object, signal?: AbortSignal) => Promise<void>

export interface ScfInvokeOptions extends Omit<Tc3ClientOptions, 'service'> {
  readonly functionName: string
}

/**
 * Calls a function asynchronously (`Invoke`, document 583/17243, with `InvocationType` `Event`). The event may have 128 KB.
 * A call whose answer was lost is made again, so that the worker may be run twice.
 */
export const scfInvoke = ({ functionName, ...options }: ScfInvokeOptions): InvokeWorker => {
  const call = tc3Client({ ...options, service: 'scf' })

  return async (event, signal) => {
    const input = {
      FunctionName: functionName,
      InvocationType: 'Event',
      Qualifier: '$DEFAULT',
      ClientContext: JSON.stringify(event),
    }
    const answer = await call('Invoke', input, signal)
    if (!answer.ok) throw new OutOfReach('queue', sayFailure(functionName, answer.error))
  }
}

const sayFailure = (functionName: string, failure: Tc3Failure): string => {
  switch (failure.reason) {
    case 'no-role':
      return `no role to invoke ${functionName} with: give the function one`
    case 'refused':
      return `Invoke of ${functionName} was answered ${failure.code}`
    case 'unreachable':
      return `Invoke of ${functionName} was answered ${failure.answer}, tried ${failure.tries} times`
  }
}
