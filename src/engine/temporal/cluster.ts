import {
  Client,
  Connection,
  type ConnectionOptions,
  defaultGrpcRetryOptions,
  makeGrpcRetryInterceptor,
  type WorkflowClientInterceptor,
} from '@temporalio/client'
import type { DataConverter } from '@temporalio/common'
import { NativeConnection, type NativeConnectionOptions } from '@temporalio/worker'
import { searchAttributes } from './sandbox/search-attributes.ts'

/** Where the cluster is. The same for a development server, a cluster of one's own and Temporal Cloud. */
export interface ClusterSettings {
  /** `host:port`. */
  readonly address: string
  readonly namespace: string
  /** False: plain text. True: TLS with the system's certificates. */
  readonly tls: boolean | { readonly serverCa?: Buffer; readonly clientCert?: Buffer; readonly clientKey?: Buffer }
  readonly apiKey: string | undefined
}

/** A cluster that was reached. */
export interface Cluster {
  readonly client: Client
  /**
   * Whether the namespace knows what runs may be searched by, as far as it was asked: it may need a while to know what was added,
   * and another server may stand at the same address by now. A run that names what it does not know is refused there.
   */
  readonly isSearchable: boolean
  /** It refused a run that named them: asks again. */
  learn(): Promise<void>
  /** Asks it now. False: it does not answer in time, or does not know the namespace. */
  answers(patienceMs: number): Promise<boolean>
  /** Once it has answered what it was asked here, or has not in time: Temporal's SDK asks again over a closed channel, and throws where nobody catches. */
  close(): Promise<void>
}

const optionsOf = ({ address, tls, apiKey }: ClusterSettings) => ({
  address,
  tls: typeof tls === 'boolean' ? tls : tlsOf(tls),
  ...(apiKey === undefined ? {} : { apiKey }),
})

const tlsOf = ({ serverCa, clientCert, clientKey }: Exclude<ClusterSettings['tls'], boolean>) => ({
  ...(serverCa === undefined ? {} : { serverRootCACertificate: serverCa }),
  ...(clientCert === undefined || clientKey === undefined
    ? {}
    : { clientCertPair: { crt: clientCert, key: clientKey } }),
})

/**
 * A cluster that was away is found again within seconds, however long it was: gRPC by itself waits up to two minutes before it connects
 * again, and Temporal's SDK keeps a call for some 17 s. Whoever asks here asks again by itself.
 */
const backSoon: ConnectionOptions = {
  channelArgs: { 'grpc.max_reconnect_backoff_ms': 3_000 },
  interceptors: [makeGrpcRetryInterceptor(defaultGrpcRetryOptions({ maxAttempts: 4 }))],
}

export interface ConnectSettings extends ClusterSettings {
  readonly dataConverter: DataConverter
  readonly interceptors: readonly WorkflowClientInterceptor[]
  readonly onTrouble: (error: unknown) => void
}

/** Rejects when the cluster cannot be reached. */
export async function connectCluster({
  dataConverter,
  interceptors,
  onTrouble,
  ...settings
}: ConnectSettings): Promise<Cluster> {
  const { namespace } = settings
  const options: ConnectionOptions = { ...optionsOf(settings), ...backSoon, connectTimeout: '5s' }
  const connection = await Connection.connect(options)
  const client = new Client({ connection, namespace, dataConverter, interceptors: { workflow: [...interceptors] } })
  let isSearchable = false
  const learn = async (): Promise<void> => {
    try {
      isSearchable = await knowsSearchAttributes(client, namespace)
    } catch (error) {
      // Runs go on all the same: nobody can search for them by what Sijil calls them.
      isSearchable = false
      onTrouble(error)
    }
  }
  await learn()
  const asking = new Set<Promise<boolean>>()
  return {
    client,
    get isSearchable() {
      return isSearchable
    },
    learn,
    async answers(patienceMs) {
      const asked = connection
        .withDeadline(Date.now() + patienceMs, () => connection.workflowService.describeNamespace({ namespace }))
        .then(
          () => true,
          () => false,
        )
      asking.add(asked)
      try {
        return await asked
      } finally {
        asking.delete(asked)
      }
    },
    async close() {
      await Promise.all(asking)
      await connection.close()
    },
  }
}

export const connectWorker = (settings: ClusterSettings): Promise<NativeConnection> => {
  const options: NativeConnectionOptions = optionsOf(settings)
  return NativeConnection.connect(options)
}

const names = Object.values(searchAttributes).map(({ name }) => name)
/** gRPC's codes. */
const INVALID_ARGUMENT = 3
const ALREADY_EXISTS = 6
const UNIMPLEMENTED = 12
const PERMISSION_DENIED = 7
/** `IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD` of Temporal's interface. */
const KEYWORD = 2

/** Adds what is missing where that is allowed. On Temporal Cloud it is not: whoever keeps the namespace does it once. */
async function knowsSearchAttributes({ connection }: Client, namespace: string): Promise<boolean> {
  const { operatorService, workflowService } = connection
  try {
    const { customAttributes } = await operatorService.listSearchAttributes({ namespace })
    const missing = names.filter((name) => customAttributes?.[name] === undefined)
    if (missing.length > 0) {
      const wanted = Object.fromEntries(missing.map((name) => [name, KEYWORD]))
      await operatorService.addSearchAttributes({ namespace, searchAttributes: wanted })
    }
    return true
  } catch (error) {
    if (!isGrpc(error, ALREADY_EXISTS, UNIMPLEMENTED, PERMISSION_DENIED)) throw error
    if (isGrpc(error, ALREADY_EXISTS)) return true // by another process, between the two questions
    const { config } = await workflowService.describeNamespace({ namespace })
    const known = new Set(Object.values(config?.customSearchAttributeAliases ?? {}))
    return names.every((name) => known.has(name))
  }
}

/** What was sent was refused as it is. */
export const isInvalid = (error: unknown): boolean => error instanceof Error && isGrpc(error.cause, INVALID_ARGUMENT)

const isGrpc = (error: unknown, ...codes: readonly number[]): boolean =>
  error instanceof Error && 'code' in error && typeof error.code === 'number' && codes.includes(error.code)
