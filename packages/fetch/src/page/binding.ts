import type { Session } from '../session.ts';
import type { Transport } from '../transport.ts';
import type { Initiator } from '../types/initiator.ts';
import { PageClient } from './page-client.ts';

/** What an adapter can be bound to. */
export type Bindable = Session | Transport | PageClient;

/** What requests of an adapter go through, and who asks for them: nobody in particular unless it is bound to a page. */
export function bindingOf<T>(target: T): { source: Exclude<T, PageClient>; initiator: Initiator | undefined };
export function bindingOf(target: unknown): { source: unknown; initiator: Initiator | undefined } {
	if (target instanceof PageClient) return { source: target.session, initiator: target.initiator };
	return { source: target, initiator: undefined };
}
