// Compiled only: the types of every package as a strict project sees them.
import { createGot } from '@wiretwin/got-adapter';
import { wiretwinAgent } from '@wiretwin/http-agent';
import { createKy } from '@wiretwin/ky-adapter';
import { type Mirror, startMirror } from '@wiretwin/mirror';
import { getProfile } from '@wiretwin/profiles';
import { wiretwinDispatcher } from '@wiretwin/undici-dispatcher';
import wiretwin, { createSession, isTimeoutError, type Session, type SessionOptions, WebSocket } from 'wiretwin';
import { type Browser, Impit, type ImpitOptions, TimeoutError } from 'wiretwin/impit';
import wreq, {
	type BrowserProfile,
	type CreateSessionOptions,
	RequestError,
	type RequestInit as WreqInit,
	websocket,
	fetch as wreqFetch,
} from 'wiretwin/wreq-js';

const options: SessionOptions = { browser: 'chrome', timeout: { connect: 5000 } };
const session: Session = createSession(options);
const response: Response = await wiretwin('https://example.test/');
const cookies: Record<string, string> = session.getCookies(response.url);
const socket = new WebSocket('wss://example.test/', { session });
socket.onclose = ({ code }) => console.log(code.toFixed(), cookies);
const mirror: Mirror = await startMirror();
console.log(getProfile('firefox').name, mirror.port, isTimeoutError(undefined));
console.log(createGot, createKy, wiretwinAgent, wiretwinDispatcher);
// Programs of neighbours, by their own types.
const browser: BrowserProfile = 'chrome_142';
const init: WreqInit = { browser, os: 'windows', headers: [['X-A', '1']], compress: false, trustStore: 'combined' };
const answer = await wreqFetch('https://example.test/', init);
const data = await answer.json<{ id: number }>();
const neighbour: CreateSessionOptions = { browser: 'firefox', defaultHeaders: new Headers({ a: 'b' }) };
const other = await wreq.createSession(neighbour);
const names: Record<string, string> = other.getCookies(answer.url);
const live = await websocket('wss://example.test/', { binaryType: 'arraybuffer' });
live.onmessage = ({ data: text }) => console.log(text, data.id.toFixed(), names, answer.cookies.a, RequestError);
const named: Browser = 'chrome131';
const impitOptions: ImpitOptions = { browser: named, cookieJar: { setCookie: () => {}, getCookieString: () => '' } };
const page = await new Impit(impitOptions).fetch('https://example.test/', { method: 'POST', body: 'x', timeout: 5e3 });
console.log(page.headers.get('a'), await page.text(), TimeoutError);
// @ts-expect-error an unknown browser is not a type error, an unknown option is
createSession({ browsr: 'chrome' });
