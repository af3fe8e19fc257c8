import { deployService } from '../deploy/deploy-service.js'
import { planService } from '../deploy/plan.js'
import { describeVersions } from '../deploy/rollback.js'
import { readPackage } from '../package/packages.js'
import { targetOf } from './target.js'

/**
 * What is left to do by hand once the functions stand.
 * @param {Readonly<Record<string, string>>} urls
 * @returns {string}
 */
const whatToPaste = ({ replies, webhook }) =>
  [
    replies && `\nReplies API  ${replies}/replies`,
    webhook && `Webhook      ${webhook}/webhooks/chat`,
    webhook &&
      '\nIn the console of Tencent Chat, under Webhook Configuration: paste the webhook URL, switch on authentication with the\n' +
        'token that CHAT_CALLBACK_TOKEN holds, and tick the robot events. It takes two minutes to count.',
  ]
    .filter(Boolean)
    .join('\n')

/**
 * `serverless deploy`: brings functions and triggers to what serverless.scf.yml says; a second time changes nothing.
 * @type {import('../types.d.ts').Verb}
 */
export const deploy = (context) => ({
  'deploy:deploy': async () => {
    const service = context.service()
    const wanted = await planService(service, context.env, ({ key }) =>
      readPackage(service.packageDirectory, key),
    )
    context.say(whatToPaste(await deployService(targetOf(context), wanted, context.say)))
  },
  'deploy:list:log': async () => {
    const { api } = targetOf(context)
    for (const { name } of context.service().functions) {
      for (const line of await describeVersions(api, name)) context.say(line)
    }
  },
})
