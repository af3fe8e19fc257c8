import { type EmbeddedDynamo, startEmbeddedDynamo } from '../../local/cloud/embedded-dynamo.ts'
import { openWorld, type World, type WorldOptions } from './world.ts'

/** What the parent asks for; each request is answered with its number. */
export type ServerRequest =
  | { readonly ask: 'open'; readonly options: WorldOptions }
  | { readonly ask: 'take' | 'look'; readonly url: string }
  | { readonly ask: 'dynamo' }

/** The process whose log gives the figures. It ends with its parent. */
const worlds = new Map<string, World>()
let dynamo: Promise<EmbeddedDynamo> | undefined

const handle = async (request: ServerRequest): Promise<unknown> => {
  switch (request.ask) {
    case 'open': {
      const world = await openWorld(request.options)
      worlds.set(world.url, world)
      return { url: world.url }
    }
    case 'look':
    case 'take': {
      const world = worlds.get(request.url)
      const log = { calls: world?.calls() ?? [], violations: world?.violations() ?? [] }
      if (request.ask === 'look') return log
      world?.close()
      worlds.delete(request.url)
      return log
    }
    case 'dynamo': {
      dynamo ??= startEmbeddedDynamo({ engine: 'auto' })
      const { engine, endpoint } = await dynamo
      return { engine, endpoint }
    }
  }
}

process.on('message', (message: { readonly number: number; readonly request: ServerRequest }) => {
  const answer = (value: object) => process.send?.({ number: message.number, ...value })
  handle(message.request).then(
    (value) => answer({ value }),
    (error: unknown) => answer({ error: String(error) }),
  )
})
process.once('disconnect', async () => {
  await (await dynamo)?.close()
  process.exit()
})
