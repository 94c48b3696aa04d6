/** The separator of multipart bodies: a fixed beginning and a random rest. */
import type { FormSection } from '../../types.ts';
import type { RecordedRequest } from '../recording.ts';

type Boundary = FormSection['boundary'];

const ALPHABETS = [
	'0123456789',
	'0123456789abcdef',
	'0123456789ABCDEF',
	'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789',
] as const;
/** With fewer samples a character that they share by chance would count to the beginning. */
const MIN_SAMPLES = 4;

/** The rule of `base` if it explains every boundary that was seen, else one that does; undefined if none were seen. */
export function fitBoundary(base: Boundary, requests: readonly RecordedRequest[]): Boundary | undefined {
	const samples = requests.flatMap(({ record }) => {
		const type = record.headers.find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? '';
		return /^multipart\/form-data; ?boundary="?([^";]{1,70})"?$/.exec(type)?.[1] ?? [];
	});
	if (samples.length === 0) return undefined;
	if (samples.every((sample) => explains(base, sample))) return base;
	if (samples.length < MIN_SAMPLES) return undefined;
	const prefix = samples.reduce(commonStart);
	const rests = samples.map((sample) => sample.slice(prefix.length));
	const alphabet = ALPHABETS.find((each) => rests.every((rest) => consistsOf(rest, each)));
	if (alphabet === undefined) return undefined;
	const length = Math.max(...rests.map((rest) => rest.length));
	// Numbers without leading zeros: the length varies.
	const isUnpadded = alphabet === ALPHABETS[1] && rests.some((rest) => rest.length < length);
	return { prefix, alphabet, length, ...(isUnpadded ? { unpaddedHex: true } : {}) };
}

function explains({ prefix, alphabet, length, unpaddedHex }: Boundary, sample: string): boolean {
	const rest = sample.slice(prefix.length);
	const hasLength = unpaddedHex === true ? rest.length <= length : rest.length === length;
	return sample.startsWith(prefix) && hasLength && consistsOf(rest, alphabet);
}

const consistsOf = (text: string, alphabet: string): boolean => [...text].every((each) => alphabet.includes(each));

function commonStart(one: string, other: string): string {
	let end = 0;
	while (end < one.length && one[end] === other[end]) end++;
	return one.slice(0, end);
}
