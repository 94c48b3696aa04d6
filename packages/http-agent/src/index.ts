export { sentHeaders, sentKind, type WiretwinAgent, wiretwinAgent, wiretwinAgents } from './agent.ts';
export type { AgentOptions, KindInput, RequestKind } from './options.ts';
export { wiretwinRequest } from './request-function.ts';
