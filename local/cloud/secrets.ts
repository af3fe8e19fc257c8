import type { IncomingMessage, ServerResponse } from 'node:http'
import { text as readText } from 'node:stream/consumers'
import { parsedJson } from '../../lib/core/json.ts'
import { listen } from './listen.ts'
import { isJsonObject } from './whole-requests.ts'

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
  const answers: Readonly<Record<string, object>> = {
    'secretsmanager.GetSecretValue': { SecretString: content },
    'AmazonSSM.GetParameter': { Parameter: { Value: content } },
  }
  const answer = (request: IncomingMessage, body: string): readonly [number, object] => {
    const input = parsedJson(body)
    asked.push(input)
    if (!isJsonObject(input)) return [400, { __type: 'SerializationException' }]
    const known = answers[String(request.headers['x-amz-target'])]
    return known ? [200, known] : [400, { __type: 'UnknownOperationException' }]
  }
  const { port: bound, close } = await listen(port, (request, response) => {
    if (request.method !== 'POST' || request.url !== '/') return nothingHere(response)
    readText(request).then(
      (body) => {
        const [status, said] = answer(request, body)
        response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' })
        response.end(JSON.stringify(said))
      },
      // Whoever asked went away while asking.
      () => response.destroy(),
    )
  })
  return { endpoint: `http://127.0.0.1:${bound}`, asked, close }
}

const nothingHere = (response: ServerResponse): void => {
  response.writeHead(404).end('There is nothing here.')
}
