import { isLoopback } from '../../core/plain-url.ts'
import { keepSecret } from '../runtime/known-secrets.ts'
import type { MysqlAddress, MysqlTls } from './session.ts'

const PORT = 3_306

/**
 * Reads `mysql://user:password@host:3306/database`. `undefined` for anything else. Where nothing is said of TLS, it is on for
 * hosts that a network lies before.
 */
export const mysqlAddress = (
  text: string,
  { tls, ca }: { readonly tls?: MysqlTls | undefined; readonly ca?: string | undefined } = {},
): MysqlAddress | undefined => {
  keepSecret(text)
  try {
    const { protocol, hostname, port, username, password, pathname } = new URL(text)
    const database = decodeURIComponent(pathname.slice(1))
    if (protocol !== 'mysql:' || hostname === '' || username === '' || database === '') {
      return undefined
    }
    const secret = decodeURIComponent(password)
    keepSecret(secret)
    return {
      host: hostname.replace(/^\[(.*)\]$/, '$1'),
      port: port === '' ? PORT : Number(port),
      user: decodeURIComponent(username),
      password: secret,
      database,
      tls: tls ?? (isLoopback(hostname) ? 'off' : 'verify'),
      // A variable holds its lines in one.
      ...(ca === undefined ? {} : { ca: ca.replaceAll('\\n', '\n') }),
    }
  } catch {
    return undefined
  }
}
