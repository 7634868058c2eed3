import { Client, Connection, type ConnectionOptions } from '@temporalio/client'
import { SearchAttributeType, type DataConverter } from '@temporalio/common'
import { NativeConnection, type NativeConnectionOptions } from '@temporalio/worker'

/** Where the cluster is. The same for a development server, a cluster of one's own and Temporal Cloud. */
export interface ClusterSettings {
  /** `host:port`. */
  readonly address: string
  readonly namespace: string
  /** False: plain text. True: TLS with the system's certificates. */
  readonly tls: boolean | { readonly serverCa?: Buffer; readonly clientCert?: Buffer; readonly clientKey?: Buffer }
  readonly apiKey: string | undefined
}

/** One line of what an operator may search for. No personal data stands in any of them. */
const searchAttributes = {
  SijilTenant: SearchAttributeType.KEYWORD,
  SijilWorkflow: SearchAttributeType.KEYWORD,
  SijilStage: SearchAttributeType.KEYWORD,
} as const

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

/** Rejects when the cluster cannot be reached. */
export async function connectClient(settings: ClusterSettings, dataConverter: DataConverter): Promise<Client> {
  const options: ConnectionOptions = { ...optionsOf(settings), connectTimeout: '5s' }
  const connection = await Connection.connect(options)
  return new Client({ connection, namespace: settings.namespace, dataConverter })
}

export const connectWorker = (settings: ClusterSettings): Promise<NativeConnection> => {
  const options: NativeConnectionOptions = optionsOf(settings)
  return NativeConnection.connect(options)
}

const ALREADY_EXISTS = 6

/** Makes the namespace know what runs may be searched by. Where that is not allowed somebody else has done it. */
export async function ensureSearchAttributes({ connection }: Client, namespace: string): Promise<void> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace })
  const missing = Object.entries(searchAttributes).filter(([name]) => customAttributes?.[name] === undefined)
  if (missing.length === 0) return
  try {
    await connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(missing.map(([name]) => [name, KEYWORD])),
    })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === ALREADY_EXISTS)) throw error
  }
}

/** `IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD` of Temporal's interface. */
const KEYWORD = 2
