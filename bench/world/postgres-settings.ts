/** A server with memory and room for its log, as one in use has. All else, fsync first of all, is as it comes. */
export const postgresSettings = { shared_buffers: '1GB', max_wal_size: '8GB' } as const
