import { removeService } from '../deploy/remove-service.js'
import { targetOf } from './target.js'

/**
 * `serverless remove`: takes functions, versions and triggers away; the store stays.
 * @type {import('../types.d.ts').Verb}
 */
export const remove = (context) => ({
  'remove:remove': async () => {
    // Those that are called from outside first.
    const inOrder = context
      .service()
      .functions.toSorted((a, b) => Number(b.hasUrl) - Number(a.hasUrl))
    await removeService(
      targetOf(context),
      inOrder.map(({ name }) => name),
      context.say,
    )
  },
})
