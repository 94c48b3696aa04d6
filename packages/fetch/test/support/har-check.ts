/**
 * HAR 1.2 as its specification says it, field by field. Written here because the packages that hold it as a JSON Schema
 * (`har-schema`, `har-validator`) have been given up by their authors.
 */
type Check = (value: unknown, path: string, flaws: string[]) => void;

const text: Check = (value, path, flaws) => void (typeof value === 'string' || flaws.push(`${path} is no text`));
const filled: Check = (value, path, flaws) =>
	void ((typeof value === 'string' && value !== '') || flaws.push(`${path} is empty or no text`));
const whole =
	(least: number): Check =>
	(value, path, flaws) =>
		void ((Number.isSafeInteger(value) && (value as number) >= least) || flaws.push(`${path} is no whole number`));
const span =
	(least: number): Check =>
	(value, path, flaws) =>
		void ((Number.isFinite(value) && ((value as number) >= 0 || value === least)) || flaws.push(`${path} is no time`));
const address: Check = (value, path, flaws) =>
	void (URL.canParse(String(value)) || flaws.push(`${path} is no absolute URL`));
const moment: Check = (value, path, flaws) =>
	void (
		/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(String(value)) ||
		flaws.push(`${path} is no ISO 8601 time`)
	);

const list =
	(item: Check): Check =>
	(value, path, flaws) => {
		if (!Array.isArray(value)) flaws.push(`${path} is no list`);
		else value.forEach((each, index) => void item(each, `${path}[${index}]`, flaws));
	};
const object =
	(required: Record<string, Check>, optional: Record<string, Check> = {}): Check =>
	(value, path, flaws) => {
		if (typeof value !== 'object' || value === null) return void flaws.push(`${path} is no object`);
		const given = value as Record<string, unknown>;
		for (const [name, check] of Object.entries(required)) check(given[name], `${path}.${name}`, flaws);
		for (const name of Object.keys(given)) {
			if (name in optional) optional[name]?.(given[name], `${path}.${name}`, flaws);
			else if (!(name in required)) flaws.push(`${path}.${name} is not in HAR 1.2`);
		}
	};

const pair = object({ name: text, value: text }, { comment: text });
const sizes = { headersSize: whole(-1), bodySize: whole(-1) };
const entry = object(
	{
		startedDateTime: moment,
		time: span(0),
		request: object({
			method: filled,
			url: address,
			httpVersion: filled,
			cookies: list(pair),
			headers: list(pair),
			queryString: list(pair),
			...sizes,
		}),
		response: object({
			status: whole(0),
			statusText: text,
			httpVersion: filled,
			cookies: list(pair),
			headers: list(pair),
			content: object({ size: whole(0), mimeType: text }, { text, encoding: text, compression: whole(-1) }),
			redirectURL: text,
			...sizes,
		}),
		cache: object({}),
		timings: object(
			{ send: span(0), wait: span(0), receive: span(0) },
			{ blocked: span(-1), dns: span(-1), connect: span(-1), ssl: span(-1), comment: text },
		),
	},
	{ serverIPAddress: filled, connection: filled, comment: text },
);
const archive = object({
	log: object({
		version: (value, path, flaws) => void (value === '1.2' || flaws.push(`${path} is not 1.2`)),
		creator: object({ name: filled, version: filled }),
		entries: list(entry),
	}),
});

/** What is wrong with an archive, as it is written to a file; `time` must be the sum of the timings too. */
export function harFlaws(har: unknown): string[] {
	const flaws: string[] = [];
	const written = JSON.parse(JSON.stringify(har)) as { log: { entries: Entry[] } };
	archive(written, 'har', flaws);
	written.log.entries.forEach(({ time, timings }, index) => {
		const { blocked = -1, dns = -1, connect = -1, ssl = -1, send, wait, receive } = timings;
		const sum = [blocked, dns, connect, send, wait, receive].reduce((total, part) => total + Math.max(0, part), 0);
		if (Math.abs(sum - time) > 0.001) flaws.push(`entries[${index}].time is not the sum of its timings`);
		if (ssl > connect) flaws.push(`entries[${index}].timings.ssl is more than connect`);
	});
	return flaws;
}

type Entry = {
	time: number;
	timings: {
		blocked?: number;
		dns?: number;
		connect?: number;
		ssl?: number;
		send: number;
		wait: number;
		receive: number;
	};
};
