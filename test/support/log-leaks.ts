import {
  apiToken,
  awsSecretKey,
  callbackToken,
  modelKey,
  secretKey,
  usualQuestion,
} from './known-secrets.ts'

const secrets = [secretKey, apiToken, awsSecretKey, callbackToken, modelKey]

/** Fields that could only hold what somebody wrote. */
const textFields = /^(text|asked|answered|customData|chunks?|pieces|content|prompt|body)$/

/** The event of `LOG_TEXT`, which is there to show text. */
const TEXT_EVENT = 'chunk'

/** What no output may show, whoever writes it: the names of what was found. */
export const credentialsIn = (output: string): readonly string[] => [
  ...(/usersig["'\\]*\s*[=:]/i.test(output) ? ['a usersig'] : []),
  ...(secrets.some((secret) => output.includes(secret)) ? ['a secret'] : []),
]

/** What a JSON line of the service's log or metrics must not show; nothing for any other text. */
export const leaksIn = (line: string): readonly string[] => {
  if (!line.includes('"service":"tencent-chat-stream"')) return []
  const texts: string[] = []
  const entry: unknown = JSON.parse(line, (name, value: unknown) => {
    if (typeof value === 'string' && textFields.test(name)) texts.push(`the field ${name}`)
    return value
  })
  const event = String(Object(entry).message)
  if (line.includes(usualQuestion)) texts.push('what a user asked')
  const found = [...credentialsIn(line), ...(event === TEXT_EVENT ? [] : texts)]
  return found.map((what) => `${event} shows ${what}`)
}
