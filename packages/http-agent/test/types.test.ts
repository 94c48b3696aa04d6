import type { Agent } from 'node:http';
import type { checkServerIdentity } from 'node:tls';
import { expectTypeOf, test } from 'vitest';
import type { PageClient, Session, Transport } from 'wiretwin';
import { type AgentOptions, type WiretwinAgent, wiretwinAgent, wiretwinAgents } from '../src/index.ts';

test('the types fit what clients ask for', () => {
	expectTypeOf<WiretwinAgent>().toExtend<Agent>();
	expectTypeOf(wiretwinAgent).parameter(0).toEqualTypeOf<Session | Transport | PageClient>();
	expectTypeOf(wiretwinAgents).returns.toEqualTypeOf<{ http: WiretwinAgent; https: WiretwinAgent }>();
	expectTypeOf<NonNullable<AgentOptions['checkServerIdentity']>>().toEqualTypeOf<typeof checkServerIdentity>();
	expectTypeOf<AgentOptions['cookies']>().toEqualTypeOf<boolean | undefined>();
});
