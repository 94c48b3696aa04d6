import { createHmac, randomBytes } from 'node:crypto';
import type { HeaderField } from '../capture/records.ts';
import type { MirrorRequest, Reply } from '../servers/exchange.ts';
import { escapeHtml, html, json, pathArguments, type RouteTable, text } from './route.ts';

/** Password of every account of the login flow; any user name will do. */
const PASSWORD = 'open sesame';
const signingKey = randomBytes(32);

/** Cookies, and a login that lives on one. */
export const cookieRoutes: RouteTable = {
	cookies,
	login,
	dashboard,
	logout: () => redirectTo('/login', 303, [['set-cookie', 'session=; Path=/; Max-Age=0']]),
};

/**
 * `/cookies` shows what was sent. `/cookies/set?a=1&b=2&attributes=Path=/; HttpOnly` sets one cookie a parameter;
 * `raw` is a whole Set-Cookie value; `to` redirects (302) afterwards. `/cookies/delete?a&b` expires cookies.
 */
function cookies(request: MirrorRequest): Reply {
	const [action] = pathArguments(request);
	const { searchParams } = request.url;
	if (action === undefined)
		return json({ cookies: Object.fromEntries(sentCookies(request)), raw: cookieFields(request) });
	const attributes = searchParams.get('attributes') ?? 'Path=/';
	const headers: HeaderField[] = [];
	for (const [name, value] of searchParams) {
		if (name === 'attributes' || name === 'to') continue;
		if (name === 'raw') headers.push(['set-cookie', value]);
		else if (action === 'set') headers.push(['set-cookie', `${name}=${value}; ${attributes}`]);
		else if (action === 'delete') headers.push(['set-cookie', `${name}=; Max-Age=0; ${attributes}`]);
	}
	const to = searchParams.get('to');
	return to === null ? json({ set: headers.map(([, value]) => value) }, 200, headers) : redirectTo(to, 302, headers);
}

/** GET: the form. POST (`user`, `password`; form or JSON): sets the session cookie, then 303 (or `?status=`) to /dashboard. */
async function login(request: MirrorRequest): Promise<Reply> {
	if (request.method !== 'POST') return html(loginForm(''));
	const { user, password } = await credentials(request);
	if (!user || password !== PASSWORD) return html(loginForm('Wrong name or password.'), 401);
	const secure = request.record.scheme === 'https' ? '; Secure' : '';
	const cookie = `session=${sessionToken(user)}; Path=/; HttpOnly; SameSite=Lax${secure}`;
	const status = Number(request.url.searchParams.get('status') ?? 303);
	return redirectTo('/dashboard', status, [['set-cookie', cookie]]);
}

function dashboard(request: MirrorRequest): Reply {
	const user = sessionUser(new Map(sentCookies(request)).get('session') ?? '');
	if (user === null) return html('<!doctype html><title>Sign in first</title><p>401: <a href=/login>sign in</a>.', 401);
	return html(
		`<!doctype html><title>Dashboard</title><h1>Welcome, ${escapeHtml(user)}</h1><p><a href=/logout>Sign out</a>`,
	);
}

async function credentials(request: MirrorRequest): Promise<{ user: string; password: string }> {
	const body = (await request.readBody()).toString('utf8');
	if (request.header('content-type')?.startsWith('application/json')) {
		const value: unknown = JSON.parse(body);
		const fields = new Map(Object.entries(value ?? {}));
		return { user: String(fields.get('user') ?? ''), password: String(fields.get('password') ?? '') };
	}
	const form = new URLSearchParams(body);
	return { user: form.get('user') ?? '', password: form.get('password') ?? '' };
}

function sessionToken(user: string): string {
	const name = Buffer.from(user, 'utf8').toString('base64url');
	return `${name}.${createHmac('sha256', signingKey).update(name).digest('base64url')}`;
}

/** User of a token that this process issued, else `null`. */
function sessionUser(token: string): string | null {
	const user = Buffer.from(token.split('.')[0] ?? '', 'base64url').toString('utf8');
	return user !== '' && sessionToken(user) === token ? user : null;
}

/** Values of all Cookie fields; HTTP/2 clients may send one a pair. */
function cookieFields(request: MirrorRequest): string[] {
	return request.record.headers.flatMap(([name, value]) => (name.toLowerCase() === 'cookie' ? [value] : []));
}

function sentCookies(request: MirrorRequest): [name: string, value: string][] {
	const pairs = cookieFields(request).flatMap((value) => value.split('; '));
	return pairs.map((pair) => {
		const equals = pair.indexOf('=');
		return equals < 0 ? ['', pair] : [pair.slice(0, equals), pair.slice(equals + 1)];
	});
}

function redirectTo(location: string, status: number, headers: HeaderField[]): Reply {
	return text('moved\n', status, [['location', location], ...headers]);
}

function loginForm(message: string): string {
	return `<!doctype html><meta charset=utf-8><title>Sign in</title><h1>Sign in</h1><p>${message}
<form method=post action=/login><label>Name <input name=user></label>
<label>Password <input name=password type=password></label><button>Sign in</button></form>
`;
}
