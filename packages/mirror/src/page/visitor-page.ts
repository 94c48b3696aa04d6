import type { FingerprintReport } from '../routes/fingerprint-report.ts';
import { escapeHtml } from '../routes/route.ts';
import { type Comparison, comparisonSection } from './comparison.ts';
import { style } from './style.ts';

type Row = [label: string, value: string];

/** The page at `/`: the visitor's own fingerprint, readable. The same as JSON is at `/fingerprint`. */
export function visitorPage(report: FingerprintReport, comparison?: Comparison): string {
	return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Your fingerprint</title>
<link rel="icon" href="data:,">
<style>${style}</style>
<main>
<header>
<h1>What you look like from here</h1>
<p>Taken from the bytes of this very connection. <a href="/fingerprint">As JSON</a></p>
</header>
${comparison ? comparisonSection(comparison) : ''}
${tlsSection(report)}
${http2Section(report)}
${headersSection(report)}
</main>
</html>
`;
}

function tlsSection({ fingerprints, tls, tlsRecords }: FingerprintReport): string {
	if (!fingerprints || !tls) return section('TLS', '<p class="none">This connection is not encrypted.</p>');
	const order = tls.extensionOrder.map((id) => (id === 'GREASE' ? 'GREASE' : String(id))).join(' ');
	const first = definitions([['JA4', fingerprints.ja4]], true);
	const rest = definitions([
		['JA4_r', fingerprints.ja4_r],
		['JA3', fingerprints.ja3Hash],
		['JA3n', fingerprints.ja3nHash],
		['Extensions', order],
		['Hello', `${tls.helloLength} bytes${tls.helloRetry ? ', repeated after a HelloRetryRequest' : ''}`],
		['Agreed', `${tls.version}, ${tls.cipher}, ALPN ${tls.alpn ?? 'none'}${tls.resumed ? ', resumed' : ''}`],
		['Records', tlsRecords.map(([type, , length]) => `${type}:${length}`).join('  ')],
	]);
	return section('TLS', `<dl>${first}${rest}</dl>`);
}

function http2Section({ akamai, request }: FingerprintReport): string {
	if (akamai === null)
		return section('HTTP', `<p class="none">You speak ${escapeHtml(request.protocol)}: no frames to fingerprint.</p>`);
	const priority = request.priority
		? `weight ${request.priority.weight}, depends on ${request.priority.dependsOn}${request.priority.exclusive ? ', exclusive' : ''}`
		: 'not sent';
	return section(
		'HTTP/2',
		`<dl>${definitions([['Akamai', akamai]], true)}${definitions([['Priority', priority]])}</dl>`,
	);
}

function headersSection({ request }: FingerprintReport): string {
	// Table size updates have no field; the columns can be paired only without them.
	const how = request.hpackRepresentations?.filter((representation) => !representation.startsWith('TSU'));
	const rows = request.headers.map(([name, value], index) => {
		const representation = how?.[index];
		const last = representation ? `<td class="how"><code>${escapeHtml(representation)}</code></td>` : '';
		return `<tr><th><code>${escapeHtml(name)}</code></th><td><code>${escapeHtml(value)}</code></td>${last}</tr>`;
	});
	const title = how ? 'Header fields in wire order, and their HPACK form' : 'Header fields in wire order';
	return section(title, `<table>${rows.join('\n')}</table>`);
}

function section(title: string, content: string): string {
	return `<section><h2>${escapeHtml(title)}</h2>${content}</section>`;
}

function definitions(rows: Row[], isMain = false): string {
	const mark = isMain ? ' class="main"' : '';
	return rows
		.map(([label, value]) => `<dt>${escapeHtml(label)}</dt><dd><code${mark}>${escapeHtml(value)}</code></dd>`)
		.join('');
}
