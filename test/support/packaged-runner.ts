/**
 * Run by the packaged Node with the path of a handler, bundled or not: invokes it with each message of its parent and sends back
 * the answer. Ends when the parent disconnects.
 */
import { createRequire } from 'node:module'

type Handler = (event: unknown, context: object) => Promise<object | undefined>

const [, , handlerPath = ''] = process.argv
const { handler } = createRequire(handlerPath)(handlerPath) as { readonly handler: Handler }
const context = { getRemainingTimeInMillis: () => 29_000, awsRequestId: 'invocation-1' }

process.on('message', (event) => {
  handler(event, context).then(
    (answer) => process.send?.(answer ?? {}),
    (error: unknown) => process.send?.({ statusCode: 0, body: String(error) }),
  )
})
