/** The parts of HTTP Archive 1.2 that are filled in. Times in milliseconds, `-1` = does not apply. */
export type Har = {
	log: {
		version: '1.2';
		creator: { name: string; version: string };
		entries: HarEntry[];
	};
};

export type HarNameValue = { name: string; value: string };

export type HarEntry = {
	startedDateTime: string;
	time: number;
	request: {
		method: string;
		url: string;
		httpVersion: string;
		cookies: HarNameValue[];
		headers: HarNameValue[];
		queryString: HarNameValue[];
		headersSize: -1;
		bodySize: number;
	};
	response: {
		status: number;
		statusText: string;
		httpVersion: string;
		cookies: HarNameValue[];
		headers: HarNameValue[];
		content: { size: number; mimeType: string };
		redirectURL: string;
		headersSize: -1;
		bodySize: number;
	};
	cache: Record<string, never>;
	/** Nothing was sent: as browsers' tools mark a kept answer. */
	_fromCache?: 'memory';
	timings: { blocked: number; dns: number; connect: number; ssl: number; send: number; wait: number; receive: number };
	serverIPAddress?: string;
	connection?: string;
	comment?: string;
};
