import type { ServerResponse } from 'node:http'

/** What a page knows, each part under a name of its own, as JSON. */
export type Parts = ReadonlyMap<string, string>

/** Keeps pages up to date by server-sent events. */
export interface EventFeed {
  /** Sends everything, and from then on what changes, until the page is closed. */
  open(response: ServerResponse): void
  /** Something may have changed; it is looked up and sent soon. */
  note(): void
  /** Pages that listen. */
  readonly listeners: () => number
  close(): void
}

const GATHER_MS = 30

/** Each event is a JSON list of `[name, value]`; `all` replaces what the page knew, `some` adds to it, `gone` lists names. */
export const eventFeed = (readParts: () => Parts): EventFeed => {
  const pages = new Set<ServerResponse>()
  let sent: Parts = new Map()
  let timer: NodeJS.Timeout | undefined

  const flush = (): void => {
    timer = undefined
    const parts = readParts()
    const changed = [...parts].filter(([name, json]) => sent.get(name) !== json)
    const gone = [...sent.keys()].filter((name) => !parts.has(name))
    sent = parts
    for (const page of pages) {
      if (gone.length > 0) page.write(`event: gone\ndata: ${JSON.stringify(gone)}\n\n`)
      if (changed.length > 0) page.write(eventOf('some', changed))
    }
  }

  return {
    open(response) {
      response.writeHead(200, {
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
      })
      flush()
      response.write(eventOf('all', [...sent]))
      pages.add(response)
      response.on('close', () => pages.delete(response))
    },
    note() {
      timer ??= setTimeout(flush, GATHER_MS)
    },
    listeners: () => pages.size,
    close() {
      clearTimeout(timer)
      for (const page of pages) page.end()
    },
  }
}

const eventOf = (name: string, parts: readonly (readonly [string, string])[]): string =>
  `event: ${name}\ndata: [${parts.map(([key, json]) => `[${JSON.stringify(key)},${json}]`)}]\n\n`
