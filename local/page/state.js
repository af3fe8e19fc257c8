/** @typedef {{ user: string, bot: string }} Pair A user and the bot that they write to. */

/**
 * What the server told, part by part: `message …`, `call …`, `reply …`, `turn …`, `ghost …`, `notice …`, `place`, `build`,
 * `scenarios` and `settings`.
 * @type {Map<string, any>}
 */
const parts = new Map()

const RETRY_MS = 1_000

/** @param {string} kind @returns {any[]} in the order in which they came into being */
const all = (kind) =>
  [...parts].filter(([name]) => name.startsWith(`${kind} `)).map(([, value]) => value)

export const state = {
  /** Written by a user, or by a bot as far as it has come. */
  messages: () => all('message'),
  /** Of the functions to the service. */
  calls: () => all('call'),
  /** As stored, oldest first. */
  replies: () => all('reply').sort((a, b) => a.createdAtMs - b.createdAtMs),
  /** What is known of a turn beside its record. @param {string} replyId */
  turn: (replyId) => parts.get(`turn ${replyId}`),
  /** What a plain loop made of a message. @param {string} msgKey */
  ghost: (msgKey) => parts.get(`ghost ${msgKey}`),
  notices: () => all('notice'),
  place: () => parts.get('place'),
  build: () => parts.get('build'),
  scenarios: () => parts.get('scenarios') ?? [],
  settings: () => parts.get('settings'),
}

/**
 * Listens to the server. Calls `changed` at most once a frame, and `connected` with whether the server is there.
 * @param {() => void} changed @param {(isConnected: boolean) => void} connected
 */
export const listen = (changed, connected) => {
  let drawn = true
  const draw = () => {
    if (drawn)
      requestAnimationFrame(() => {
        drawn = true
        changed()
      })
    drawn = false
  }
  const take = (/** @type {MessageEvent} */ event) => {
    for (const [name, value] of JSON.parse(event.data)) parts.set(name, value)
    draw()
  }
  const open = () => {
    const source = new EventSource('/local/events')
    source.addEventListener('all', (event) => {
      parts.clear()
      take(event)
    })
    source.addEventListener('some', take)
    source.addEventListener('gone', (event) => {
      for (const name of JSON.parse(event.data)) parts.delete(name)
      draw()
    })
    source.addEventListener('open', () => connected(true))
    source.addEventListener('error', () => {
      connected(false)
      // A stack that is only starting answers 404, after which a browser does not try again by itself.
      if (source.readyState === EventSource.CLOSED) setTimeout(open, RETRY_MS)
    })
  }
  open()
}

/**
 * Asks the server to do something. Answers with what went wrong, in a sentence; `undefined` when all is well.
 * @param {string} path @param {object} body @returns {Promise<string | undefined>}
 */
export const ask = async (path, body) => {
  const headers = { 'content-type': 'application/json' }
  try {
    const response = await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) })
    const { message } = await response.json()
    return response.ok ? undefined : message
  } catch {
    return 'The local stack does not answer. Is npm start still running?'
  }
}
