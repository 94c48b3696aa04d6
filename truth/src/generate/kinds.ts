import { type Act, turnsOf } from './acts.ts';
import { causes, type Finding, segmentOf } from './judge.ts';
import type { Plan } from './plan.ts';

/** What sorts of differences there are: those of one kind are shrunk and printed once, and then counted. */
export function kindsOf(findings: readonly Finding[], plan: Plan): string[] {
	const kinds = causes(findings).map((finding) => kindOf(finding, plan));
	// What follows the first other frame is moved by it.
	const firstFrame = kinds.find((kind) => kind.startsWith('connection: frames'));
	return [...new Set(kinds)].filter((kind) => kind === firstFrame || !kind.startsWith('connection: frames'));
}

/** The sort of one difference: who asked, in which layer, and what. */
export function kindOf(finding: Finding, plan: Plan): string {
	return `${stepName(finding, plan)}: ${finding.layer} ${detail(finding, plan)}`;
}

function stepName(finding: Finding, plan: Plan): string {
	return nameOfSegment(segmentOf(finding), finding.label, plan);
}

function nameOfSegment(segment: string | undefined, label: string, plan: Plan): string {
	if (segment === undefined) return 'connection';
	const [id, hop] = segment.split('.');
	const act = turnsOf(plan)
		.flat()
		.find((each) => each.id === id);
	if (!act) return id ?? '';
	const { step } = act;
	const method = label.includes('OPTIONS ') && !('method' in step && step.method === 'OPTIONS') ? 'preflight of ' : '';
	const name = 'what' in step ? step.what : step.do;
	return method + whereOf(act) + name + (hop ? ' redirected' : '');
}

function whereOf({ inside }: Act): string {
	if (inside?.step.do === 'sheet') return 'style sheet, ';
	return inside?.step.do === 'client' ? `${inside.step.what}, ` : '';
}

function detail({ layer, label, browser, wiretwin }: Finding, plan: Plan): string {
	const fact = label.replace(/^.*?\): /, '').replace(/^connection \d+: /, '');
	if (layer === 'order') return orderDetail(browser ?? '', wiretwin ?? '', plan);
	if (layer === 'failed') return (wiretwin ?? '').replaceAll(/https?:\S+/g, 'URL').slice(0, 80);
	if (layer === 'headers' && fact === 'names') return namesDetail(browser, wiretwin);
	if (layer === 'frames') return `(${frameName(browser)} for ${frameName(wiretwin)})`;
	if (browser === null || wiretwin === null) return `${fact}, only ${browser === null ? 'wiretwin' : 'browser'}`;
	return fact.replace(/\d+$/, '').trim();
}

const frameName = (frame: string | null): string => frame?.split(' ')[0] ?? 'nothing';

/** The first request that is another one. */
function orderDetail(browser: string, wiretwin: string, plan: Plan): string {
	const [left, right] = [browser.split(', '), wiretwin.split(', ')];
	const index = left.findIndex((request, at) => request !== right[at]);
	const name = (request = ''): string => nameOfSegment(/ \/([^/?]*)/.exec(request)?.[1], request, plan);
	return `(${name(left[index])} before ${name(right[index])})`;
}

function namesDetail(browser: string | null, wiretwin: string | null): string {
	if (browser === null || wiretwin === null) return `request only of ${browser === null ? 'wiretwin' : 'browser'}`;
	const [left, right] = [browser.split(' '), wiretwin.split(' ')];
	const more = left.filter((name) => !right.includes(name)).map((name) => `-${name}`);
	const less = right.filter((name) => !left.includes(name)).map((name) => `+${name}`);
	if (more.length + less.length > 0) return `names ${[...more, ...less].join(' ')}`;
	const index = left.findIndex((name, at) => right[at] !== name);
	return `order of names (${left[index]} before ${right[index]})`;
}
