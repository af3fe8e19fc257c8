import type { RequestListener } from 'node:http'
import { listen } from '../../local/cloud/listen.ts'

/** Answers HTTP on a free port of 127.0.0.1; `close` breaks what is still connected. */
export const serveOn = async (listener: RequestListener) => {
  const { port, close } = await listen(0, listener)
  return { url: `http://127.0.0.1:${port}`, close }
}
