/** The file of accounts that docs/connectors.md shows; a test reads it as the product does. */
export const ACCOUNTS_EXAMPLE = {
  tenants: {
    najd: {
      accounts: {
        sales: {
          connector: 'whatsapp',
          settings: {
            phoneNumberId: '106540352242922',
            token: { env: 'NAJD_SALES_TOKEN' },
            appSecret: { file: 'secrets/najd-app-secret' },
            verifyToken: { env: 'NAJD_VERIFY' },
          },
        },
        support: {
          connector: 'whatsapp',
          settings: {
            phoneNumberId: '106540352242923',
            token: { env: 'NAJD_SUPPORT_TOKEN' },
            appSecret: { file: 'secrets/najd-app-secret' },
            verifyToken: { env: 'NAJD_VERIFY' },
          },
        },
      },
      uses: { whatsapp: 'sales' },
    },
  },
} as const
