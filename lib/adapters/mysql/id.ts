import { digest } from '../runtime/digest.ts'

/** What a column of ids holds as it is: the server's collations differ in what they think of the rest. */
const plain = /^[\x21-\x7e]{1,200}$/

/** The id of a row that others named: their own name, or a digest of it where it is long or has other characters. */
export const idOf = (name: string): string => (plain.test(name) ? name : digest([name]))
