import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { exampleWorlds } from '../support/example-world.ts'
import { user } from '../support/replies-world.ts'

const secret = `whsec_${Buffer.from('nobody may see this secret').toString('base64')}`
const startWorld = exampleWorlds([secret])

interface Node {
  readonly name: string
  readonly type: string
  readonly parameters: Readonly<Record<string, string>> & {
    readonly headerParameters: { readonly parameters: { name: string; value: string }[] }
  }
}
const workflow: {
  readonly nodes: readonly Node[]
  readonly connections: Readonly<Record<string, { main: { node: string }[][] }>>
} = JSON.parse(readFileSync('examples/workflow/n8n-order-shipped.json', 'utf8'))

/** What a node sees in its expressions and its code. */
interface Scope {
  readonly $json: unknown
  readonly $env: Readonly<Record<string, string>>
}

/** n8n takes what begins with `=` as text with expressions in it. */
const valueIn = (parameter: string | undefined, scope: Scope): string =>
  parameter?.startsWith('=')
    ? parameter.slice(1).replace(/{{(.*?)}}/g, (_, code) => String(runInNewContext(code, scope)))
    : (parameter ?? '')

const runCode = (code: string | undefined, scope: Scope): { readonly json: unknown } => {
  const require = createRequire(import.meta.url)
  return runInNewContext(`(() => {${code}\n})()`, { ...scope, require, Buffer, Date })
}

const send = ({ parameters }: Node, scope: Scope): Promise<Response> =>
  fetch(valueIn(parameters['url'], scope), {
    method: valueIn(parameters['method'], scope),
    headers: Object.fromEntries([
      ['content-type', valueIn(parameters['rawContentType'], scope)],
      ...parameters.headerParameters.parameters.map(
        ({ name, value }) => [name, valueIn(value, scope)] as const,
      ),
    ]),
    body: valueIn(parameters['body'], scope),
  })

/** Runs the nodes in the order of their connections, as n8n would, on what its webhook received. */
const runWorkflow = async (received: object, $env: Scope['$env']): Promise<Response> => {
  let $json: unknown = { body: received }
  let name = workflow.nodes.find(({ type }) => type.endsWith('.webhook'))?.name
  for (;;) {
    name = workflow.connections[name ?? '']?.main[0]?.[0]?.node
    const node = workflow.nodes.find((each) => each.name === name)
    if (node === undefined) throw new Error('the workflow ends without a request')
    if (node.type.endsWith('.httpRequest')) return send(node, { $json, $env })
    ;({ json: $json } = runCode(node.parameters['jsCode'], { $json, $env }))
  }
}

it('the workflow signs a webhook that becomes one reply, however often it runs', async () => {
  const world = await startWorld({
    env: { REPLIES_API_TOKEN: undefined, REPLIES_WEBHOOK_SECRET: secret },
  })
  const env = { REPLIES_URL: world.url, REPLIES_WEBHOOK_SECRET: secret }

  const first = await runWorkflow({ user, order: 17 }, env)
  const again = await runWorkflow({ user, order: 17 }, env)
  const unsigned = await runWorkflow(
    { user, order: 18 },
    { ...env, REPLIES_WEBHOOK_SECRET: `whsec_${Buffer.from('another').toString('base64')}` },
  )

  expect([first.status, again.status, unsigned.status]).toEqual([200, 200, 401])
  world.expectShown('Your order 17 is on its way.')
})
