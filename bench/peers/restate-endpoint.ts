/** The process in which the three steps run: an HTTP/2 endpoint on loopback. Sends its port to the process that forked it. */
import { createServer } from 'node:http2'
import { type Context, createEndpointHandler, service } from '@restatedev/restate-sdk'
import { add, type Count } from './peer.ts'

const threeSteps = service({
  name: 'three-steps',
  handlers: {
    run: async (ctx: Context, input: Count): Promise<Count> => {
      const one = await ctx.run('add', () => add(input))
      const two = await ctx.run('add', () => add(one))
      return await ctx.run('add', () => add(two))
    },
  },
})

const server = createServer(createEndpointHandler({ services: [threeSteps] }))
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (typeof address === 'object' && address !== null) process.send?.(address.port)
})
process.once('disconnect', () => process.exit())
