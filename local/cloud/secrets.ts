import { text as readText } from 'node:stream/consumers'
import { parsedJson } from '../../lib/core/json.ts'
import { listen } from './listen.ts'

/** Secrets Manager and SSM on this machine, in one. */
export interface LocalSecrets {
  readonly endpoint: string
  /** The bodies of the requests so far; `undefined` for one that is no JSON. */
  readonly asked: readonly unknown[]
  close(): Promise<void>
}

/** Starts them on the loopback interface, on a free port unless one is given; every secret and every parameter has this content. */
export const startLocalSecrets = async (content: string, port = 0): Promise<LocalSecrets> => {
  const asked: unknown[] = []
  const { port: bound, close } = await listen(port, (request, response) => {
    readText(request).then(
      (body) => {
        asked.push(parsedJson(body))
        const isSsm = String(request.headers['x-amz-target']).startsWith('AmazonSSM.')
        const answer = isSsm ? { Parameter: { Value: content } } : { SecretString: content }
        response.end(JSON.stringify(answer))
      },
      // Whoever asked went away while asking.
      () => response.destroy(),
    )
  })
  return { endpoint: `http://127.0.0.1:${bound}`, asked, close }
}
