import { type IncomingMessage, request as plainRequest } from 'node:http'
import type { RequestOptions } from 'node:https'
import type { SoundDoor } from '../../lib/adapters/sources/voice/fetch-sound.ts'

/** What a request was told to connect to. */
interface Knock {
  readonly host: unknown
  readonly path: unknown
  readonly servername: unknown
  readonly address: string
}

const addressIn = ({ lookup }: RequestOptions): string => {
  let found = ''
  lookup?.('', {}, (_, address) => {
    found = String(address)
  })
  return found
}

/**
 * A way out to which every host name has `addresses`, each time that it is asked the next of these lists, and that leads to one
 * server on this machine. It notes whoever knocks.
 */
export const soundDoor = (url: string, addresses: readonly (readonly string[])[]) => {
  const { port } = new URL(url)
  const knocks: Knock[] = []
  let resolved = 0
  const door: SoundDoor = {
    resolve: async () => {
      resolved += 1
      return addresses[Math.min(resolved, addresses.length) - 1] ?? []
    },
    request: ((options: RequestOptions, answer: (response: IncomingMessage) => void) => {
      const { host, path, servername, headers, signal } = options
      knocks.push({ host, path, servername, address: addressIn(options) })
      const here = { host: '127.0.0.1', port, path: String(path), agent: false }
      return plainRequest(
        {
          ...here,
          ...(headers === undefined ? {} : { headers }),
          ...(signal === undefined ? {} : { signal }),
        },
        answer,
      )
    }) as SoundDoor['request'],
  }
  return { door, knocks, resolved: () => resolved }
}
