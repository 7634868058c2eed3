/** The flow alone: it is bundled for Temporal's sandbox too. */
interface Adding<Value> {
  add(value: Value): Promise<Value>
}

export const addThrice = async <Value>(flow: Adding<Value>, input: Value): Promise<Value> =>
  flow.add(await flow.add(await flow.add(input)))
