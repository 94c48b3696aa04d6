import { parseArgs } from 'node:util';

/** A command line that makes no sense; exit status 2. */
export class UsageError extends Error {
	override readonly name = 'UsageError';
}

export const usage = `Usage: wiretwin [options] <url>
       wiretwin profiles
       wiretwin fingerprint <profile>
       wiretwin mirror [--port n] [--ca file]
       wiretwin capture --browser <program> | --wait [--port n] [--host name] [--ca file]
                        [--name n] [--base <profile>] [--out file] [--strict]

Request
  -X, --request <method>     method (default GET; POST with -d or -F)
  -H, --header <line>        "Name: value", "Name;" for an empty value, "Name:" to leave a default out
  -d, --data <text>          form body; @file reads a file, @- standard input; joined by &
      --data-raw <text>      as -d, without the meaning of @
      --json <text>          JSON body with its content type
  -F, --form <name=value>    multipart field; name=@file[;type=mime] attaches a file
  -u, --user <user:pass>     basic authorization
  -b, --cookie <pairs>       cookies of this request
      --kind <kind>          what the browser would be doing: navigate, fetch, xhr, image, ...
      --referrer <url>       page that the request comes from
Connection
      --browser <profile>    default chrome; see "wiretwin profiles"; or the path of a profile file
      --os <system>          windows, macos, linux, android, ios
  -x, --proxy <url>          http, https, socks4, socks4a, socks5 or socks5h
  -k, --insecure             accept any certificate
      --cacert <file>        trust these certificates too
      --resolve <host:port:address>
      --http1.1, --http2     this protocol only
  -m, --max-time <seconds>   limit for the whole transfer
Response
  -L, --location             follow redirects
  -o, --output <file>        write the body to a file
  -i, --include              print the head before the body
  -I, --head                 HEAD request, print the head
  -v, --verbose              print what was sent and received to standard error
  -s, --silent               no progress
  -f, --fail                 exit status 1 for status 400 and above
  -c, --cookie-jar <file>    read cookies from this file and write them back (Netscape format)
  -h, --help   -V, --version
`;

const options = {
	request: { type: 'string', short: 'X' },
	header: { type: 'string', short: 'H', multiple: true },
	data: { type: 'string', short: 'd', multiple: true },
	'data-raw': { type: 'string', multiple: true },
	json: { type: 'string' },
	form: { type: 'string', short: 'F', multiple: true },
	user: { type: 'string', short: 'u' },
	cookie: { type: 'string', short: 'b' },
	kind: { type: 'string' },
	referrer: { type: 'string' },
	browser: { type: 'string' },
	os: { type: 'string' },
	proxy: { type: 'string', short: 'x' },
	insecure: { type: 'boolean', short: 'k' },
	cacert: { type: 'string' },
	resolve: { type: 'string', multiple: true },
	'http1.1': { type: 'boolean' },
	http2: { type: 'boolean' },
	'max-time': { type: 'string', short: 'm' },
	location: { type: 'boolean', short: 'L' },
	output: { type: 'string', short: 'o' },
	include: { type: 'boolean', short: 'i' },
	head: { type: 'boolean', short: 'I' },
	verbose: { type: 'boolean', short: 'v' },
	silent: { type: 'boolean', short: 's' },
	fail: { type: 'boolean', short: 'f' },
	'cookie-jar': { type: 'string', short: 'c' },
	help: { type: 'boolean', short: 'h' },
	version: { type: 'boolean', short: 'V' },
} as const;

type Values = ReturnType<typeof parse>['values'];

/** A parsed command line. `url` is empty for `--help` and `--version` only. */
export type CliCommand = Values & { url: string };

/** Reads a command line. Throws `UsageError`. */
export function parseArguments(args: readonly string[]): CliCommand {
	const { values, positionals } = parse(args);
	if (values.help || values.version) return { ...values, url: '' };
	const [url, ...more] = positionals;
	if (url === undefined || more.length > 0) throw new UsageError('exactly one URL is needed; see wiretwin --help');
	return { ...values, url: /^[a-z][a-z0-9+.-]*:\/\//i.test(url) ? url : `https://${url}` };
}

function parse(args: readonly string[]) {
	try {
		return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
	} catch (error) {
		throw new UsageError(`${error instanceof Error ? error.message : String(error)} See wiretwin --help.`);
	}
}
