declare module 'tls-sig-api-v2/TLSSigAPIv2.js' {
  /**
   * Tencent's own signer. It checks nothing, reads the machine's clock itself, and signs nonsense without a word, so it is
   * used behind `userSigner` only.
   */
  export class Api {
    constructor(sdkAppId: number, secretKey: string)

    /** A UserSig for `userId` that lasts `lifetimeSeconds` from now. */
    genUserSig(userId: string, lifetimeSeconds: number): string
  }
}
