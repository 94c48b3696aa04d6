import { connectionsLayer } from './connections.ts';
import { flowLayer } from './flow.ts';
import { framesLayer } from './frames.ts';
import { helloLayer } from './hello.ts';
import type { Layer } from './layer.ts';
import { recordsLayer } from './records.ts';
import { bodyLayer, headersLayer, hpackLayer, http1Layer, priorityLayer } from './requests.ts';

/** Columns of the report, from the outside in. */
export const layers: readonly Layer[] = [
	connectionsLayer,
	helloLayer,
	recordsLayer,
	framesLayer,
	flowLayer,
	hpackLayer,
	headersLayer,
	priorityLayer,
	http1Layer,
	bodyLayer,
];
