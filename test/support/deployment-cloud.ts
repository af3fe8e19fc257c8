import { createServer, type IncomingMessage, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { text as readText } from 'node:stream/consumers'
import { buildApp } from 'fauxqs'
import { CallRefused, cloudFormationStandIn, type ObjectStore } from './cloudformation-stand-in.ts'
import type { Environment } from './local-cloud.ts'

const listen = (server: Server): Promise<string> =>
  new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    })
  })

const close = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })

/** S3 as CloudFormation sees it, over HTTP. */
const objectStore = (endpoint: string): ObjectStore => {
  const bucketAs = async (method: 'PUT' | 'DELETE', bucket: string): Promise<void> => {
    const { ok, status } = await fetch(`${endpoint}/${bucket}`, { method })
    if (!ok) throw new CallRefused(`${method} ${bucket} was answered ${status}`)
  }
  return {
    read: async (path) => {
      const response = await fetch(endpoint + path)
      return response.ok ? Buffer.from(await response.arrayBuffer()) : undefined
    },
    isEmpty: async (bucket) => {
      const listing = await fetch(`${endpoint}/${bucket}?list-type=2`)
      return !(await listing.text()).includes('<Key>')
    },
    makeBucket: (bucket) => bucketAs('PUT', bucket),
    removeBucket: (bucket) => bucketAs('DELETE', bucket),
  }
}

/** Passes on what is asked of 127.0.0.1, and nothing else; the framework sends all its calls through a proxy when told to. */
const startProxy = async () => {
  const hosts: string[] = []
  const server = createServer((_, response) => response.writeHead(403).end())
  server.on('connect', ({ url = '' }: IncomingMessage, client, head: Buffer) => {
    const { hostname, port } = new URL(`http://${url}`)
    hosts.push(hostname)
    if (hostname !== '127.0.0.1') return client.end('HTTP/1.1 403 Forbidden\r\n\r\n')
    const target = connect(Number(port), hostname, () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      target.write(head)
      client.pipe(target).pipe(client)
    })
    for (const socket of [client, target]) socket.on('error', () => target.destroy())
    return undefined
  })
  return {
    url: await listen(server),
    hosts: hosts as readonly string[],
    close: () => close(server),
  }
}

interface Answer {
  readonly status: number
  readonly type: string
  readonly body: string
}

const xmlAnswer = (status: number, body: string): Answer => ({ status, type: 'text/xml', body })
const jsonAnswer = (status: number, body: object): Answer => ({
  status,
  type: 'application/json',
  body: JSON.stringify(body),
})

type CloudFormation = ReturnType<typeof cloudFormationStandIn>

const answerQuery = async (cloudFormation: CloudFormation, form: string): Promise<Answer> => {
  const query = Object.fromEntries(new URLSearchParams(form))
  const action = query['Action']
  try {
    const result = await cloudFormation.call(query)
    const content = `<${action}Result>${result}</${action}Result>`
    return xmlAnswer(200, `<${action}Response>${content}</${action}Response>`)
  } catch (error) {
    if (!(error instanceof CallRefused)) throw error
    const { code, message } = error
    const content = `<Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error>`
    return xmlAnswer(400, `<ErrorResponse>${content}</ErrorResponse>`)
  }
}

const functionPath = /^\/2015-03-31\/functions\/([^/]+)$/

/** What a deployment asks of Lambda: when a function was last changed. */
const answerLambda = async (cloudFormation: CloudFormation, name: string): Promise<Answer> => {
  const deployed = (await cloudFormation.functions()).find((one) => one.name === name)
  return deployed === undefined
    ? jsonAnswer(404, { Type: 'User', Message: `Function not found: ${name}` })
    : jsonAnswer(200, { Configuration: { LastModified: deployed.changedAt.toISOString() } })
}

const answer = async (cloudFormation: CloudFormation, asked: IncomingMessage): Promise<Answer> => {
  const { method, url = '', headers } = asked
  const name = functionPath.exec(url)?.[1]
  if (method === 'GET' && name !== undefined) return answerLambda(cloudFormation, name)
  const target = String(headers['x-amz-target'])
  // Whether there are container images to remove.
  if (target.endsWith('.DescribeRepositories')) {
    return jsonAnswer(400, { __type: 'RepositoryNotFoundException' })
  }
  if (headers['content-type']?.startsWith('application/x-www-form-urlencoded')) {
    return answerQuery(cloudFormation, await readText(asked))
  }
  cloudFormation.unknownCalls.push(`${method} ${url} ${target}`)
  return jsonAnswer(400, {})
}

/** All that a deployment asks of AWS, on 127.0.0.1: CloudFormation and what little it wants of Lambda and ECR, S3, STS. */
export const startDeploymentCloud = async () => {
  const storage = buildApp({ logger: false })
  const storageUrl = await storage.listen({ host: '127.0.0.1', port: 0 })
  const cloudFormation = cloudFormationStandIn(objectStore(storageUrl))
  const server = createServer(async (asked, response) => {
    const { status, type, body } = await answer(cloudFormation, asked).catch((error: unknown) =>
      xmlAnswer(500, String(error)),
    )
    response.writeHead(status, { 'content-type': type }).end(body)
  })
  const url = await listen(server)
  const proxy = await startProxy()

  const env: Environment = {
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'aws-secret-access-key',
    AWS_REGION: 'eu-central-1',
    AWS_ENDPOINT_URL: url,
    AWS_ENDPOINT_URL_S3: storageUrl,
    AWS_ENDPOINT_URL_STS: storageUrl,
    HTTP_PROXY: proxy.url,
    HTTPS_PROXY: proxy.url,
    SLS_AWS_MONITORING_FREQUENCY: '20',
    // A call that fails here fails for good.
    SLS_AWS_REQUEST_MAX_RETRIES: '0',
  }
  return {
    cloudFormation,
    env,
    /** The hosts that were connected to, one for each connection. */
    hosts: proxy.hosts,
    close: async (): Promise<void> => {
      await proxy.close()
      await close(server)
      await storage.close()
    },
  }
}
