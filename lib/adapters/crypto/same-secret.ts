import { createHash, timingSafeEqual } from 'node:crypto'

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/** Compares in constant time, also for texts of different length. */
export const sameSecret = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b))
