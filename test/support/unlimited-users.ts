import type { AdmitDeps } from '../../lib/use-cases/admit-turn.ts'
import { memoryUserRecords } from '../../local/memory/user-records.ts'

/** Users who may write as much as they like. */
export const unlimitedUsers = (): Pick<AdmitDeps, 'users' | 'limitsOf'> => ({
  users: memoryUserRecords({ clock: { now: Date.now } }),
  limitsOf: () => ({ perMinute: 0, perDay: 0 }),
})
