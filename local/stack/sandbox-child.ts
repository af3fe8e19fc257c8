import { enableCompileCache, flushCompileCache } from 'node:module'
import { resolve as absolute } from 'node:path'
import process from 'node:process'
import { pathToFileURL } from 'node:url'
import type { Context } from 'aws-lambda'
import { lambdaContext } from '../cloud/lambda-context.ts'

/** What the stack asks of a sandbox. */
export interface InvokeMessage {
  readonly event: unknown
  readonly functionName: string
  readonly remainingMs: number
}

/** What a sandbox tells the stack: that it is warm, or what came of an invocation. */
export type SandboxMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'unusable'; readonly error: string }
  | { readonly kind: 'returned'; readonly value: unknown }
  | { readonly kind: 'threw'; readonly error: string }

type Handler = (event: unknown, context: Context) => Promise<unknown>

const tell = (message: SandboxMessage): Promise<void> =>
  new Promise((resolve) => {
    process.send?.(message, undefined, undefined, () => resolve())
  })

const describe = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error)

/** `handlers/replies.handler`, as serverless.yml names a file and its export. */
const loadHandler = async (name: string): Promise<Handler> => {
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

// Control-C reaches every process of the terminal; this one ends when the stack lets go of it.
process.on('SIGINT', () => {}).on('disconnect', () => process.exit(0))
enableCompileCache()
try {
  serve(await loadHandler(process.env['_HANDLER'] ?? ''))
  await tell({ kind: 'ready' })
  flushCompileCache()
} catch (error) {
  const unusable = error instanceof Error ? error.message : String(error)
  await tell({ kind: 'unusable', error: unusable })
  process.exit(1)
}
