#!/usr/bin/env node
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type ConnectionRecord, faults, type MirrorOptions, startFault, startMirror } from './index.ts';

const usage = `Usage: wiretwin-mirror [options]
       wiretwin-mirror --fault F01 [--variant name]

Shows what a client or a browser sends. Listens on a loopback address only.

  --port <n>        port to listen on (default: any free one)
  --plain           no TLS
  --http1           offer only HTTP/1.1
  --tls12           only TLS 1.2
  --groups <list>   key exchange groups, colon separated (P-384 forces a HelloRetryRequest)
  --ca <file>       where to write the CA certificate (default: a new temporary folder)
  --json            print one JSON record per connection
  --fault <id>      serve a fault scenario instead; --fault list names them
  --variant <name>  variant of the scenario
  --help
`;

const { values } = parseArgs({
	options: {
		port: { type: 'string' },
		plain: { type: 'boolean' },
		http1: { type: 'boolean' },
		tls12: { type: 'boolean' },
		groups: { type: 'string' },
		ca: { type: 'string' },
		json: { type: 'boolean' },
		fault: { type: 'string' },
		variant: { type: 'string' },
		help: { type: 'boolean' },
	},
});

// A reader such as `head` may stop early.
process.stdout.on('error', () => process.exit());

if (values.help) process.stdout.write(usage);
else if (values.fault === 'list') listFaults();
else if (values.fault) await serveFault(values.fault, values.variant);
else await serveMirror();

async function serveMirror(): Promise<void> {
	const options: MirrorOptions = {
		port: Number(values.port ?? 0),
		tls: !values.plain,
		protocols: values.http1 ? ['http/1.1'] : undefined,
		tlsVersions: values.tls12 ? ['1.2', '1.2'] : undefined,
		groups: values.groups?.split(':'),
		onConnectionEnd: (connection) => print(values.json ? JSON.stringify(connection) : summary(connection)),
	};
	const mirror = await startMirror(options);
	announce(mirror.url, values.plain ? null : mirror.caPem);
	if (!values.plain) print(`names  ${mirror.hosts.join(' ')}`);
}

async function serveFault(id: string, variant: string | undefined): Promise<void> {
	const fault = await startFault(id, { variant });
	announce(fault.url, fault.caPem);
	print(`fault  ${id} ${fault.variant}: ${faults[id]?.summary}`);
}

function listFaults(): void {
	for (const { id, summary, variants } of Object.values(faults)) {
		print(`${id}  ${summary}\n     ${Object.keys(variants).join(' ')}`);
	}
}

function announce(url: string, caPem: string | null): void {
	print(`url    ${url}`);
	if (caPem === null) return;
	const path = values.ca ?? join(mkdtempSync(join(tmpdir(), 'wiretwin-mirror-')), 'ca.pem');
	writeFileSync(path, caPem);
	print(`ca     ${path}`);
}

/** One line: number, protocol, fingerprints, requests, and how it ended. */
function summary(connection: ConnectionRecord): string {
	const requests = connection.requests.map(({ method, path }) => `${method} ${path}`).join(', ') || 'no request';
	const resumed = connection.resumed ? 'resumed' : null;
	const known = [connection.protocol, connection.fingerprints?.ja4, connection.akamai, resumed].filter(Boolean);
	return `#${connection.id} ${known.join('  ')}  [${requests}] ${connection.closed ?? ''}`;
}

function print(line: string): void {
	process.stdout.write(`${line}\n`);
}
