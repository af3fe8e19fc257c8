#!/usr/bin/env node
// Plain JavaScript, so that any Node runs it: `npx tencent-chat-stream secrets`.
import { strongSecrets } from './strong-secrets.js'

const USAGE = `npx tencent-chat-stream secrets            prints a strong value for each secret that you choose yourself,
                                            as lines for a file .env
npx tencent-chat-stream secrets --json     the same as the JSON object that SECRETS_NAME names`

const [command, option, ...rest] = process.argv.slice(2)
const isKnown =
  command === 'secrets' && rest.length === 0 && (option === undefined || option === '--json')

if (isKnown) {
  const secrets = strongSecrets()
  console.log(
    option === '--json'
      ? JSON.stringify(secrets, null, 2)
      : Object.entries(secrets)
          .map(([name, value]) => `${name}=${value}`)
          .join('\n'),
  )
} else {
  const asked = [command, option].some((word) => word === '--help' || word === '-h')
  console[asked ? 'log' : 'error'](USAGE)
  process.exitCode = asked ? 0 : 2
}
