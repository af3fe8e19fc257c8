/** Where each data centre answers REST calls (documents 1047/34620, 1047/71131). An application lives in exactly one. */
export const tencentEndpoints = {
  china: 'https://console.tim.qq.com',
  singapore: 'https://adminapisgp.im.qcloud.com',
  seoul: 'https://adminapikr.im.qcloud.com',
  tokyo: 'https://adminapijpn.im.qcloud.com',
  frankfurt: 'https://adminapiger.im.qcloud.com',
  siliconvalley: 'https://adminapiusa.im.qcloud.com',
  jakarta: 'https://adminapiidn.im.qcloud.com',
} as const

/** The name of a data centre, as `CHAT_REGION` gives it. */
export type TencentRegion = keyof typeof tencentEndpoints

/** Every data centre's name, for checking `CHAT_REGION`. */
export const tencentRegions = Object.keys(tencentEndpoints) as readonly TencentRegion[]
