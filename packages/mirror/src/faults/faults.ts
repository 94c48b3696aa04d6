import { b01 } from './b01-bombs.ts';
import { b02 } from './b02-coding-chains.ts';
import { b03 } from './b03-damaged-bodies.ts';
import { b04 } from './b04-unknown-codings.ts';
import { b05 } from './b05-large-body.ts';
import { c01 } from './c01-closing-idle.ts';
import { c02 } from './c02-stalls.ts';
import { f01 } from './f01-content-length.ts';
import { f02 } from './f02-chunked-and-length.ts';
import { f03 } from './f03-transfer-encoding.ts';
import { f04 } from './f04-chunk-framing.ts';
import { f05 } from './f05-short-body.ts';
import { f06 } from './f06-unsolicited-response.ts';
import { f07 } from './f07-status-line.ts';
import { f08 } from './f08-endless-head.ts';
import { f09 } from './f09-interim.ts';
import { f10 } from './f10-no-body.ts';
import { f13 } from './f13-no-close-notify.ts';
import { h01 } from './h01-header-floods.ts';
import { h02 } from './h02-stream-floods.ts';
import { h03 } from './h03-forced-answers.ts';
import { h04 } from './h04-cheap-frames.ts';
import { h05 } from './h05-flow-control.ts';
import { h06 } from './h06-reset-with-data.ts';
import { h07 } from './h07-refusals.ts';
import { h08 } from './h08-early-response.ts';
import { h09 } from './h09-malformed-responses.ts';
import { h10 } from './h10-frame-codec.ts';
import { h11 } from './h11-protocol-mismatch.ts';
import { h12 } from './h12-push.ts';
import { p01 } from './p01-http-proxy.ts';
import { p02 } from './p02-socks5-proxy.ts';
import type { FaultScenario } from './scenario.ts';
import { t01 } from './t01-certificates.ts';
import { t04 } from './t04-handshake-faults.ts';

/** All scenarios by id. */
export const faults: Readonly<Record<string, FaultScenario>> = Object.fromEntries(
	[
		b01,
		b02,
		b03,
		b04,
		b05,
		c01,
		c02,
		f01,
		f02,
		f03,
		f04,
		f05,
		f06,
		f07,
		f08,
		f09,
		f10,
		f13,
		h01,
		h02,
		h03,
		h04,
		h05,
		h06,
		h07,
		h08,
		h09,
		h10,
		h11,
		h12,
		p01,
		p02,
		t01,
		t04,
	].map((scenario) => [scenario.id, scenario]),
);
