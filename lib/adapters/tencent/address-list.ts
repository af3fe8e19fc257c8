import { BlockList, isIP } from 'node:net'

/** Whether an address, of either version, is in a list. */
export type HasAddress = (address: string) => boolean

/** More than any answer of the service can hold for good reason. */
const MOST_ENTRIES = 10_000

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 4 ? 'ipv4' : 'ipv6')

/** Adds `10.0.0.1` or `10.0.0.0/8`, of either version; false for anything else. */
const add = (list: BlockList, range: string): boolean => {
  const [, address = '', bits] = /^([\d.]+|[\da-f:.]+)(?:\/(\d{1,3}))?$/i.exec(range.trim()) ?? []
  const version = isIP(address)
  if (version === 0 || Number(bits ?? 0) > (version === 4 ? 32 : 128)) return false
  if (bits === undefined) list.addAddress(address, familyOf(address))
  else list.addSubnet(address, Number(bits), familyOf(address))
  return true
}

/** Reads a list of addresses and CIDR blocks; `undefined` where it holds none. What cannot be read is left out. */
export const addressList = (entries: unknown): HasAddress | undefined => {
  if (!Array.isArray(entries)) return undefined
  const list = new BlockList()
  const added = entries
    .slice(0, MOST_ENTRIES)
    .filter((range) => typeof range === 'string' && add(list, range))
  if (added.length === 0) return undefined
  return (address) => isIP(address) !== 0 && list.check(address, familyOf(address))
}
