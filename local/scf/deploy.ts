import { systemClock } from '../../lib/adapters/runtime/system-clock.ts'
import { accessFrom } from './access.ts'
import { runCommand } from './command.ts'
import { deployService } from './deploy-service.ts'
import { planService } from './plan.ts'
import { scfApi } from './scf-api.ts'
import { readService } from './service.ts'

/** What is left to do by hand once the functions stand. */
const whatToPaste = ({ replies, webhook }: Readonly<Record<string, string>>): string =>
  [
    replies && `\nReplies API  ${replies}/replies`,
    webhook && `Webhook      ${webhook}/webhooks/chat`,
    webhook &&
      '\nIn the console of Tencent Chat, under Webhook Configuration: paste the webhook URL, switch on authentication with the\n' +
        'token that CHAT_CALLBACK_TOKEN holds, and tick the robot events. It takes two minutes to count.',
  ]
    .filter(Boolean)
    .join('\n')

await runCommand(async (stage) => {
  const wanted = await planService(await readService(stage, process.env), process.env)
  const api = scfApi(accessFrom(process.env), systemClock)
  const urls = await deployService({ api, clock: systemClock }, wanted, console.log)
  console.log(whatToPaste(urls))
})
