/** A short name that hardly anything else has, made of a number in [0, 1). */
export const randomName = (random: number): string => Math.floor(random * 2 ** 52).toString(36)
