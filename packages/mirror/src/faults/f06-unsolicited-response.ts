import type { FaultScenario, FaultVariant } from './scenario.ts';
import { complete, requestTarget } from './scripts.ts';

const forged = complete('forged');

/** Every request is answered with its path, and then once more with a forged answer. The body tells which one a client took. */
const answerAndForge = (apart: boolean): FaultVariant => ({
	on: 'https',
	script: async (peer) => {
		for (;;) {
			const { path } = requestTarget(await peer.readRequest());
			const genuine = complete(`genuine ${path}`);
			if (apart) {
				await peer.write(genuine);
				await peer.write(forged);
			} else await peer.write(genuine + forged);
		}
	},
});

/** Bytes after the complete answer: the socket must be retired. */
export const f06: FaultScenario = {
	id: 'F06',
	summary: 'A second, forged answer follows the first',
	variants: {
		'same-record': answerAndForge(false),
		'next-record': answerAndForge(true),
	},
};
