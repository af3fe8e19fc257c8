import { BlockList, isIP, isIPv4 } from 'node:net'

/** Networks that are not the public internet (IANA's registries of special-purpose addresses). */
const special = new BlockList()
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const) {
  special.addSubnet(network, bits, 'ipv4')
}
/** Of IPv6 everything that is not global unicast; of that, what stands for other addresses, or for none. */
const globalUnicast = new BlockList()
globalUnicast.addSubnet('2000::', 3, 'ipv6')
for (const [network, bits] of [
  // Teredo and other protocols' own, and documentation.
  ['2001::', 23],
  ['2001:db8::', 32],
  ['3fff::', 20],
  // 6to4, which carries an address of IPv4.
  ['2002::', 16],
] as const) {
  special.addSubnet(network, bits, 'ipv6')
}

/** True for an address, of either version, that is on the public internet; false also for what is no address. */
export const isPublicAddress = (address: string): boolean => {
  if (isIPv4(address)) return !special.check(address, 'ipv4')
  if (isIP(address) === 0 || address.includes('%')) return false
  return globalUnicast.check(address, 'ipv6') && !special.check(address, 'ipv6')
}
