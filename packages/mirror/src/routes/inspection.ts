import { createHash } from 'node:crypto';
import { regularFields } from '../capture/records.ts';
import type { Comparison } from '../page/comparison.ts';
import { visitorPage } from '../page/visitor-page.ts';
import type { MirrorRequest, Reply } from '../servers/exchange.ts';
import { fingerprintReport } from './fingerprint-report.ts';
import { PIXEL } from './pixel.ts';
import { html, json, type RouteTable } from './route.ts';

const contentTypes: Record<string, string> = {
	css: 'text/css',
	js: 'text/javascript',
	mjs: 'text/javascript',
	png: 'image/png',
	json: 'application/json',
};
/** The visitor page as an answer, with a comparison beside it if there is one. */
export function visitorReply(request: MirrorRequest, comparison?: Comparison): Reply {
	return html(visitorPage(fingerprintReport(request), comparison));
}

/** What the client sent, shown back to it. */
export const inspectionRoutes: RouteTable = {
	'': (request) => visitorReply(request),
	echo,
	fingerprint: (request) => json(fingerprintReport(request), 200, [['cache-control', 'no-store']]),
	/** Any small page of a type, for browser tests: `/t/script.js`, `/nav/anything`. */
	t: smallPage,
	nav: smallPage,
	'favicon.ico': () => ({ headers: [['content-type', 'image/png']], body: PIXEL }),
};

async function echo(request: MirrorRequest) {
	const body = await request.readBody();
	return json({
		method: request.method,
		path: request.record.path,
		authority: request.record.authority,
		protocol: request.record.protocol,
		headers: regularFields(request.record.headers),
		body: body.toString('utf8'),
		bodyLength: body.length,
		bodySha256: createHash('sha256').update(body).digest('hex'),
		trailers: request.record.trailers,
	});
}

function smallPage(request: MirrorRequest) {
	const extension = request.url.pathname.split('.').at(-1) ?? '';
	const type = contentTypes[extension];
	if (!type) return html('<!doctype html><title>ok</title><link rel=icon href=data:,><p>ok');
	const body = type === 'image/png' ? PIXEL : extension === 'json' ? '{}' : '/**/';
	return { headers: [['content-type', type] as [string, string]], body };
}
