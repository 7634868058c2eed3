/** Lives blocks of seeds for the process that started this one, one after another. */
import { z } from 'zod'
import { liveBlock, whole } from './block.ts'

const Block = z.object({ first: z.int(), count: z.int() })

process.on('message', (message) => {
  const { first, count } = Block.parse(message)
  void liveBlock(first, count, whole).then((results) => process.send?.(results))
})
