import { enableCompileCache, flushCompileCache } from 'node:module'
import { resolve as absolute } from 'node:path'
import process from 'node:process'
import { pathToFileURL } from 'node:url'
import type { Context } from 'aws-lambda'
import { readBots } from '../../plugins/bots/read-bots.js'
import { lambdaContext } from '../cloud/lambda-context.ts'
import { type SourceError, watchReplySources } from './watched-sources.ts'

/** What the stack asks of a sandbox. */
export interface InvokeMessage {
  readonly event: unknown
  readonly functionName: string
  readonly remainingMs: number
}

/** What a sandbox tells the stack: that it is warm, or what came of an invocation. */
export type SandboxMessage =
  /** `sources`: the names that REPLY_SOURCE may have. */
  | { readonly kind: 'ready'; readonly sources?: readonly string[] }
  | { readonly kind: 'unusable'; readonly error: string }
  | { readonly kind: 'returned'; readonly value: unknown }
  | { readonly kind: 'threw'; readonly error: string }

/** What a sandbox tells in between. */
export interface SourceErrorMessage extends SourceError {
  readonly kind: 'source-error'
}

type Handler = (event: unknown, context: Context) => Promise<unknown>

const tell = (message: SandboxMessage | SourceErrorMessage): Promise<void> =>
  new Promise((resolve) => {
    process.send?.(message, undefined, undefined, () => resolve())
  })

const describe = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error)

/** `handlers/replies.handler`, as serverless.yml names a file and its export. */
const loadHandler = async (name: string): Promise<Handler> => {
  // Where the deployed functions have it in their bundles.
  Object.assign(globalThis, { TENCENT_CHAT_BOTS: await readBots(process.cwd()) })
  const dot = name.lastIndexOf('.')
  const loaded: Record<string, unknown> = await import(
    pathToFileURL(absolute(`${name.slice(0, dot)}.ts`)).href
  )
  const handler = loaded[name.slice(dot + 1)]
  if (typeof handler !== 'function') throw new Error(`${name} is no function`)
  return handler as Handler
}

const serve = (handler: Handler): void => {
  process.on('message', ({ event, functionName, remainingMs }: InvokeMessage) => {
    Promise.resolve(handler(event, lambdaContext(functionName, remainingMs))).then(
      (value) => tell({ kind: 'returned', value }),
      (error: unknown) => tell({ kind: 'threw', error: describe(error) }),
    )
  })
}

/** The function's own words, and where in the project they come from, if that is known. */
const whyUnusable = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  const project = pathToFileURL(process.cwd()).href
  const [, where] =
    new RegExp(`${project}/((?!node_modules)[^\\s)]+:\\d+)`).exec(error.stack ?? '') ?? []
  return where === undefined ||
    error.message.includes(where) ||
    /[Ee]nvironment/.test(error.message)
    ? error.message
    : `${error.message} (${where})`
}

// Control-C reaches every process of the terminal; this one ends when the stack lets go of it.
process.on('SIGINT', () => {}).on('disconnect', () => process.exit(0))
enableCompileCache()
try {
  const sources =
    process.env['REPLY_SOURCE'] === undefined
      ? undefined
      : await watchReplySources(process.cwd(), (error) => {
          void tell({ kind: 'source-error', ...error })
        })
  serve(await loadHandler(process.env['_HANDLER'] ?? ''))
  await tell({ kind: 'ready', ...(sources && { sources }) })
  flushCompileCache()
} catch (error) {
  await tell({ kind: 'unusable', error: whyUnusable(error) })
  process.exit(1)
}
