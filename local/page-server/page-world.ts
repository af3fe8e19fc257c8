import { startTraceModel, type TraceModel } from '../model/server.ts'
import { type ChangeBell, changeBell } from './change-bell.ts'
import { type LocalChat, startLocalChat } from './local-chat.ts'
import { type Switches, switches } from './switches.ts'

/** What the page plays with: the simulated chat, a model that plays recorded answers, and the switches of both. */
export interface PageWorld {
  /** Absent where the functions talk to the real service. */
  readonly chat?: LocalChat
  readonly model: TraceModel
  readonly switches: Switches
  /** Rings when the page has something new to show. */
  readonly bell: ChangeBell
  close(): Promise<void>
}

export interface PageWorldOptions {
  readonly live: boolean
  /** The caller's own choice in the environment, such as `openai`. */
  readonly ownSource: string | undefined
  /** The caller's environment. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Called when the environment of the functions has changed; resolves when they run with it. */
  readonly sourceChanged: () => Promise<void>
  /** Kills the processes that answer users now. */
  readonly killWorkers: () => void
}

/** Starts chat and model on the loopback interface, on free ports. */
export const startPageWorld = async (options: PageWorldOptions): Promise<PageWorld> => {
  const { live } = options
  const bell = changeBell()
  const model = await startTraceModel()
  const chat = live ? undefined : await startLocalChat(bell.ring)
  return {
    ...(chat && { chat }),
    model,
    switches: switches({ ...options, ...(chat && { service: chat.service }), model }),
    bell,
    close: async () => {
      await Promise.all([model.close(), chat?.close()])
    },
  }
}
