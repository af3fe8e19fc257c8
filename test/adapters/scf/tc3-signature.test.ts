import { describe, expect, it } from 'vitest'
import { canonicalRequest, signTc3, stringToSign } from '../../../lib/adapters/scf/tc3-signature.ts'

/** The worked example of document 213/30654, whose credentials are asterisks. */
const example = {
  service: 'cvm',
  host: 'cvm.tencentcloudapi.com',
  action: 'DescribeInstances',
  version: '2017-03-12',
  region: 'ap-guangzhou',
  body: '{"Limit": 1, "Filters": [{"Values": ["\\u672a\\u547d\\u540d"], "Name": "instance-name"}]}',
}
const stars = '*'.repeat(32)
const credentials = { secretId: `AKID${stars}`, secretKey: stars }
const AT_SECONDS = 1_551_113_065

describe("the signature of Tencent Cloud's API 3.0", () => {
  it('begins with the canonical request of the document', () => {
    expect(canonicalRequest(example)).toBe(
      [
        'POST',
        '/',
        '',
        'content-type:application/json; charset=utf-8',
        'host:cvm.tencentcloudapi.com',
        'x-tc-action:describeinstances',
        '',
        'content-type;host;x-tc-action',
        '35e9c5b0e3ae67532d3c9f17ead6c90222632e5b1ff7f6e89887f1398934f064',
      ].join('\n'),
    )
  })

  it('goes on with its string to sign', () => {
    expect(stringToSign(example, AT_SECONDS)).toBe(
      [
        'TC3-HMAC-SHA256',
        '1551113065',
        '2019-02-25/cvm/tc3_request',
        '7019a55be8395899b900fb5564e4200d984910f34794a27cb3fb7d10ff6a1e84',
      ].join('\n'),
    )
  })

  it('ends with its signature', () => {
    expect(signTc3(example, credentials, AT_SECONDS * 1_000 + 999)).toEqual({
      authorization: `TC3-HMAC-SHA256 Credential=AKID${stars}/2019-02-25/cvm/tc3_request, SignedHeaders=content-type;host;x-tc-action, Signature=10b1a37a7301a02ca19a647ad722d5e43b4b3cff309d421d85b46093f6ab6c4f`,
      'content-type': 'application/json; charset=utf-8',
      host: 'cvm.tencentcloudapi.com',
      'x-tc-action': 'DescribeInstances',
      'x-tc-version': '2017-03-12',
      'x-tc-timestamp': '1551113065',
      'x-tc-region': 'ap-guangzhou',
    })
  })

  it('carries the token of temporary credentials beside it', () => {
    const signed = signTc3(example, { ...credentials, token: 'the-token' }, AT_SECONDS * 1_000)

    expect(signed).toMatchObject({ 'x-tc-token': 'the-token' })
  })
})
