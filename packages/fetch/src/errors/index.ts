export * from './classes.ts';
export * from './guards.ts';
export type { ErrorPhase, RequestSummary } from './wiretwin-error.ts';
export { WiretwinError } from './wiretwin-error.ts';
