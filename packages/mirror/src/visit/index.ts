export { PIXEL } from '../routes/pixel.ts';
export type { SeenContext, SeenRequest, VisitContext, VisitKind } from './context.ts';
export { startVisit, type Visit, type VisitOptions, type VisitRecord, type VisitStep } from './start-visit.ts';
export { ASKED_HINTS } from './steps.ts';
export { keptReply, type TypicalRequest, typicalRequests } from './typical-requests.ts';
