/**
 * "Copy as cURL" of Chrome 156 and Firefox 153 on Linux, as pasted (fault N14). `{url}` stands for the origin; curl runs each
 * line in bash and so do we, and the server sees the same fields.
 */
export const pasted: readonly (readonly [browser: string, line: string])[] = [
	[
		'Chrome, a page',
		String.raw`curl '{url}/ok?q=a%20b&r=1' \
  -H 'accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7' \
  -H 'accept-language: en-US,en;q=0.9' \
  -H 'cache-control: max-age=0' \
  -b 'session=abc; theme=dark; __Secure-id=x%3D1' \
  -H 'priority: u=0, i' \
  -H 'sec-ch-ua: "Chromium";v="156", "Google Chrome";v="156", "Not=A?Brand";v="24"' \
  -H 'sec-ch-ua-mobile: ?0' \
  -H 'sec-ch-ua-platform: "Linux"' \
  -H 'sec-fetch-dest: document' \
  -H 'sec-fetch-mode: navigate' \
  -H 'sec-fetch-site: none' \
  -H 'sec-fetch-user: ?1' \
  -H 'upgrade-insecure-requests: 1' \
  -H 'user-agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36'`,
	],
	[
		'Chrome, a fetch with JSON and an apostrophe',
		String.raw`curl '{url}/ok' \
  -H 'accept: */*' \
  -H 'accept-language: en-US,en;q=0.9' \
  -H 'authorization: Bearer a.b-c_d' \
  -H 'content-type: application/json' \
  -H 'origin: {url}' \
  -H 'priority: u=1, i' \
  -H 'referer: {url}/page?x=1' \
  -H 'sec-fetch-dest: empty' \
  -H 'sec-fetch-mode: cors' \
  -H 'sec-fetch-site: same-origin' \
  -H 'user-agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36' \
  -H $'x-quote: it\'s' \
  --data-raw $'{"text":"it\'s 5 \u0021 caf\u00e9","n":1,"at":"@file"}'`,
	],
	[
		'Chrome, a form',
		String.raw`curl '{url}/ok' \
  -H 'content-type: application/x-www-form-urlencoded' \
  -H 'origin: {url}' \
  -H 'referer: {url}/form' \
  -H 'sec-fetch-dest: document' \
  -H 'sec-fetch-mode: navigate' \
  -H 'sec-fetch-site: same-origin' \
  --data-raw 'user=ada&pass=a%26b+c'`,
	],
	[
		'Chrome, multipart with its boundary',
		String.raw`curl '{url}/ok' \
  -H 'content-type: multipart/form-data; boundary=----WebKitFormBoundaryAAAAAAAAAAAAAAAA' \
  -H 'sec-fetch-dest: empty' \
  -H 'sec-fetch-mode: cors' \
  --data-raw $'------WebKitFormBoundaryAAAAAAAAAAAAAAAA\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n------WebKitFormBoundaryAAAAAAAAAAAAAAAA--\r\n'`,
	],
	[
		'Chrome, another method',
		`curl '{url}/ok' -X 'DELETE' -H 'accept: */*' -H 'sec-fetch-dest: empty' -H 'sec-fetch-mode: cors'`,
	],
	['Chrome, HEAD', `curl '{url}/ok' -I -H 'accept: */*'`],
	['Chrome, an untrusted certificate', `curl '{url}/ok' -H 'accept: */*' --insecure`],
	// Chrome and Safari escape what curl expands, also inside of the other kind of quotes; Firefox turns that off.
	['Chrome, brackets in the URL', String.raw`curl '{url}/ok/\[1\]?a\[0\]=1&b=\{x\}' -H 'accept: */*'`],
	['Chrome, brackets beside a quote', String.raw`curl $'{url}/ok?a\[0\]=1\u0021&b=\{x\}' -H 'accept: */*'`],
	['Firefox, brackets in the URL', `curl --globoff '{url}/ok?a[0]=1&b={x}' -H 'Accept: */*'`],
	[
		'Firefox, a page',
		String.raw`curl '{url}/ok?q=1' \
  --compressed \
  -H 'User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0' \
  -H 'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' \
  -H 'Accept-Language: en-US,en;q=0.9' \
  -H 'Accept-Encoding: gzip, deflate' \
  -H 'Connection: keep-alive' \
  -H 'Cookie: session=abc; theme=dark' \
  -H 'Upgrade-Insecure-Requests: 1' \
  -H 'Sec-Fetch-Dest: document' \
  -H 'Sec-Fetch-Mode: navigate' \
  -H 'Sec-Fetch-Site: none' \
  -H 'Sec-Fetch-User: ?1' \
  -H 'Priority: u=0, i'`,
	],
	[
		'Firefox, a fetch',
		String.raw`curl '{url}/ok' \
  --compressed \
  -X POST \
  -H 'User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0' \
  -H 'Accept: */*' \
  -H 'Content-Type: application/json' \
  -H 'Referer: {url}/page' \
  -H 'Origin: {url}' \
  -H 'Connection: keep-alive' \
  -H 'Sec-Fetch-Dest: empty' \
  -H 'Sec-Fetch-Mode: cors' \
  -H 'Sec-Fetch-Site: same-origin' \
  --data-raw '{"a":"b c","é":1}'`,
	],
	[
		'Firefox, a form sent without a referrer',
		String.raw`curl '{url}/ok' \
  --compressed \
  -X POST \
  -H 'User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0' \
  -H 'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' \
  -H 'Content-Type: application/x-www-form-urlencoded' \
  -H 'Sec-Fetch-Dest: document' \
  -H 'Sec-Fetch-Mode: navigate' \
  -H 'Sec-Fetch-Site: cross-site' \
  --data-raw 'a=1'`,
	],
	[
		'Firefox, a POST without a body',
		`curl '{url}/ok' --compressed -X POST -H 'Accept: */*' -H 'Content-Length: 0' -H 'Sec-Fetch-Dest: empty' -H 'Sec-Fetch-Mode: cors'`,
	],
	[
		'Firefox, binary',
		String.raw`curl '{url}/ok' --compressed -X POST -H 'Content-Type: application/octet-stream' --data-binary $'\u0001\u0002caf\u00e9\n@'`,
	],
];
