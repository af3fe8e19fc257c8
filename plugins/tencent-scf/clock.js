import { setTimeout as sleep } from 'node:timers/promises'

/** @type {import('./types.d.ts').Clock} */
export const systemClock = { now: () => Date.now(), sleep: async (ms) => void (await sleep(ms)) }
