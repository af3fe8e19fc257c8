import type { LocalCloud } from '../cloud/cloud.ts'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Asks the real service for the bots of the application, which shows whether key, application and region belong together.
 * Answers with their names. Rejects with what is wrong and what to do.
 */
export const checkApplication = async (
  env: Environment,
  { runtime, tables }: LocalCloud,
): Promise<readonly string[]> => {
  const [{ composeChat }, { composeSecrets }, { readConfig }] = await Promise.all([
    import('../../lib/compose/writer.ts'),
    import('../../lib/compose/secrets.ts'),
    import('../../lib/config.ts'),
  ])
  const [table] = tables.tables.values()
  const config = readConfig({ ...chatVariables(env), ...runtime, REPLIES_TABLE: table })
  const { chatApi } = composeChat(config, composeSecrets(config))
  const listed = await chatApi.listRobots()
  if (listed.ok) return listed.value
  const { error } = listed
  const why = 'detail' in error ? error.detail : `${error.reason}, ErrorCode ${error.code}`
  throw new Error(
    `Tencent Chat does not work with these settings: ${why}\n` +
      'Look at CHAT_SDK_APP_ID, CHAT_SECRET_KEY and CHAT_REGION in the Chat console, or unset them for the simulator.',
  )
}

const chatVariables = (env: Environment): Environment =>
  Object.fromEntries(Object.entries(env).filter(([name]) => name.startsWith('CHAT_')))
