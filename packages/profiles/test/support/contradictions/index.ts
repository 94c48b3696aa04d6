/** Whether a profile contradicts itself on a system. */
import type { Profile } from '../../../src/index.ts';
import { agentInvariants } from './agents.ts';
import { fieldInvariants } from './fields.ts';
import { hintInvariants } from './hints.ts';
import { viewOf } from './view.ts';
import { wireInvariants } from './wire.ts';

export const invariants = [...agentInvariants, ...hintInvariants, ...fieldInvariants, ...wireInvariants];

/** What contradicts what, by the name of the invariant. */
export function contradictions(profile: Profile): Record<string, string> {
	const view = viewOf(profile);
	const found: Record<string, string> = {};
	for (const { name, of, fails } of invariants) {
		const failure = of === undefined || of.includes(view.family) ? fails(view) : undefined;
		if (failure !== undefined) found[name] = failure;
	}
	return found;
}
