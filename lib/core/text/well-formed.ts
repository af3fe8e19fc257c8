/** Replaces each surrogate that stands alone by U+FFFD: it could not be sent as UTF-8 anyway. */
export const wellFormed = (text: string): string => text.replace(/\p{Surrogate}/gu, '\uFFFD')
