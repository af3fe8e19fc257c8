import type { ChatSettings } from '../../local/simulator/settings.ts'
import { chanceFrom } from './random.ts'

/** What a soak can be told to leave out. */
export const troubles = [
  'faults',
  'kills',
  'freezes',
  'clocks',
  'stops',
  'overload',
  'hostile',
  'model',
] as const
export type Trouble = (typeof troubles)[number]

/** How functions and service are set for a whole run. */
export interface RunSettings {
  readonly leaseMs: number
  readonly minGapMs: number
  readonly callsPerSecond: number
  readonly messageBytes: number
  readonly handOverMs: number
  readonly service: Partial<ChatSettings>
}

/** The same settings for the same seed. */
export const settingsFrom = (seed: number): RunSettings => {
  const { oneOf } = chanceFrom(seed)
  return {
    leaseMs: oneOf([4_000, 8_000, 15_000]),
    minGapMs: oneOf([100, 200, 300]),
    callsPerSecond: oneOf([25, 50, 200]),
    messageBytes: oneOf([2_048, 4_096, 11_264]),
    handOverMs: oneOf([10_000, 20_000]),
    service: {
      storedChunks: oneOf(['apart', 'joined']),
      chatbotPlugin: oneOf([1, 2]),
      tooLongCode: oneOf([80_002, 93_000]),
    },
  }
}

/** As environment variables that serverless.yml takes. */
export const environmentOf = (settings: RunSettings): Readonly<Record<string, string>> => ({
  LEASE_MS: String(settings.leaseMs),
  MIN_GAP_MS: String(settings.minGapMs),
  CALLS_PER_SECOND: String(settings.callsPerSecond),
  MESSAGE_BYTES: String(settings.messageBytes),
  HAND_OVER_MS: String(settings.handOverMs),
  SOURCE_TIMEOUT_MS: '20000',
})
