export {
	createGot,
	type ExtendableGot,
	type GotAdapterOptions,
	type GotAgentOptions,
	wiretwinAgent,
} from './create-got.ts';
