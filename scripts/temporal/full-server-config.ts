/** What Temporal's full server reads when it starts; JSON is YAML too. */

const SERVICES = ['frontend', 'matching', 'history', 'worker'] as const
/** Each service is called on one port, and finds its neighbours on another. */
export const PORTS = 2 * SERVICES.length
/** As in Temporal's own configuration for development on Postgres. The number of a cluster never changes. */
const SHARDS = 4

/** The databases that it keeps its state in, and the layout of each, as `temporal-sql-tool` knows it by name. */
export const databases = {
  temporal: { layout: 'postgresql/v12/temporal', connections: 20 },
  temporal_visibility: { layout: 'postgresql/v12/visibility', connections: 10 },
} as const

/** `postgres12` puts a socket's directory after the host of the address, and so never reads it; `postgres12_pgx` does. */
export const POSTGRES_PLUGIN = 'postgres12_pgx'

export interface FullServerPlace {
  /** The directory of the Unix socket on which Postgres listens. */
  readonly socketDirectory: string
  /** `PORTS` of them, all free. The first is the one that clients call. */
  readonly ports: readonly number[]
  /** Where the dynamic part is read from. */
  readonly dynamicFile: string
}

export const fullServerConfig = ({ socketDirectory, ports, dynamicFile }: FullServerPlace) => ({
  log: { stdout: true, level: 'error' },
  persistence: {
    defaultStore: 'temporal',
    visibilityStore: 'temporal_visibility',
    numHistoryShards: SHARDS,
    datastores: Object.fromEntries(
      Object.entries(databases).map(([databaseName, { connections }]) => [
        databaseName,
        {
          sql: {
            pluginName: POSTGRES_PLUGIN,
            databaseName,
            connectAddr: 'localhost:5432',
            connectProtocol: 'tcp',
            connectAttributes: { host: socketDirectory },
            user: 'postgres',
            maxConns: connections,
            maxIdleConns: connections,
          },
        },
      ]),
    ),
  },
  global: { membership: { maxJoinDuration: '30s', broadcastAddress: '127.0.0.1' } },
  services: Object.fromEntries(
    SERVICES.map((service, index) => [
      service,
      { rpc: { grpcPort: ports[2 * index], membershipPort: ports[2 * index + 1], bindOnIP: '127.0.0.1' } },
    ]),
  ),
  clusterMetadata: {
    enableGlobalNamespace: false,
    failoverVersionIncrement: 10,
    masterClusterName: 'active',
    currentClusterName: 'active',
    clusterInformation: {
      active: {
        enabled: true,
        initialFailoverVersion: 1,
        rpcName: 'frontend',
        rpcAddress: `127.0.0.1:${ports[0]}`,
      },
    },
  },
  dynamicConfigClient: { filepath: dynamicFile, pollInterval: '60s' },
})

/** As it ships it looks at most twenty times a second, for each shard, for what is to be done next. */
export const dynamicConfig = { 'history.transferProcessorMaxPollRPS': [{ value: 1_000 }] } as const
