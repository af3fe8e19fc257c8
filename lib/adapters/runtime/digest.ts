import { createHash } from 'node:crypto'

/** A name of 64 characters that differs where a part does. */
export const digest = (parts: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex')
