import { describe, expect, it } from 'vitest'
import { sourceNames } from '../../../lib/compose/bot.ts'
import { readConfig, readWebhookConfig, readWorkerConfig } from '../../../lib/config.ts'
import { type FunctionName, functions, type PackagedTemplate } from './fixtures.ts'

const secretNames = [
  'CHAT_SECRET_KEY',
  'CHAT_CALLBACK_TOKEN',
  'REPLIES_API_TOKEN',
  'REPLIES_API_KEYS',
  'REPLIES_WEBHOOK_SECRET',
  'OPENAI_API_KEY',
  'DIFY_API_KEY',
  'COZE_API_TOKEN',
  'ADP_APP_KEY',
]

/** Known to every function that writes replies, and of use to the one that takes them over HTTP. */
const ofReplies: ReadonlySet<string> = new Set(['REPLIES_WEBHOOK_MAP'])

/** What Lambda gives to every function. */
const ofLambda = {
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'aws-secret-access-key',
}

type Reader = (env: NodeJS.ProcessEnv) => object

const readers: readonly (readonly [FunctionName, Reader])[] = [
  ['replies', readConfig],
  ['webhook', readWebhookConfig],
  ['worker', (env) => readWorkerConfig(sourceNames, env)],
  ['sweeper', readConfig],
]

/** The variables of each function, held against what it reads. */
export const describeEnvironment = (read: () => PackagedTemplate) => {
  const variablesOf = (name: FunctionName): Readonly<Record<string, string>> => {
    const { Environment } = read().resolvedOf(`${functions[name]}LambdaFunction`)
    return (Environment as { readonly Variables: Readonly<Record<string, string>> }).Variables
  }

  describe('the environment', () => {
    it.each(readers)('of %s has what the function reads, and nothing else', (name, reader) => {
      const variables = variablesOf(name)
      const config = reader({ ...variables, ...ofLambda })

      const known = Object.keys(config).filter(
        (variable) =>
          // The platform's own, and what is of use on another one alone.
          !/^((AWS|WORKER|MYSQL)_|SECRETS_ENDPOINT$|REPLIES_STORE$)/.test(variable) &&
          (name === 'replies' || !ofReplies.has(variable)),
      )
      const given = Object.keys(variables).filter((variable) => variable !== 'POWERTOOLS_LOG_LEVEL')
      expect(given.sort()).toEqual(known.filter((each) => !secretNames.includes(each)).sort())
    })

    it('names the secret, which the template neither holds nor makes', () => {
      const { text, template } = read()

      expect(secretNames.filter((name) => text.includes(name))).toEqual([])
      expect(variablesOf('webhook')['SECRETS_NAME']).toBe('tencent-chat-stream/prod')
      expect(Object.values(template.Resources).map(({ Type }) => Type)).not.toContain(
        'AWS::SecretsManager::Secret',
      )
    })
  })
}
