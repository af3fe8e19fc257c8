import fetch from 'node-fetch'

/** A text that the replies API is to write. */
interface Order {
  readonly from: string
  readonly to: string
  readonly text: string
  readonly charsPerSecond: number
}

/** Posts it. Rejects with a sentence for the developer where the API does not take it. */
export type OrderTaker = (order: Order) => Promise<void>

/** Orders at the replies API behind `origin`; the API answers when it has written the text, or handed it over. */
export const orderTaker =
  (origin: string, token: string): OrderTaker =>
  async (order) => {
    const response = await fetch(`${origin}/replies`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify(order),
    })
    await response.arrayBuffer()
    if (!response.ok) throw new Error(`The replies API answered HTTP ${response.status}.`)
  }
