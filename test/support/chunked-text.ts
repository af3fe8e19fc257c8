import { readTrace } from './delivery-world.ts'

/** All that a recorded model said. */
export const traceText = (name: string): string =>
  readTrace(name)
    .map(({ text }) => text)
    .join('')

/** The text in `count` parts of about the same length. */
export const cutInto = (text: string, count: number): readonly string[] => {
  const at = (index: number) => Math.round((text.length * index) / count)
  return Array.from({ length: count }, (_, index) => text.slice(at(index), at(index + 1)))
}

/** The same items in another order each time. */
export const shuffled = <T>(items: readonly T[]): readonly T[] =>
  items
    .map((item) => ({ item, place: Math.random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item)
