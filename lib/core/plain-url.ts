/** True for a URL of http or https, without user, password or query. */
export const isPlainUrl = (text: string): boolean => isUrlWithQuery(text) && !text.includes('?')

/** The same, but it may have a query. */
export const isUrlWithQuery = (text: string): boolean => {
  try {
    const { protocol, username, password } = new URL(text)
    return /^https?:$/.test(protocol) && username + password === ''
  } catch {
    // `URL.canParse` would be shorter; Node 18.15 has none.
    return false
  }
}

/** Hosts that no network lies before. */
const LOOPBACK = /^(localhost|[\w-]+\.localhost|127(\.\d+){3}|\[::1\])$/

/** True for a host name of this very machine. */
export const isLoopback = (hostname: string): boolean => LOOPBACK.test(hostname)

/** True for a URL under which others may read along: of http, to another machine. */
export const isReadable = (text: string): boolean => {
  if (!isUrlWithQuery(text)) return false
  const { protocol, hostname } = new URL(text)
  return protocol === 'http:' && !isLoopback(hostname)
}

/** True for a URL of MySQL that names user, host and database. */
export const isMysqlUrl = (text: string): boolean => {
  try {
    const { protocol, hostname, username, pathname } = new URL(text)
    return protocol === 'mysql:' && hostname !== '' && username !== '' && /^\/[^/]+$/.test(pathname)
  } catch {
    return false
  }
}
