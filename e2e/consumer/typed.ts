// Compiled only: the types of every package as a strict project sees them.
import { createGot } from '@wiretwin/got-adapter';
import { wiretwinAgent } from '@wiretwin/http-agent';
import { createKy } from '@wiretwin/ky-adapter';
import { type Mirror, startMirror } from '@wiretwin/mirror';
import { getProfile } from '@wiretwin/profiles';
import { wiretwinDispatcher } from '@wiretwin/undici-dispatcher';
import wiretwin, { createSession, isTimeoutError, type Session, type SessionOptions, WebSocket } from 'wiretwin';

const options: SessionOptions = { browser: 'chrome', timeout: { connect: 5000 } };
const session: Session = createSession(options);
const response: Response = await wiretwin('https://example.test/');
const cookies: Record<string, string> = session.getCookies(response.url);
const socket = new WebSocket('wss://example.test/', { session });
socket.onclose = ({ code }) => console.log(code.toFixed(), cookies);
const mirror: Mirror = await startMirror();
console.log(getProfile('firefox').name, mirror.port, isTimeoutError(undefined));
console.log(createGot, createKy, wiretwinAgent, wiretwinDispatcher);
// @ts-expect-error an unknown browser is not a type error, an unknown option is
createSession({ browsr: 'chrome' });
