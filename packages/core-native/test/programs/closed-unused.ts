// In a worker: closes a transport that was never asked for anything, as the very first order of its thread.
import { workerData } from 'node:worker_threads';
import { engineProfileJson, getProfile } from '@wiretwin/profiles';
import { createNativeTransport } from '../../src/index.ts';

const profile = engineProfileJson(getProfile('chrome'));
await createNativeTransport({ profile, trustStore: 'none', io: workerData }).close();
