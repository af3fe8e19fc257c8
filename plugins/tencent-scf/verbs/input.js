import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { parse } from 'yaml'

/**
 * The event that `--data` or `--path` gives: JSON, in a file YAML too; a text that is no JSON is one itself, and `--raw` says
 * that it is. Without either, an empty object.
 * @param {Readonly<Record<string, unknown>>} options
 * @param {string} directory What a path is relative to.
 * @returns {Promise<unknown>}
 */
export const inputOf = async ({ data, path, raw }, directory) => {
  if (typeof path === 'string') return parse(await readFile(resolve(directory, path), 'utf8'))
  if (typeof data !== 'string') return {}
  if (raw === true) return data
  try {
    return JSON.parse(data)
  } catch {
    return data
  }
}
