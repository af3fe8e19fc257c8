import { systemClock } from '../../lib/adapters/runtime/system-clock.ts'
import { callbackUrlAt, type TunnelCheck } from './tunnel-check.ts'

/** The events that the webhook answers; every other genuine callback is answered OK, and nothing follows. */
const EVENTS = ['Bot.OnC2CMessage', 'Bot.OnGroupMessage']

/** What to do in the console, so that Tencent's callbacks come here. */
export const whatToPaste = (publicUrl: string): string => `
Paste into the Chat console, under Webhook Configuration:
  URL      ${callbackUrlAt(publicUrl)}
  token    the value of CHAT_CALLBACK_TOKEN, with authentication switched on
  events   ${EVENTS.join(', ')} (the robot events)
A change takes effect after up to two minutes.`

/** Whether the address leads here, for a terminal, and what to do where it does not. */
export const reachSentence = async (
  publicUrl: string,
  localUrl: string,
  { reach }: Pick<TunnelCheck, 'reach'>,
  clock = systemClock,
): Promise<string> => {
  const problem = await reach(publicUrl, clock)
  return problem === undefined
    ? `✓ ${publicUrl} leads here.`
    : `✗ ${publicUrl} does not lead here: ${problem}. Let the tunnel lead to ${localUrl} (docs/local.md), then start again.`
}
