import type { Session } from '../session.ts';
import type { Transport } from '../transport.ts';
import type { ReferrerPolicy } from '../types/fetch-terms.ts';
import type { Initiator } from '../types/initiator.ts';
import { PageClient } from './page-client.ts';

/** What an adapter can be bound to. */
export type Bindable = Session | Transport | PageClient;

/** The referrer policy is what the page states. */
type Binding<T> = { source: T; initiator: Initiator | undefined; referrerPolicy: ReferrerPolicy | undefined };

/** What requests of an adapter go through, and who asks for them: nobody in particular unless it is bound to a page. */
export function bindingOf<T>(target: T): Binding<Exclude<T, PageClient>>;
export function bindingOf(target: unknown): Binding<unknown> {
	if (!(target instanceof PageClient)) return { source: target, initiator: undefined, referrerPolicy: undefined };
	return { source: target.session, initiator: target.initiator, referrerPolicy: target.policyFor('fetch') };
}
