import type { FingerprintReport } from '../routes/fingerprint-report.ts';
import { escapeHtml } from '../routes/route.ts';

/** The page at `/` (first draft). */
export function visitorPage(report: FingerprintReport): string {
	return `<!doctype html><meta charset=utf-8><title>mirror</title><pre>${escapeHtml(JSON.stringify(report, null, 2))}</pre>`;
}
