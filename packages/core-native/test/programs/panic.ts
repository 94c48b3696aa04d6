// Makes one place of the native code panic, prints the code of what failed, then the answer of a request that follows.
import { loadBinding } from '../../src/load-binding.ts';
import { createTransport, get } from './common.ts';

const place = process.argv[2] ?? '';
const inject = () => loadBinding().injectPanic?.(place);

if (place === 'openPort' || place === 'createTransport') {
	inject();
	report(() => createTransport());
	console.log(await get(createTransport(), '/hello'));
} else {
	const transport = createTransport();
	inject();
	if (place === 'stats') report(() => transport.stats());
	else if (place === 'exportTickets') report(() => transport.exportTickets());
	else if (place === 'importTickets') report(() => transport.importTickets(new Uint8Array(1)));
	else await get(transport, '/hello').catch((error: { code: string }) => console.log(error.code));
	console.log(await get(transport, '/hello'));
	await transport.close();
}

function report(call: () => unknown): void {
	try {
		call();
	} catch (error) {
		console.log((error as { code: string }).code);
	}
}
