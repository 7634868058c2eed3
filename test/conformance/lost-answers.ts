import type { Errands } from '../../src/engine/temporal/wire.ts'

/** The first answer to everything that is asked is lost after the work was done, as when a worker dies before it can say so. */
export function losingAnswers(errands: Errands): Errands {
  const asked = new Set<string>()
  const losing =
    <Asked extends readonly unknown[], Answer>(name: string, errand: (...given: Asked) => Promise<Answer>) =>
    async (...given: Asked): Promise<Answer> => {
      const answer = await errand(...given)
      const question = JSON.stringify([name, given])
      if (asked.has(question)) return answer
      asked.add(question)
      throw new Error(`the answer to ${name} was lost`)
    }
  return {
    recall: losing('recall', (ref) => errands.recall(ref)),
    recallMore: losing('recallMore', (ref, from) => errands.recallMore(ref, from)),
    act: losing('act', (ref, operation, how) => errands.act(ref, operation, how)),
    wait: losing('wait', (ref, waits) => errands.wait(ref, waits)),
    decide: losing('decide', (ref, operation) => errands.decide(ref, operation)),
    finish: losing('finish', (ref, result) => errands.finish(ref, result)),
    stop: losing('stop', (ref, why) => errands.stop(ref, why)),
    askForEnd: losing('askForEnd', (ref, request) => errands.askForEnd(ref, request)),
  }
}
