import type { HeaderField } from '../capture/records.ts';
import { type Handler, type MirrorRequest, noReply, type Reply } from '../servers/exchange.ts';
import { bodyRoutes } from './bodies.ts';
import { connectionRoutes } from './connection.ts';
import { cookieRoutes } from './cookies.ts';
import { inspectionRoutes } from './inspection.ts';
import { json, type RouteTable } from './route.ts';
import { statusRoutes } from './status.ts';
import { websocketRoutes } from './websocket.ts';

const routes: RouteTable = {
	...inspectionRoutes,
	...bodyRoutes,
	...cookieRoutes,
	...statusRoutes,
	...connectionRoutes,
	...websocketRoutes,
};

/** The pages that tests and visitors need; see docs/internals/mirror.md for the list. */
export const defaultRoutes: Handler = async (request) => {
	if (request.method === 'OPTIONS' && request.header('access-control-request-method')) return preflight(request);
	const name = request.url.pathname.split('/')[1] ?? '';
	const route = Object.hasOwn(routes, name) ? routes[name] : undefined;
	if (!route) return withCors(request, json({ error: 'no such page', path: request.record.path }, 404));
	try {
		const reply = await route(request);
		return reply === undefined || reply === noReply ? reply : withCors(request, reply);
	} catch (error) {
		// A wrong argument is the caller's mistake; everything else becomes status 500.
		if (error instanceof RangeError || error instanceof URIError) return json({ error: error.message }, 400);
		throw error;
	}
};

/** Lets pages of other origins read the answers, with credentials. */
function withCors(request: MirrorRequest, reply: Reply): Reply {
	const origin = request.header('origin');
	if (origin === null) return reply;
	return { ...reply, headers: [...(reply.headers ?? []), ...corsHeaders(origin)] };
}

function preflight(request: MirrorRequest): Reply {
	const allowed = request.header('access-control-request-headers');
	const headers: HeaderField[] = [
		...corsHeaders(request.header('origin') ?? '*'),
		['access-control-allow-methods', 'GET, HEAD, POST, PUT, PATCH, DELETE'],
		['access-control-max-age', '0'],
	];
	if (allowed !== null) headers.push(['access-control-allow-headers', allowed]);
	return { status: 204, headers };
}

function corsHeaders(origin: string): HeaderField[] {
	return [
		['access-control-allow-origin', origin],
		['access-control-allow-credentials', 'true'],
		['vary', 'origin'],
	];
}
