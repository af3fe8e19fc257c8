import { type Answer, inWords, remedy } from './answer.ts'
import type { Finding } from './finding.ts'

/** Looks for the bot among the robots of the application; `bot` undefined where nobody named one. */
export const judgeRobot = (
  robots: readonly string[],
  bot: string | undefined,
  created: Answer | undefined,
): Finding => {
  const about = { id: 'robot', title: 'Robot account' }
  const list = robots.length === 0 ? 'none' : robots.join(', ')
  if (created !== undefined && bot !== undefined) {
    return created.kind === 'accepted'
      ? { ...about, verdict: 'right', heard: `${bot} was created.` }
      : { ...about, verdict: 'wrong', heard: inWords(created), mend: remedy(created) }
  }
  if (bot === undefined) {
    return robots.length === 0
      ? {
          ...about,
          verdict: 'wrong',
          heard: 'The application has none.',
          mend: 'Create one: npm run doctor -- --bot @RBT#NAME --create-robot',
        }
      : { ...about, verdict: 'right', heard: `The application has ${list}.` }
  }
  if (robots.includes(bot)) return { ...about, verdict: 'right', heard: `${bot} is there.` }
  const heard = `${bot} is not among the robots of the application (${list}).`
  return {
    ...about,
    verdict: 'wrong',
    heard,
    mend: 'Add --create-robot, or name another with --bot.',
  }
}
