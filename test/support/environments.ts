import { readConfig } from '../../lib/config.ts'

/** The least that a function needs. */
export const least = {
  CHAT_SDK_APP_ID: '1400000000',
  CHAT_SECRET_KEY: 'the-key',
  REPLIES_TABLE: 'replies',
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'id',
  AWS_SECRET_ACCESS_KEY: 'secret',
}

/** What the functions that write replies say to an environment that is not right. */
export const messageFor = (env: NodeJS.ProcessEnv): string => {
  try {
    readConfig(env)
  } catch (error) {
    return (error as Error).message
  }
  throw new Error('The environment was taken.')
}

/** The variables that a message names, in its order. */
export const namedIn = (message: string): readonly string[] =>
  message
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(' ')[0] ?? '')
