import type { ExchangeRequest } from '../types/exchange.ts';
import { type Client, clientOfPage } from './client.ts';
import { initiatorOption } from './initiator-option.ts';

/** Who causes a request of `exchange`: its initiator, else the page that the facts for its layout tell of. */
export function askerOfExchange({ initiator, layout }: ExchangeRequest): Client | undefined {
	if (initiator !== undefined) return initiatorOption(initiator);
	const page = layout?.referer ?? layout?.origin;
	return page !== undefined && page !== 'null' && URL.canParse(page) ? clientOfPage(new URL(page)) : undefined;
}
