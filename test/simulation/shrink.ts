import { type Course, liveOne, type Result, whole } from './block.ts'
import { faultKinds } from './faults.ts'
import type { Trace } from './trace.ts'

export interface Shrunk {
  readonly course: Course
  readonly result: Result & { readonly trace: Trace }
}

/** The smallest course of a seed that still fails: fewer kinds of faults, then fewer runs, then an earlier end of the faults. */
export async function shrink(seed: number, plant?: string): Promise<Shrunk | undefined> {
  const planted = plant === undefined ? {} : { plant }
  const first = await failing(seed, { ...whole, ...planted })
  if (first === undefined) return undefined
  let smallest = first
  const attempt = async (change: Partial<Course['limits']> & { readonly runsMax?: number }): Promise<boolean> => {
    const { limits, runsMax } = smallest.course
    const { runsMax: fewer = runsMax, ...others } = change
    const found = await failing(seed, { limits: { ...limits, ...others }, runsMax: fewer, ...planted })
    if (found !== undefined) smallest = found
    return found !== undefined
  }
  for (const kind of faultKinds) await attempt({ without: [...smallest.course.limits.without, kind] })
  for (let runs = 1; runs < smallest.result.runs; runs += 1) if (await attempt({ runsMax: runs })) break
  let low = 0
  let high = Math.min(smallest.course.limits.until, 500)
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (await attempt({ until: middle })) high = middle
    else low = middle + 1
  }
  return smallest
}

async function failing(seed: number, course: Course): Promise<Shrunk | undefined> {
  const result = await liveOne(seed, course)
  return result.problems.length === 0 ? undefined : { course, result }
}

/** What repeats it. */
export function commandOf(seed: number, { limits: { without, until }, runsMax }: Course): string {
  const options = [
    `--seed ${seed} --runs 1`,
    ...(without.length === 0 ? [] : [`--without "${without.join(',')}"`]),
    ...(runsMax === whole.runsMax ? [] : [`--requests ${runsMax}`]),
    ...(until === whole.limits.until ? [] : [`--until ${until}`]),
  ]
  return `npm run sim -- ${options.join(' ')} --trace`
}
