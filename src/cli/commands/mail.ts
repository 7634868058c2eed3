import { createHmac } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import type { Command } from 'commander'
import { CommandFailed, EXIT } from '../exit.ts'
import type { Terminal } from '../terminal.ts'
import type { Options } from './options.ts'

const PATIENCE_MS = 60_000

/** Runs where the mail server runs, beside no Sijil: it speaks to one as any sender of webhooks does, with the secret they share. */
export function addMailCommands(sijil: Command, terminal: Terminal): void {
  const mail = sijil.command('mail').description('for the mail server')
  mail
    .command('bounce')
    .description(
      'hand over a mail that came to the address of bounces, from standard input (a pipe of the mail server)',
    )
    .requiredOption('--to <url>', 'https://…/webhooks/<tenant>/smtp/<domain that mails come from>')
    .action(async ({ to, json }: Options & { readonly to: string }) => {
      const secret = terminal.env['SIJIL_SMTP_BOUNCE_SECRET'] ?? ''
      if (secret === '')
        throw new CommandFailed('SIJIL_SMTP_BOUNCE_SECRET is not set. Nothing was handed over.', EXIT.invalid)
      if (!URL.canParse(to)) throw new CommandFailed('--to is no web address. Nothing was handed over.', EXIT.invalid)
      const status = await handOver(to, await buffer(terminal.stdin), secret)
      if (json === true) terminal.json({ status })
      if (status !== 200) throw new CommandFailed(refusalOf(status), status >= 500 ? EXIT.noServer : EXIT.notAllowed)
      terminal.say('Handed over. A mail that is no report of ours changes nothing.')
    })
}

async function handOver(to: string, message: Buffer, secret: string): Promise<number> {
  const signature = createHmac('sha256', secret).update(message).digest('hex')
  try {
    const response = await fetch(to, {
      method: 'POST',
      body: new Uint8Array(message),
      headers: { 'content-type': 'message/rfc822', 'x-sijil-signature': `sha256=${signature}` },
      redirect: 'manual',
      signal: AbortSignal.timeout(PATIENCE_MS),
    })
    return response.status
  } catch (cause) {
    throw new CommandFailed('Sijil did not answer. Keep the mail and try again.', EXIT.noServer, undefined, { cause })
  }
}

const refusalOf = (status: number): string =>
  status >= 500
    ? `Sijil answered ${status} and may not have kept it. Keep the mail and try again.`
    : `Sijil refused it (${status}). Compare --to and the secret; trying again will not help.`
