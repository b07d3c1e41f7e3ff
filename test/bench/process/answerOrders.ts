/** The other side of `converse`: says that the program is ready, then answers each order. Ends with whoever started it. */
export function answerOrders<Order>(ready: unknown, answer: (order: Order) => unknown): void {
  process.on('disconnect', () => process.exit())
  // What `converse` is given: the two programs agree on their orders by importing one type.
  process.on('message', async (order: Order) => {
    try {
      process.send?.({ result: await answer(order) })
    } catch (error) {
      process.send?.({ error: error instanceof Error ? error.message : String(error) })
    }
  })
  process.send?.({ result: ready })
}
