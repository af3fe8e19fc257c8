import type { Finding } from '../doctor/finding.ts'
import type { Deployment } from './deployment.ts'

/** The longest names that the clouds take, and what is made of `names.stack` and a function's key. */
const MAX_FUNCTION_CHARS = { aws: 64, tencent: 60 }
const MAX_QUEUE_CHARS = 80
/** What the framework and SQS take in names. */
const STAGE = /^[a-zA-Z][a-zA-Z\d-]*$/

/** Looks at the names that are made of the stage, before a cloud refuses them halfway. */
export const checkNames = ({ cloud, stage, names, functions }: Deployment): Finding => {
  const about = { id: 'names', title: 'Names' }
  const longest = [...functions.keys()]
    .map((key) => `${names.stack}-${key}`)
    .reduce((a, b) => (b.length > a.length ? b : a), '')
  const [mostChars, failedQueue] = [MAX_FUNCTION_CHARS[cloud], `${names.stack}-replies-failed.fifo`]
  const problems = [
    ...(STAGE.test(stage)
      ? []
      : [`The stage must be letters, digits and hyphens, not "${stage}".`]),
    ...(longest.length > mostChars
      ? [`${longest} has ${longest.length} characters, and a function's name at most ${mostChars}.`]
      : []),
    ...(cloud === 'aws' && failedQueue.length > MAX_QUEUE_CHARS
      ? [`${failedQueue} has more than ${MAX_QUEUE_CHARS} characters.`]
      : []),
  ]
  if (problems.length === 0)
    return { ...about, verdict: 'right', heard: `All begin ${names.stack}.` }
  const mend = 'Choose another name for the stage: --stage prod'
  return { ...about, verdict: 'wrong', heard: problems.join('\n'), mend }
}
