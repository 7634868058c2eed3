-- Of an attempt whose receiver showed a certificate that was not accepted an operator must know more than that nothing was sent.
alter table sijil.webhook_attempts drop constraint webhook_attempts_outcome_check;
alter table sijil.webhook_attempts add constraint webhook_attempts_outcome_check
  check (outcome in ('delivered', 'refused', 'redirected', 'gone', 'throttled', 'no_answer', 'not_sent', 'untrusted', 'unknown'));
