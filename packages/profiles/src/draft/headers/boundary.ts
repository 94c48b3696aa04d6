/** The separator of multipart bodies: a fixed beginning and a random rest. */
import type { FormBoundary } from '../../types.ts';
import type { RecordedRequest } from '../recording.ts';

const DECIMAL = '0123456789';
const HEXADECIMAL = '0123456789abcdef';
/** The last as WebKit has it. */
const ALPHABETS = [
	DECIMAL,
	HEXADECIMAL,
	'0123456789ABCDEF',
	'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789AB',
] as const;
/** Digits of the largest number of so many bits. */
const NUMBERS = [
	{ alphabet: DECIMAL, digits: 10, bits: 32, radix: 10 },
	{ alphabet: HEXADECIMAL, digits: 16, bits: 64, radix: 16 },
] as const;
const UUID = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;
/** With fewer samples a character that they share by chance would count to the beginning. */
const MIN_SAMPLES = 4;

/** The rule of `base` if it explains every boundary that was seen, else one that does; undefined if none were seen. */
export function fitBoundary(base: FormBoundary, requests: readonly RecordedRequest[]): FormBoundary | undefined {
	const samples = requests.flatMap(({ record }) => {
		const type = record.headers.find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? '';
		return /^multipart\/form-data; ?boundary="?([^";]{1,70})"?$/.exec(type)?.[1] ?? [];
	});
	if (samples.length === 0) return undefined;
	if (samples.every((sample) => explains(base, sample))) return base;
	if (samples.length < MIN_SAMPLES) return undefined;
	if (samples.every((sample) => UUID.test(sample))) return { prefix: '', uuid: true };
	const prefix = samples.reduce(commonStart);
	const rests = samples.map((sample) => sample.slice(prefix.length));
	const alphabet = ALPHABETS.find((each) => rests.every((rest) => consistsOf(rest, each)));
	if (alphabet === undefined) return undefined;
	const longest = Math.max(...rests.map((rest) => rest.length));
	if (rests.every((rest) => rest.length === longest)) return { prefix, characters: { of: alphabet, count: longest } };
	// Numbers without leading zeros: the length varies.
	const number = NUMBERS.find((each) => each.alphabet === alphabet);
	if (number === undefined) return undefined;
	const { bits, radix, digits } = number;
	return { prefix, numbers: { count: Math.ceil(longest / digits), bits, radix } };
}

function explains({ prefix, characters, numbers, uuid }: FormBoundary, sample: string): boolean {
	if (!sample.startsWith(prefix)) return false;
	const rest = sample.slice(prefix.length);
	if (characters) return rest.length === characters.count && consistsOf(rest, characters.of);
	if (uuid) return UUID.test(rest);
	const number = NUMBERS.find(({ bits, radix }) => bits === numbers?.bits && radix === numbers.radix);
	const most = (numbers?.count ?? 0) * (number?.digits ?? 0);
	return number !== undefined && rest.length <= most && consistsOf(rest, number.alphabet);
}

const consistsOf = (text: string, alphabet: string): boolean => [...text].every((each) => alphabet.includes(each));

function commonStart(one: string, other: string): string {
	let end = 0;
	while (end < one.length && one[end] === other[end]) end++;
	return one.slice(0, end);
}
