/**
 * What the server told, part by part: `message …`, `call …`, `reply …`, `notice …`, `place` and `settings`.
 * @type {Map<string, any>}
 */
const parts = new Map()

/** @param {string} kind @returns {any[]} in the order in which they came into being */
const all = (kind) =>
  [...parts].filter(([name]) => name.startsWith(`${kind} `)).map(([, value]) => value)

export const state = {
  /** Written by the user, or by the bot as far as it has come. */
  messages: () => all('message'),
  /** Of the functions to the service. */
  calls: () => all('call'),
  /** As stored, oldest first. */
  replies: () => all('reply').sort((a, b) => a.createdAtMs - b.createdAtMs),
  notices: () => all('notice'),
  place: () => parts.get('place'),
  settings: () => parts.get('settings'),
}

/**
 * Listens to the server. Calls `changed` at most once a frame, and `connected` with whether the server is there.
 * @param {() => void} changed @param {(isConnected: boolean) => void} connected
 */
export const listen = (changed, connected) => {
  let drawn = true
  const take = (/** @type {MessageEvent} */ event) => {
    for (const [name, value] of JSON.parse(event.data)) parts.set(name, value)
    if (drawn)
      requestAnimationFrame(() => {
        drawn = true
        changed()
      })
    drawn = false
  }
  const source = new EventSource('/local/events')
  source.addEventListener('all', (event) => {
    parts.clear()
    take(event)
  })
  source.addEventListener('some', take)
  source.addEventListener('open', () => connected(true))
  source.addEventListener('error', () => connected(false))
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
