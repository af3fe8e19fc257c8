import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addressList } from '../../../lib/adapters/tencent/address-list.ts'

const list = ['203.0.113.7', '183.192.202.0/25', '2001:db8::1', '2001:db8:aa::/48']

describe('addressList', () => {
  it.each([
    ['203.0.113.7', true],
    ['203.0.113.8', false],
    ['183.192.202.0', true],
    ['183.192.202.127', true],
    ['183.192.202.128', false],
    ['2001:db8::1', true],
    ['2001:DB8:0:0::1', true],
    ['2001:db8::2', false],
    ['2001:db8:aa:ffff::9', true],
    ['2001:db8:ab::', false],
    // A gateway that listens on IPv6 spells IPv4 so.
    ['::ffff:183.192.202.5', true],
    ['::ffff:183.192.202.200', false],
    ['', false],
    ['203.0.113.7, 198.51.100.1', false],
    ['203.0.113', false],
    ['localhost', false],
  ])('of four entries says of %s: %s', (address, isListed) => {
    expect(addressList(list)?.(address)).toBe(isListed)
  })

  it('leaves out what it cannot read, and takes the rest', () => {
    const odd = ['10.0.0.0/33', '10.0.0.0/', 'host.example', '::/129', '10.0.0.1/8/8', 7, null, '']

    expect(addressList([...odd, '192.0.2.1'])?.('192.0.2.1')).toBe(true)
    expect(addressList([...odd, '192.0.2.1'])?.('10.0.0.1')).toBe(false)
  })

  it.each([
    [undefined],
    [null],
    [[]],
    ['10.0.0.1'],
    [{ 0: '10.0.0.1' }],
    [['nothing', '10.0.0.0/99']],
  ])('is none where nothing can be read: %j', (entries) => {
    expect(addressList(entries)).toBeUndefined()
  })

  it('never throws, and lists an address under its own name and in its own block', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), fc.array(fc.string()), (address, noise) => {
        const block = `${address}/${address.includes(':') ? 64 : 16}`
        expect(addressList([...noise, address])?.(address)).toBe(true)
        expect(addressList([block])?.(address)).toBe(true)
        noise.map((text) => addressList([address])?.(text))
      }),
    )
  })
})
