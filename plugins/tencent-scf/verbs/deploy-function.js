import { deployService } from '../deploy/deploy-service.js'
import { planService } from '../deploy/plan.js'
import { bundleFunction } from '../package/bundle.js'
import { functionNamed } from '../read-service.js'
import { targetOf } from './target.js'

/**
 * `serverless deploy function -f F`: the same for one function alone.
 * @type {import('../types.d.ts').Verb}
 */
export const deployFunction = (context) => ({
  'deploy:function:deploy': async () => {
    const service = context.service()
    const one = functionNamed(service, context.options['function'])
    const wanted = await planService(service, context.env, (each) => bundleFunction(service, each))
    await deployService(
      targetOf(context),
      wanted.filter(({ key }) => key === one.key),
      context.say,
    )
  },
})
